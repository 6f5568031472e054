"""Tables and functions through the official Python client, with row-level security."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import asyncpg
import jwt
import pytest
from postgrest.exceptions import APIError

from tests.gateway.serving import serving

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.gateway.serving import Served


async def shelf(client: Any, unique: str) -> int:
    """An author with three books of the client; answers the author's id."""
    author = (
        await client.table("authors").insert({"name": unique, "facts": {"a": {"b": "c"}}}).execute()
    )
    author_id = author.data[0]["id"]
    rows = [
        {"author_id": author_id, "title": t, "pages": p}
        for t, p in (("A", 10), ("B", 20), ("C", None))
    ]
    await client.table("books").insert(rows).execute()
    return int(author_id)


async def test_rows_are_filtered_ordered_and_cut(visitor: Any, unique: str) -> None:
    author = await shelf(visitor, unique)
    books = visitor.table("books").select("title,pages").eq("author_id", author)
    found = await books.order("pages", desc=True, nullsfirst=False).limit(2).execute()
    assert found.data == [{"title": "B", "pages": 20}, {"title": "A", "pages": 10}]


@pytest.mark.parametrize(
    ("condition", "titles"),
    [
        (lambda q: q.gt("pages", 10), "B"),
        (lambda q: q.gte("pages", 10), "AB"),
        (lambda q: q.neq("title", "A"), "BC"),
        (lambda q: q.is_("pages", None), "C"),
        (lambda q: q.not_.is_("pages", None), "AB"),
        (lambda q: q.in_("title", ["A", "C", 'x,"y"']), "AC"),
        (lambda q: q.in_("title", []), ""),
        (lambda q: q.ilike("title", "a%"), "A"),
        (lambda q: q.or_("title.eq.A,and(pages.gt.15,pages.lt.25)"), "AB"),
        (lambda q: q.eq("title", "x' or true --"), ""),
        (lambda q: q.range(1, 1), "B"),
    ],
)
async def test_filters(
    visitor: Any, unique: str, condition: Callable[[Any], Any], titles: str
) -> None:
    author = await shelf(visitor, unique)
    query = visitor.table("books").select("title").eq("author_id", author)
    found = await condition(query).order("title").execute()
    assert "".join(row["title"] for row in found.data) == titles


async def test_linked_rows_come_along(visitor: Any, unique: str) -> None:
    author = await shelf(visitor, unique)
    up = (
        await visitor.table("books")
        .select("title,writer:authors(name)")
        .eq("author_id", author)
        .execute()
    )
    assert up.data[0]["writer"] == {"name": unique}
    query = visitor.table("authors").select("name,books(title)").eq("id", author)
    down = (
        await query.order("title", foreign_table="books").limit(2, foreign_table="books").execute()
    )
    assert down.data == [{"name": unique, "books": [{"title": "A"}, {"title": "B"}]}]


async def test_an_inner_link_leaves_out_rows_without_one(visitor: Any, unique: str) -> None:
    await shelf(visitor, unique)
    query = visitor.table("authors").select("name,books!inner(title)", count="exact")  # pyright: ignore[reportArgumentType]
    found = await query.eq("name", unique).eq("books.title", "nothing").execute()
    assert (found.data, found.count) == ([], 0)


async def test_rows_linked_through_a_table_come_along(
    gateway: Served, visitor: Any, connect: Any, unique: str
) -> None:
    author = await shelf(visitor, unique)
    book = (
        await visitor.table("books").select("id").eq("author_id", author).limit(1).execute()
    ).data[0]
    admin = await connect(gateway.keys.secret)
    tag = (await admin.table("tags").insert({"name": unique}).execute()).data[0]
    await visitor.table("book_tags").insert({"book_id": book["id"], "tag_id": tag["id"]}).execute()
    found = (
        await visitor.table("books").select("tags(name)").eq("id", book["id"]).single().execute()
    )
    assert found.data == {"tags": [{"name": unique}]}


