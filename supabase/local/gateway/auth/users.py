"""Users in `auth.users` and `auth.identities`."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg

from gateway.auth.problems import AuthProblem, invalid

if TYPE_CHECKING:
    from gateway.database import Session

EMAIL = re.compile(r"^[^@\s\0]{1,64}@[^@\s\0]+\.[^@\s\0]+$")

SELECT = "select gateway.user_json(u) from auth.users as u"
ADD = """
insert into auth.users (
  instance_id, id, aud, role, email, encrypted_password, email_confirmed_at,
  raw_app_meta_data, raw_user_meta_data, created_at, updated_at, last_sign_in_at,
  is_anonymous, confirmation_token, recovery_token, email_change_token_new, email_change
) values (
  '00000000-0000-0000-0000-000000000000', $1, 'authenticated', 'authenticated', $2::text, $3::text,
  case when $2::text is null then null else now() end, $4, $5, now(), now(), null,
  $6, '', '', '', ''
)
"""
ADD_IDENTITY = """
insert into auth.identities (
  provider_id, user_id, identity_data, provider, created_at, updated_at, last_sign_in_at
) values (
  $1::text, $1::uuid,
  jsonb_build_object(
    'sub', $1::text, 'email', $2::text, 'email_verified', true, 'phone_verified', false
  ),
  'email', now(), now(), now()
)
on conflict (provider_id, provider) do update
  set identity_data = auth.identities.identity_data || excluded.identity_data, updated_at = now()
"""
CHANGE = """
update auth.users as u set
  email = coalesce($2::text, email),
  email_confirmed_at = case when $2::text is null then email_confirmed_at else now() end,
  is_anonymous = is_anonymous and $2::text is null,
  encrypted_password = coalesce($3::text, encrypted_password),
  raw_user_meta_data = jsonb_strip_nulls(coalesce(raw_user_meta_data, '{}') || $4),
  raw_app_meta_data = jsonb_strip_nulls(coalesce(raw_app_meta_data, '{}') || $5),
  banned_until = case when $6::text is null then banned_until else now() + $6::interval end,
  updated_at = now()
where u.id = $1
"""


NOW_BY_EMAIL = """
update auth.users set raw_app_meta_data =
  coalesce(raw_app_meta_data, '{}') || '{"provider": "email", "providers": ["email"]}'
where id = $1
"""


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to be made; no email means an anonymous one."""

    email: str | None = None
    password_hash: str | None = None
    user_metadata: str = "{}"
    app_metadata: str = "{}"
    id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class UserChange:
    """What changes; `ban` is an interval from now."""

    email: str | None = None
    password_hash: str | None = None
    user_metadata: str = "{}"
    app_metadata: str = "{}"
    ban: str | None = None


async def add(connection: Session, user: NewUser) -> dict[str, Any]:
    """Make a user. Raises AuthProblem `user_already_exists`."""
    user_id = user.id or uuid.uuid4()
    provider = {"provider": "email", "providers": ["email"]} if user.email else {}
    metadata = json.dumps({**provider, **json.loads(user.app_metadata)})
    arguments = (
        user_id,
        user.email,
        user.password_hash,
        metadata,
        user.user_metadata,
        not user.email,
    )
    try:
        await connection.execute(ADD, *arguments)
        if user.email:
            await connection.execute(ADD_IDENTITY, str(user_id), user.email)
    except asyncpg.UniqueViolationError as error:
        raise AuthProblem(422, "user_already_exists", "User already registered") from error
    return await get(connection, user_id)


async def get(connection: Session, user_id: uuid.UUID) -> dict[str, Any]:
    """One user, as clients see users. Raises AuthProblem `user_not_found`."""
    found: str | None = await connection.fetchval(
        f"{SELECT} where u.id = $1 and u.deleted_at is null", user_id
    )
    if found is None:
        raise AuthProblem(404, "user_not_found", "User not found")
    return json.loads(found)


async def change(connection: Session, user_id: uuid.UUID, changes: UserChange) -> dict[str, Any]:
    """Change a user; metadata are merged, and a null takes a key away."""
    try:
        await connection.execute(
            CHANGE,
            user_id,
            changes.email,
            changes.password_hash,
            changes.user_metadata,
            changes.app_metadata,
            changes.ban,
        )
    except asyncpg.UniqueViolationError as error:
        message = "A user with this email address has already been registered"
        raise AuthProblem(422, "email_exists", message) from error
    if changes.email is not None:
        await connection.execute(ADD_IDENTITY, str(user_id), changes.email)
        await connection.execute(NOW_BY_EMAIL, user_id)
    return await get(connection, user_id)


async def page(connection: Session, number: int, size: int) -> tuple[list[Any], int]:
    """A page of all users, newest first, and how many there are."""
    total = await connection.fetchval("select count(*) from auth.users where deleted_at is null")
    rows = await connection.fetch(
        f"{SELECT} where u.deleted_at is null order by u.created_at desc, u.id limit $1 offset $2",
        size,
        (number - 1) * size,
    )
    return [json.loads(row[0]) for row in rows], int(total or 0)


def clean_email(value: object) -> str:
    """An email address as it is kept. Raises AuthProblem."""
    if not isinstance(value, str) or len(value) > 255 or not EMAIL.match(value.strip()):
        raise invalid("Unable to validate email address: invalid format")
    return value.strip().lower()


def clean_metadata(value: object, name: str) -> str:
    """A JSON object as text. Raises AuthProblem."""
    if value is None:
        return "{}"
    if not isinstance(value, dict):
        raise invalid(f"{name} must be an object")
    text = json.dumps(value)
    if "\\u0000" in text:
        raise invalid(f"{name} holds a character that cannot be stored")
    return text


def user_id_of(text: object) -> uuid.UUID:
    """An id from an address or a claim. Raises AuthProblem."""
    try:
        return uuid.UUID(str(text))
    except ValueError as error:
        raise AuthProblem(404, "validation_failed", "user_id must be an UUID") from error
