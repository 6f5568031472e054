"""Sign-up, sign-in, refresh and sign-out, through the official Python client and by hand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg
import bcrypt
import jwt
import pytest
from supabase_auth.errors import AuthApiError, AuthWeakPasswordError

from gateway.auth.limits import HourlyLimit
from tests.gateway.serving import serving

if TYPE_CHECKING:
    import httpx

    from tests.gateway.serving import Served

NEW_API = {"x-supabase-api-version": "2024-01-01"}


async def sign_up(http: httpx.AsyncClient) -> dict[str, Any]:
    """An anonymous session."""
    return (await http.post("/auth/v1/signup", json={"data": {}})).json()


async def refresh(http: httpx.AsyncClient, token: str) -> httpx.Response:
    """Exchange a refresh token."""
    return await http.post(
        "/auth/v1/token?grant_type=refresh_token", json={"refresh_token": token}, headers=NEW_API
    )


async def test_an_anonymous_visitor_has_a_session(visitor: Any) -> None:
    session = await visitor.auth.get_session()
    assert session is not None
    assert session.user.is_anonymous
    found = (await visitor.rpc("who_am_i", {}).execute()).data
    assert found["uid"] == session.user.id
    assert found["role"] == found["user"] == "authenticated"


async def test_a_token_carries_the_claims_of_the_platform(
    gateway: Served, http: httpx.AsyncClient
) -> None:
    session = await sign_up(http)
    claims = jwt.decode(session["access_token"], options={"verify_signature": False})
    assert set(claims) == {
        "iss", "sub", "aud", "exp", "iat", "email", "phone", "app_metadata", "user_metadata",
        "role", "aal", "amr", "session_id", "is_anonymous",
    }  # fmt: skip
    assert claims["iss"] == f"{gateway.url}/auth/v1"
    assert session["expires_at"] == claims["exp"]
    assert session["user"]["created_at"][10] == "T"


async def test_a_password_user_signs_up_out_and_in(connect: Any, unique: str) -> None:
    client = await connect()
    email = f"{unique}@example.org"
    made = await client.auth.sign_up(
        {"email": email.upper(), "password": "correct horse", "options": {"data": {"name": "Ann"}}}
    )
    assert made.user.email == email
    assert made.user.identities[0].provider == "email"
    await client.auth.sign_out()
    again = await client.auth.sign_in_with_password({"email": email, "password": "correct horse"})
    assert again.user.user_metadata["name"] == "Ann"


@pytest.mark.parametrize("password", ["wrong", "x" * 100, "correct horse\0"])
async def test_a_wrong_password_is_refused(connect: Any, unique: str, password: str) -> None:
    client = await connect()
    email = f"{unique}@example.org"
    await client.auth.sign_up({"email": email, "password": "correct horse"})
    with pytest.raises(AuthApiError) as refusal:
        await client.auth.sign_in_with_password({"email": email, "password": password})
    assert (refusal.value.code, refusal.value.status) == ("invalid_credentials", 400)


async def test_an_email_is_taken_once(connect: Any, unique: str) -> None:
    client = await connect()
    new = {"email": f"{unique}@example.org", "password": "correct horse"}
    await client.auth.sign_up(new)
    with pytest.raises(AuthApiError) as refusal:
        await client.auth.sign_up(new)
    assert refusal.value.code == "user_already_exists"


async def test_a_short_password_is_weak(connect: Any, unique: str) -> None:
    client = await connect()
    with pytest.raises(AuthWeakPasswordError) as refusal:
        await client.auth.sign_up({"email": f"{unique}@example.org", "password": "abc"})
    assert refusal.value.reasons == ["length"]


async def test_a_user_seeded_by_sql_can_sign_in(gateway: Served, connect: Any, unique: str) -> None:
    database = await asyncpg.connect(gateway.dsn)
    email = f"{unique}@example.org"
    hashed = bcrypt.hashpw(b"seeded", bcrypt.gensalt(4, prefix=b"2a")).decode()
    await database.execute(
        "insert into auth.users (id, aud, role, email, encrypted_password) "
        "values (gen_random_uuid(), 'authenticated', 'authenticated', $1, $2)",
        email,
        hashed,
    )
    await database.close()
    client = await connect()
    assert (await client.auth.sign_in_with_password({"email": email, "password": "seeded"})).user


async def test_a_visitor_becomes_a_user_and_keeps_the_id(visitor: Any, unique: str) -> None:
    before = (await visitor.auth.get_user()).user.id  # pyright: ignore[reportOptionalMemberAccess]
    changed = await visitor.auth.update_user(
        {"email": f"{unique}@example.org", "password": "correct horse", "data": {"a": 1}}
    )
    assert changed.user.id == before
    assert not changed.user.is_anonymous
    assert changed.user.user_metadata == {"a": 1}


async def test_a_refresh_token_rotates(http: httpx.AsyncClient) -> None:
    session = await sign_up(http)
    renewed = (await refresh(http, session["refresh_token"])).json()
    assert renewed["refresh_token"] != session["refresh_token"]
    assert renewed["user"]["id"] == session["user"]["id"]


async def test_two_tabs_that_refresh_at_once_both_stay_signed_in(http: httpx.AsyncClient) -> None:
    session = await sign_up(http)
    answers = await asyncio.gather(*(refresh(http, session["refresh_token"]) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


async def test_a_stolen_refresh_token_ends_the_whole_family(
    gateway: Served, http: httpx.AsyncClient
) -> None:
    first = (await sign_up(http))["refresh_token"]
    second = (await refresh(http, first)).json()["refresh_token"]
    third = (await refresh(http, second)).json()["refresh_token"]
    database = await asyncpg.connect(gateway.dsn)
    await database.execute(
        "update auth.refresh_tokens set updated_at = now() - interval '1 minute'"
    )
    await database.close()
    refused = await refresh(http, first)
    assert (refused.status_code, refused.json()["code"]) == (400, "refresh_token_already_used")
    assert (await refresh(http, third)).json()["code"] == "refresh_token_already_used"


async def test_an_unknown_refresh_token_is_not_found(http: httpx.AsyncClient) -> None:
    assert (await refresh(http, "nobody")).json()["code"] == "refresh_token_not_found"


@pytest.mark.parametrize(("scope", "left"), [("global", 0), ("local", 1), ("others", 1)])
async def test_signing_out_ends_the_sessions_of_its_scope(
    gateway: Served, connect: Any, unique: str, scope: str, left: int
) -> None:
    client, other = await connect(), await connect()
    login = {"email": f"{unique}@example.org", "password": "correct horse"}
    user = (await client.auth.sign_up(login)).user
    await other.auth.sign_in_with_password(login)
    await client.auth.sign_out({"scope": scope})
    database = await asyncpg.connect(gateway.dsn)
    count = "select count(*) from auth.sessions where user_id = $1::text::uuid"
    assert await database.fetchval(count, user.id) == left
    await database.close()


async def test_a_signed_out_token_has_no_user(http: httpx.AsyncClient) -> None:
    session = await sign_up(http)
    headers = {"authorization": f"Bearer {session['access_token']}", **NEW_API}
    assert (await http.post("/auth/v1/logout", headers=headers)).status_code == 204
    answer = await http.get("/auth/v1/user", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "session_not_found")


async def test_errors_have_the_shape_that_the_client_understands(http: httpx.AsyncClient) -> None:
    body = {"email": "nobody@example.org", "password": "x"}
    path = "/auth/v1/token?grant_type=password"
    new = await http.post(path, json=body, headers=NEW_API)
    assert new.json() == {"code": "invalid_credentials", "message": "Invalid login credentials"}
    assert new.headers["x-supabase-api-version"] == "2024-01-01"
    old = await http.post(path, json=body)
    assert old.json()["error_code"] == "invalid_credentials"
    assert old.json()["code"] == 400
    assert old.headers["x-sb-error-code"] == "invalid_credentials"


async def test_the_secret_key_manages_users(gateway: Served, connect: Any, unique: str) -> None:
    admin = (await connect(gateway.keys.secret)).auth.admin
    made = await admin.create_user(
        {"email": f"{unique}@example.org", "password": "correct horse", "app_metadata": {"n": 1}}
    )
    user_id = made.user.id
    changed = await admin.update_user_by_id(user_id, {"user_metadata": {"name": "Ann"}})
    assert changed.user.app_metadata["n"] == 1
    assert (await admin.get_user_by_id(user_id)).user.user_metadata["name"] == "Ann"
    assert user_id in {user.id for user in await admin.list_users(per_page=1000)}
    await admin.delete_user(user_id)
    with pytest.raises(AuthApiError) as refusal:
        await admin.get_user_by_id(user_id)
    assert refusal.value.code == "user_not_found"


async def test_a_banned_user_cannot_sign_in(gateway: Served, connect: Any, unique: str) -> None:
    admin = (await connect(gateway.keys.secret)).auth.admin
    login = {"email": f"{unique}@example.org", "password": "correct horse"}
    made = await admin.create_user(login)
    await admin.update_user_by_id(made.user.id, {"ban_duration": "24h"})
    with pytest.raises(AuthApiError) as refusal:
        await (await connect()).auth.sign_in_with_password(login)
    assert refusal.value.code == "user_banned"


async def test_others_cannot_manage_users(visitor: Any) -> None:
    with pytest.raises(AuthApiError) as refusal:
        await visitor.auth.admin.list_users()
    assert refusal.value.code == "not_admin"


async def test_anonymous_sign_ins_have_a_limit(gateway: Served, http: httpx.AsyncClient) -> None:
    with serving(gateway.dsn, anonymous_sign_ins_per_hour=2) as limited:
        headers = {"apikey": limited.keys.publishable, **NEW_API}
        path = f"{limited.url}/auth/v1/signup"
        answers = [await http.post(path, json={}, headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].json()["code"] == "over_request_rate_limit"
    assert answers[-1].headers["retry-after"]


def test_a_limit_refills_over_the_hour() -> None:
    limit = HourlyLimit(2)
    assert [limit.allows("here", 0.0) for _ in range(3)] == [True, True, False]
    assert limit.allows("elsewhere", 0.0)
    assert limit.allows("here", 1800.0)


async def test_what_is_not_there_says_so(http: httpx.AsyncClient) -> None:
    answer = await http.post("/auth/v1/otp", json={"email": "a@example.org"}, headers=NEW_API)
    assert (answer.status_code, answer.json()["code"]) == (501, "not_implemented")


async def test_settings_health_and_keys_are_public(http: httpx.AsyncClient) -> None:
    assert (await http.get("/auth/v1/settings")).json()["external"]["anonymous_users"] is True
    assert (await http.get("/auth/v1/health")).json()["name"] == "GoTrue"
    assert (await http.get("/auth/v1/.well-known/jwks.json")).json() == {"keys": []}