async def test_places_in_json_can_be_selected(visitor: Any, unique: str) -> None:
    await shelf(visitor, unique)
    found = await visitor.table("authors").select("facts->a->>b").eq("name", unique).execute()
    assert found.data == [{"b": "c"}]


async def test_a_count_is_of_all_rows(visitor: Any, unique: str) -> None:
    author = await shelf(visitor, unique)
    query = visitor.table("books").select("*", count="exact").eq("author_id", author)  # pyright: ignore[reportArgumentType]
    assert (await query.limit(1).execute()).count == 3


async def test_single_wants_one_row(visitor: Any, unique: str) -> None:
    author = await shelf(visitor, unique)
    books = visitor.table("books")
    assert (
        await books.select("title").eq("title", "A").eq("author_id", author).single().execute()
    ).data
    with pytest.raises(APIError) as refusal:
        await books.select("*").eq("author_id", author).single().execute()
    assert (refusal.value.code, refusal.value.details) == ("PGRST116", "The result contains 3 rows")
    missing = await books.select("*").eq("id", str(uuid.uuid4())).maybe_single().execute()
    assert missing is None or missing.data is None


async def test_a_change_of_several_rows_that_wanted_one_changes_none(
    visitor: Any, http: httpx.AsyncClient, unique: str
) -> None:
    author = await shelf(visitor, unique)
    session = await visitor.auth.get_session()
    headers = {
        "authorization": f"Bearer {session.access_token}",  # pyright: ignore[reportOptionalMemberAccess]
        "accept": "application/vnd.pgrst.object+json",
        "prefer": "return=representation",
    }
    answer = await http.patch(
        f"/rest/v1/books?author_id=eq.{author}", json={"pages": 1}, headers=headers
    )
    assert answer.status_code == 406
    assert not (await visitor.table("books").select("id").eq("pages", 1).execute()).data


async def test_update_upsert_and_delete(visitor: Any, unique: str) -> None:
    author = await shelf(visitor, unique)
    books = visitor.table("books")
    changed = await books.update({"pages": 30}).eq("title", "C").eq("author_id", author).execute()
    assert changed.data[0]["pages"] == 30
    row = {"author_id": author, "title": "C", "pages": 40}
    merged = await books.upsert(row, on_conflict="author_id,title").execute()
    assert merged.data[0]["id"] == changed.data[0]["id"]
    ignored = await books.upsert(
        row, on_conflict="author_id,title", ignore_duplicates=True
    ).execute()
    assert ignored.data == []
    gone = await books.delete().eq("author_id", author).eq("title", "C").execute()
    assert gone.data[0]["pages"] == 40


async def test_a_visitor_sees_own_rows_only(visitor: Any, connect: Any, unique: str) -> None:
    author = await shelf(visitor, unique)
    other = await connect()
    await other.auth.sign_in_anonymously()
    assert (await other.table("books").select("*").eq("author_id", author).execute()).data == []
    stolen = other.table("books").insert(
        {"author_id": author, "title": "X", "owner_id": str(uuid.uuid4())}
    )
    with pytest.raises(APIError) as refusal:
        await stolen.execute()
    assert refusal.value.code == "42501"


async def test_the_secret_key_sees_everything(
    gateway: Served, visitor: Any, connect: Any, unique: str
) -> None:
    author = await shelf(visitor, unique)
    admin = await connect(gateway.keys.secret)
    assert len((await admin.table("books").select("*").eq("author_id", author).execute()).data) == 3


@pytest.mark.parametrize(
    ("name", "arguments", "answer"),
    [
        ("add", {"a": 1, "b": 2}, 3),
        ("add", {"a": 1}, 11),
        ("total", {"numbers": [1, 2, 3], "labels": ["x"]}, 6),
        ("nothing", {}, []),
        ("no_value", {}, None),
        ("pairs", {"up_to": 2}, [{"n": 1, "square": 1}, {"n": 2, "square": 4}]),
        ("documents", {"up_to": 2}, [{"n": 1}, {"n": 2}]),
        ("authors_named", {"part": "nobody has this name"}, []),
    ],
)
async def test_a_function_answers_its_value(
    visitor: Any, name: str, arguments: dict[str, object], answer: object
) -> None:
    assert (await visitor.rpc(name, arguments).execute()).data == answer


