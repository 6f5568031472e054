"""Answers `/auth/v1/*`."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.auth import users
from gateway.auth.admin import Admin
from gateway.auth.limits import HourlyLimit
from gateway.auth.passwords import hash_password, matches
from gateway.auth.problems import API_VERSION, AuthProblem, invalid, not_there
from gateway.auth.sessions import Sessions
from gateway.caller import BadToken, Caller, Doorkeeper
from gateway.database import PROBLEMS_OF_CONNECTION, Database
from gateway.http import Reply, Request, json_reply

if TYPE_CHECKING:
    from gateway.settings import Settings

Handler = Callable[[Request], Awaitable[Reply]]
LATER = frozenset(
    {
        "otp",
        "recover",
        "verify",
        "resend",
        "magiclink",
        "invite",
        "authorize",
        "callback",
        "sso",
        "factors",
        "reauthenticate",
    }
)


@dataclass(slots=True)
class Auth:
    """The Auth service."""

    settings: Settings
    database: Database
    doorkeeper: Doorkeeper
    _sessions: Sessions = field(init=False)
    _admin: Admin = field(init=False)
    _anonymous: HourlyLimit = field(init=False)
    _routes: dict[tuple[str, str], Handler] = field(init=False)

    def __post_init__(self) -> None:
        self._sessions = Sessions(self.settings, self.doorkeeper)
        self._admin = Admin(self.settings, self.database)
        self._anonymous = HourlyLimit(self.settings.anonymous_sign_ins_per_hour)
        self._routes = {
            ("POST", "signup"): self._sign_up,
            ("POST", "token"): self._token,
            ("GET", "user"): self._get_user,
            ("PUT", "user"): self._put_user,
            ("POST", "logout"): self._log_out,
            ("GET", "settings"): self._settings,
            ("GET", "health"): self._health,
            ("GET", ".well-known/jwks.json"): self._public_keys,
        }

    async def answer(self, request: Request) -> Reply:
        """Answer one request. Raises ApiProblem."""
        try:
            reply = await self._route(request)
        except AuthProblem as error:
            raise error.shaped(request.headers) from error
        except PROBLEMS_OF_CONNECTION as error:
            problem = AuthProblem(503, "unexpected_failure", "The database cannot be reached")
            raise problem.shaped(request.headers) from error
        if request.headers.get("x-supabase-api-version", "") >= API_VERSION:
            reply.headers["x-supabase-api-version"] = API_VERSION
        return reply

    async def _route(self, request: Request) -> Reply:
        path = request.path.strip("/")
        if path not in {"health", ".well-known/jwks.json"}:
            self.doorkeeper.caller_of_key(
                request.headers.get("apikey") or request.parameter("apikey")
            )
        if path == "admin" or path.startswith("admin/"):
            return await self._admin.answer(request, path[6:], self._caller(request))
        handler = self._routes.get((request.method, path))
        if handler:
            return await handler(request)
        if path.split("/")[0] in LATER:
            raise not_there(f"/auth/v1/{path}")
        if any(known == path for _, known in self._routes):
            raise AuthProblem(
                405, "method_not_allowed", f"/auth/v1/{path} does not take {request.method}"
            )
        raise AuthProblem(404, "not_found", f"There is no /auth/v1/{path}")

    async def _sign_up(self, request: Request) -> Reply:
        body = body_of(request)
        metadata = users.clean_metadata(body.get("data"), "data")
        if body.get("phone"):
            raise AuthProblem(422, "phone_provider_disabled", "Phone signups are disabled")
        if body.get("email"):
            email = users.clean_email(body["email"])
            hashed = await hash_password(
                body.get("password"), self.settings.minimum_password_length
            )
            return await self._join(request, users.NewUser(email, hashed, metadata), "password")
        if body.get("password"):
            raise invalid("To signup, please provide your email")
        if not self._anonymous.allows(request.address, time.monotonic()):
            raise AuthProblem(429, "over_request_rate_limit", "Request rate limit reached")
        return await self._join(request, users.NewUser(user_metadata=metadata), "anonymous")

    async def _join(self, request: Request, user: users.NewUser, method: str) -> Reply:
        async with self.database.auth.acquire() as connection, connection.transaction():
            made = await users.add(connection, user)
            session = await self._sessions.start(
                connection,
                users.user_id_of(made["id"]),
                method,
                request.headers.get("user-agent", ""),
            )
        return json_reply(session)

    async def _token(self, request: Request) -> Reply:
        body = body_of(request)
        kind = request.parameter("grant_type")
        if kind == "password":
            return await self._by_password(request, body)
        if kind == "refresh_token":
            token = body.get("refresh_token")
            if not isinstance(token, str) or not token or "\0" in token:
                raise invalid("refresh_token required")
            async with self.database.auth.acquire() as connection, connection.transaction():
                answer = await self._sessions.refresh(connection, token)
            if isinstance(answer, AuthProblem):
                raise answer
            return json_reply(answer)
        if kind in {"pkce", "id_token", "web3"}:
            raise not_there(f"grant_type={kind}")
        raise AuthProblem(400, "invalid_grant", "unsupported_grant_type")

    async def _by_password(self, request: Request, body: dict[str, Any]) -> Reply:
        refused = AuthProblem(400, "invalid_credentials", "Invalid login credentials")
        email, password = body.get("email"), body.get("password")
        if not isinstance(email, str) or not isinstance(password, str) or "\0" in email:
            raise (
                refused
                if not body.get("phone")
                else AuthProblem(422, "phone_provider_disabled", "Phone logins are disabled")
            )
        row = await self.database.auth.fetchrow(
            "select id, encrypted_password, coalesce(banned_until > now(), false) as banned "
            "from auth.users where email = $1 and not is_sso_user and deleted_at is null",
            email.strip().lower(),
        )
        if not await matches(password, row["encrypted_password"] if row else None) or row is None:
            raise refused
        if row["banned"]:
            raise AuthProblem(400, "user_banned", "User is banned")
        agent = request.headers.get("user-agent", "")
        async with self.database.auth.acquire() as connection, connection.transaction():
            return json_reply(await self._sessions.start(connection, row["id"], "password", agent))

    async def _get_user(self, request: Request) -> Reply:
        caller = await self._signed_in(request)
        async with self.database.auth.acquire() as connection:
            return json_reply(await users.get(connection, users.user_id_of(caller.user_id)))

    async def _put_user(self, request: Request) -> Reply:
        caller = await self._signed_in(request)
        body = body_of(request)
        email = users.clean_email(body["email"]) if body.get("email") else None
        hashed = None
        if body.get("password"):
            hashed = await hash_password(body["password"], self.settings.minimum_password_length)
        metadata = users.clean_metadata(body.get("data"), "data")
        async with self.database.auth.acquire() as connection, connection.transaction():
            user = await users.change(
                connection,
                users.user_id_of(caller.user_id),
                users.UserChange(email, hashed, metadata),
            )
        return json_reply(user)

    async def _log_out(self, request: Request) -> Reply:
        caller = self._caller(request)
        scope = request.parameter("scope") or "global"
        if scope not in {"global", "local", "others"}:
            raise invalid(f'Unsupported logout scope "{scope}"')
        async with self.database.auth.acquire() as connection, connection.transaction():
            await self._sessions.end(connection, caller.claims, scope)
        return Reply(204)

    async def _settings(self, _: Request) -> Reply:
        return json_reply(
            {
                "external": {"anonymous_users": True, "email": True, "phone": False},
                "disable_signup": False,
                "mailer_autoconfirm": True,
                "phone_autoconfirm": False,
                "sms_provider": "",
                "saml_enabled": False,
            }
        )

    async def _health(self, _: Request) -> Reply:
        return json_reply(
            {"name": "GoTrue", "version": "stand-in", "description": "Deskbell's local Auth"}
        )

    async def _public_keys(self, _: Request) -> Reply:
        """Tokens are signed with a shared secret, which is never listed."""
        return json_reply({"keys": []}, headers={"cache-control": "public, max-age=600"})

    def _caller(self, request: Request) -> Caller:
        if not request.headers.get("authorization"):
            raise AuthProblem(
                401, "no_authorization", "This endpoint requires a valid Bearer token"
            )
        try:
            return self.doorkeeper.identify(request.headers, request.parameter("apikey"))
        except BadToken as error:
            raise AuthProblem(403, "bad_jwt", f"invalid JWT: {error}") from error

    async def _signed_in(self, request: Request) -> Caller:
        """A caller with a session that still exists."""
        caller = self._caller(request)
        if not caller.user_id:
            raise AuthProblem(403, "bad_jwt", "invalid claim: missing sub claim")
        session = users.user_id_of(caller.claims.get("session_id"))
        found = await self.database.auth.fetchval(
            "select true from auth.sessions where id = $1", session
        )
        if not found:
            message = "Session from session_id claim in JWT does not exist"
            raise AuthProblem(403, "session_not_found", message)
        return caller


def body_of(request: Request) -> dict[str, Any]:
    """The body. Raises AuthProblem `bad_json`."""
    try:
        return request.json_object()
    except (ValueError, TypeError) as error:
        raise AuthProblem(400, "bad_json", "Could not parse request body as JSON") from error
