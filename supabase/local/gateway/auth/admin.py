"""`/auth/v1/admin/users`: users managed with the secret key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.auth import users
from gateway.auth.passwords import hash_password
from gateway.auth.problems import AuthProblem, invalid, not_there
from gateway.http import Reply, Request, json_reply

if TYPE_CHECKING:
    from gateway.caller import Caller
    from gateway.database import Database
    from gateway.settings import Settings

DURATION = re.compile(r"^(\d+(\.\d+)?(h|m|s))+$")
LARGEST_PAGE = 1000


@dataclass(slots=True)
class Admin:
    """Create, list, get, change and delete users."""

    settings: Settings
    database: Database

    async def answer(self, request: Request, path: str, caller: Caller) -> Reply:
        """Answer one request; only the secret key may ask."""
        if caller.role != "service_role":
            raise AuthProblem(403, "not_admin", "User not allowed")
        head, _, user_id = path.partition("/")
        if head != "users":
            raise not_there(f"/auth/v1/admin/{path}")
        if not user_id:
            if request.method == "GET":
                return await self._list(request)
            if request.method == "POST":
                return await self._create(_body(request))
        elif request.method in {"GET", "PUT", "DELETE"}:
            return await self._one(request, user_id)
        raise AuthProblem(
            405, "method_not_allowed", f"/auth/v1/admin/users does not take {request.method}"
        )

    async def _list(self, request: Request) -> Reply:
        number = _positive(request.parameter("page"), 1)
        size = min(_positive(request.parameter("per_page"), 50), LARGEST_PAGE)
        async with self.database.auth.acquire() as connection:
            found, total = await users.page(connection, number, size)
        last = max(1, -(-total // size))
        link = f'</admin/users?page={last}&per_page={size}>; rel="last"'
        if number < last:
            link = f'</admin/users?page={number + 1}&per_page={size}>; rel="next", {link}'
        headers = {"x-total-count": str(total), "link": link}
        return json_reply({"users": found, "aud": "authenticated"}, headers=headers)

    async def _create(self, body: dict[str, Any]) -> Reply:
        hashed = None
        if body.get("password"):
            hashed = await hash_password(body["password"], self.settings.minimum_password_length)
        user = users.NewUser(
            email=users.clean_email(body.get("email")),
            password_hash=hashed,
            user_metadata=users.clean_metadata(body.get("user_metadata"), "user_metadata"),
            app_metadata=users.clean_metadata(body.get("app_metadata"), "app_metadata"),
            id=users.user_id_of(body["id"]) if body.get("id") else None,
        )
        async with self.database.auth.acquire() as connection, connection.transaction():
            try:
                return json_reply(await users.add(connection, user))
            except AuthProblem as error:
                if error.code != "user_already_exists":
                    raise
                message = "A user with this email address has already been registered"
                raise AuthProblem(422, "email_exists", message) from error

    async def _one(self, request: Request, text: str) -> Reply:
        user_id = users.user_id_of(text)
        async with self.database.auth.acquire() as connection, connection.transaction():
            found = await users.get(connection, user_id)
            if request.method == "GET":
                return json_reply(found)
            if request.method == "DELETE":
                await connection.execute("delete from auth.users where id = $1", user_id)
                return json_reply({})
            body = _body(request)
            hashed = None
            if body.get("password"):
                hashed = await hash_password(
                    body["password"], self.settings.minimum_password_length
                )
            changed = await users.change(
                connection,
                user_id,
                users.UserChange(
                    email=users.clean_email(body["email"]) if body.get("email") else None,
                    password_hash=hashed,
                    user_metadata=users.clean_metadata(body.get("user_metadata"), "user_metadata"),
                    app_metadata=users.clean_metadata(body.get("app_metadata"), "app_metadata"),
                    ban=_ban(body.get("ban_duration")),
                ),
            )
        return json_reply(changed)


def _body(request: Request) -> dict[str, Any]:
    try:
        return request.json_object()
    except (ValueError, TypeError) as error:
        raise AuthProblem(400, "bad_json", "Could not parse request body as JSON") from error


def _positive(text: str | None, default: int) -> int:
    if text is None or text == "":
        return default
    if not text.isascii() or not text.isdigit() or not int(text[:9]) > 0:
        raise invalid(f"Bad Pagination Parameters: {text}")
    return int(text[:9])


def _ban(value: object) -> str | None:
    """`"24h"` bans for a day, `"none"` ends a ban."""
    if value is None:
        return None
    if value == "none":
        return "-1 second"
    if not isinstance(value, str) or not DURATION.match(value):
        raise invalid("invalid format for ban_duration")
    return value
