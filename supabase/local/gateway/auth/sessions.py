"""Sessions and refresh tokens: rotation, the window for reuse, and revoking a whole family."""

from __future__ import annotations

import secrets
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.auth import users
from gateway.auth.problems import AuthProblem

if TYPE_CHECKING:
    import asyncpg

    from gateway.caller import Doorkeeper
    from gateway.database import Session
    from gateway.settings import Settings

FIND_TOKEN = """
select t.id, t.revoked, t.session_id, t.parent, s.user_id,
  t.updated_at + make_interval(secs => $2) > now() as reusable,
  coalesce(u.banned_until > now(), false) as banned
from auth.refresh_tokens as t
join auth.sessions as s on s.id = t.session_id
join auth.users as u on u.id = s.user_id and u.deleted_at is null
where t.token = $1
for update of s, t
"""
ACTIVE_TOKEN = """
select token, parent from auth.refresh_tokens
where session_id = $1 and not revoked order by id desc limit 1
"""
ADD_TOKEN = """
insert into auth.refresh_tokens (
  instance_id, token, user_id, revoked, created_at, updated_at, parent, session_id
) values ('00000000-0000-0000-0000-000000000000', $1, $2::text, false, now(), now(), $3, $4)
"""
ADD_SESSION = """
insert into auth.sessions (id, user_id, created_at, updated_at, aal, user_agent, tag)
values ($1, $2, now(), now(), 'aal1', $3, $4)
"""
REVOKE_FAMILY = (
    "update auth.refresh_tokens set revoked = true, updated_at = now() where session_id = $1"
)


TOUCH = """
update auth.sessions set refreshed_at = now(), updated_at = now() where id = $1 returning tag
"""
END = {
    "global": "delete from auth.sessions where user_id = $1 and ($2::uuid is null or true)",
    "local": "delete from auth.sessions where user_id = $1 and id = $2",
    "others": "delete from auth.sessions where user_id = $1 and id is distinct from $2",
}


@dataclass(slots=True)
class Sessions:
    """Issues and ends sessions. `tag` of a session holds how its user signed in."""

    settings: Settings
    doorkeeper: Doorkeeper

    async def start(
        self, connection: Session, user_id: uuid.UUID, method: str, user_agent: str
    ) -> dict[str, Any]:
        """Sign a user in; answers the whole session as clients expect it."""
        session_id, token = uuid.uuid4(), new_token()
        await connection.execute(
            "update auth.users set last_sign_in_at = now() where id = $1", user_id
        )
        await connection.execute(ADD_SESSION, session_id, user_id, user_agent[:500], method)
        await connection.execute(ADD_TOKEN, token, str(user_id), None, session_id)
        return await self._session(connection, user_id, session_id, token, method)

    async def refresh(self, connection: Session, token: str) -> dict[str, Any] | AuthProblem:
        """Exchange a refresh token. A refusal is answered, not raised: what it revokes stays."""
        row = await connection.fetchrow(
            FIND_TOKEN, token, float(self.settings.refresh_reuse_seconds)
        )
        if row is None:
            message = "Invalid Refresh Token: Refresh Token Not Found"
            return AuthProblem(400, "refresh_token_not_found", message)
        if row["banned"]:
            return AuthProblem(400, "user_banned", "Invalid Refresh Token: User Banned")
        issued = await (self._reuse if row["revoked"] else self._rotate)(connection, row, token)
        if issued is None:
            return AuthProblem(
                400, "refresh_token_already_used", "Invalid Refresh Token: Already Used"
            )
        method = await connection.fetchval(TOUCH, row["session_id"])
        return await self._session(
            connection, row["user_id"], row["session_id"], issued, method or "password"
        )

    async def end(self, connection: Session, claims: dict[str, Any], scope: str) -> None:
        """Sign out: everywhere, here, or everywhere else."""
        user_id, session_id = users.user_id_of(claims.get("sub")), claims.get("session_id")
        here = users.user_id_of(session_id) if session_id else None
        await connection.execute(END[scope], user_id, here)

    async def _rotate(self, connection: Session, row: asyncpg.Record, token: str) -> str:
        issued = new_token()
        await connection.execute(
            "update auth.refresh_tokens set revoked = true, updated_at = now() where id = $1",
            row["id"],
        )
        await connection.execute(ADD_TOKEN, issued, str(row["user_id"]), token, row["session_id"])
        return issued

    async def _reuse(self, connection: Session, row: asyncpg.Record, token: str) -> str | None:
        """A used token comes again: a lost answer is forgiven, anything else ends the family."""
        active = await connection.fetchrow(ACTIVE_TOKEN, row["session_id"])
        if active is not None and (row["reusable"] or active["parent"] == token):
            return str(active["token"])
        await connection.execute(REVOKE_FAMILY, row["session_id"])
        return None

    async def _session(
        self,
        connection: Session,
        user_id: uuid.UUID,
        session_id: uuid.UUID,
        refresh_token: str,
        method: str,
    ) -> dict[str, Any]:
        user = await users.get(connection, user_id)
        now = int(time.time())
        expires_at = now + self.settings.token_seconds
        claims = {
            "iss": f"{self.settings.url}/auth/v1",
            "sub": user["id"],
            "aud": user["aud"],
            "exp": expires_at,
            "iat": now,
            "email": user["email"],
            "phone": user["phone"],
            "app_metadata": user["app_metadata"],
            "user_metadata": user["user_metadata"],
            "role": user["role"],
            "aal": "aal1",
            "amr": [{"method": method, "timestamp": now}],
            "session_id": str(session_id),
            "is_anonymous": user["is_anonymous"],
        }
        return {
            "access_token": self.doorkeeper.sign(claims),
            "token_type": "bearer",
            "expires_in": self.settings.token_seconds,
            "expires_at": expires_at,
            "refresh_token": refresh_token,
            "user": user,
        }


def new_token() -> str:
    """A refresh token: 96 random bits, in the platform's length."""
    return secrets.token_urlsafe(9)