async def test_a_void_function_answers_204_without_a_body(http: httpx.AsyncClient) -> None:
    answer = await http.post("/rest/v1/rpc/nothing", json={})
    assert (answer.status_code, answer.content) == (204, b"")


async def test_a_function_of_rows_can_be_filtered(visitor: Any) -> None:
    found = (
        await visitor.rpc("pairs", {"up_to": 9}).gt("square", 50).order("n", desc=True).execute()
    )
    assert [row["n"] for row in found.data] == [9, 8]


async def test_a_function_of_one_row_answers_an_object(visitor: Any, unique: str) -> None:
    await shelf(visitor, unique)
    assert (await visitor.rpc("one_author", {"part": unique}).execute()).data["name"] == unique


async def test_a_function_can_be_read(visitor: Any) -> None:
    found = await visitor.rpc("add", {"a": 5}, get=True).execute()
    assert found.data == 15


async def test_a_function_sees_the_request(visitor: Any) -> None:
    found = (await visitor.rpc("who_am_i", {}).execute()).data
    assert found["method"] == "POST"
    assert found["client"].startswith("supabase-py")


async def test_a_function_chooses_status_and_headers(http: httpx.AsyncClient) -> None:
    answer = await http.post("/rest/v1/rpc/reply_with", json={"status": 201})
    assert (answer.status_code, answer.headers["x-shelf"]) == (201, "seven")


@pytest.mark.parametrize(
    ("state", "status"),
    [("PT409", 409), ("PT404", 404), ("PT429", 429), ("P0001", 400), ("42501", 403), ("23505", 409),
     ("57014", 500), ("53000", 503), ("42P01", 404), ("22P02", 400)],
)  # fmt: skip
async def test_a_refusal_has_its_status_and_words(
    gateway: Served, http: httpx.AsyncClient, state: str, status: int
) -> None:
    headers = {"authorization": f"Bearer {gateway.token(sub=str(uuid.uuid4()))}"}
    body = {"state": state, "word": "taken"}
    answer = await http.post("/rest/v1/rpc/refuse", json=body, headers=headers)
    assert answer.status_code == status
    assert answer.json() == {
        "code": state, "message": "You cannot do this.", "details": "Because.", "hint": "taken"
    }  # fmt: skip


async def test_a_denied_page_is_asked_to_sign_in(http: httpx.AsyncClient) -> None:
    answer = await http.get("/rest/v1/secrets")
    assert (answer.status_code, answer.json()["code"]) == (401, "42501")


async def test_a_read_cannot_write(http: httpx.AsyncClient) -> None:
    answer = await http.get("/rest/v1/rpc/tick")
    assert (answer.status_code, answer.json()["code"]) == (405, "25006")


async def test_a_function_that_takes_too_long_is_ended(http: httpx.AsyncClient) -> None:
    answer = await http.post("/rest/v1/rpc/sleep", json={"seconds": 30}, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (500, "57014")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "nowhere", None, 404, "PGRST205"),
        ("POST", "rpc/nowhere", {}, 404, "PGRST202"),
        ("POST", "rpc/add", {"b": 1}, 404, "PGRST202"),
        ("POST", "authors", {"nowhere": 1}, 400, "PGRST204"),
        ("GET", "authors?select=nowhere", None, 400, "42703"),
        ("GET", "authors?select=nowhere(*)", None, 400, "PGRST200"),
        ("GET", "authors?id=eq.x", None, 400, "22P02"),
        ("GET", "authors?id=what.1", None, 400, "PGRST100"),
        ("PATCH", "authors", {"name": "x"}, 400, "21000"),
        ("DELETE", "authors", None, 400, "21000"),
        ("PUT", "authors", {}, 405, "PGRST117"),
        ("PATCH", "rpc/add", {}, 405, "PGRST101"),
        ("GET", "a/b", None, 404, "PGRST125"),
    ],
)
async def test_what_cannot_be_answered_is_refused_as_the_platform_does(
    http: httpx.AsyncClient, method: str, path: str, body: object, status: int, code: str
) -> None:
    answer = await http.request(method, f"/rest/v1/{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"code", "message", "details", "hint"}


async def test_only_exposed_schemas_can_be_asked(http: httpx.AsyncClient) -> None:
    answer = await http.get("/rest/v1/users", headers={"accept-profile": "auth"})
    assert (answer.status_code, answer.json()["code"]) == (406, "PGRST106")


async def test_only_json_is_answered(http: httpx.AsyncClient) -> None:
    answer = await http.get("/rest/v1/authors", headers={"accept": "text/csv"})
    assert (answer.status_code, answer.json()["code"]) == (406, "PGRST107")


@pytest.mark.parametrize(
    ("claims", "code"), [({"exp": 1_000_000}, "PGRST303"), ({"exp": "soon"}, "PGRST301")]
)
async def test_a_token_that_is_over_or_wrong_is_refused(
    gateway: Served, http: httpx.AsyncClient, claims: dict[str, object], code: str
) -> None:
    headers = {"authorization": f"Bearer {gateway.token(**claims)}"}
    answer = await http.get("/rest/v1/authors", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, code)


async def test_a_forged_token_is_refused(http: httpx.AsyncClient) -> None:
    forged = jwt.encode({"role": "service_role"}, "x" * 40, algorithm="HS256")
    answer = await http.get("/rest/v1/secrets", headers={"authorization": f"Bearer {forged}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "PGRST301")


async def test_a_token_cannot_name_a_role_of_the_platform(
    gateway: Served, http: httpx.AsyncClient
) -> None:
    for role in ("postgres", "supabase_admin", "supabase_auth_admin", "nobody"):
        headers = {"authorization": f"Bearer {gateway.token(role=role)}"}
        answer = await http.post("/rest/v1/rpc/who_am_i", json={}, headers=headers)
        assert answer.status_code in {401, 403}


async def test_a_key_is_needed(gateway: Served, http: httpx.AsyncClient) -> None:
    del http.headers["apikey"]
    assert (await http.get("/rest/v1/authors")).status_code == 401
    assert (await http.get("/rest/v1/authors", headers={"apikey": "sb_wrong"})).status_code == 401


async def test_new_tables_are_found_without_a_restart(
    gateway: Served, connect: Any, unique: str
) -> None:
    admin = await connect(gateway.keys.secret)
    with pytest.raises(APIError):
        await admin.table(f"late_{unique}").select("*").execute()
    database = await asyncpg.connect(gateway.dsn.replace("//supabase_admin:", "//postgres:"))
    await database.execute(f"create table public.late_{unique} (id int)")
    await database.close()
    found = await admin.table(f"late_{unique}").select("*").execute()
    assert found.data == []


async def test_a_page_has_a_largest_size(gateway: Served, http: httpx.AsyncClient) -> None:
    with serving(gateway.dsn, max_rows=3) as small:
        headers = {"apikey": small.keys.publishable}
        answer = await http.post(
            f"{small.url}/rest/v1/rpc/pairs", json={"up_to": 9}, headers=headers
        )
    assert len(answer.json()) == 3


async def test_browsers_may_ask_from_any_page(http: httpx.AsyncClient) -> None:
    answer = await http.options("/rest/v1/authors", headers={"origin": "https://shop.example"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    allowed = answer.headers["access-control-allow-headers"]
    assert {"authorization", "apikey", "x-client-info", "content-profile"} <= set(
        allowed.split(", ")
    )
    shown = (await http.get("/rest/v1/authors")).headers["access-control-expose-headers"]
    assert "content-range" in shown
