"""The SQL that requests become: values stay values, whatever they contain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.rest.parse import parse_query
from gateway.rest.shape import Argument, Link, Relation, Routine, Shape
from gateway.rest.sql import Builder, Write, literal, name

if TYPE_CHECKING:
    from gateway.postgres import Cluster

BOOKS = Relation("public", "books", {"id": "uuid", "title": "text", "author_id": "int"}, ("id",))
AUTHORS = Relation("public", "authors", {"id": "int", "name": "text"}, ("id",))
SHAPE = Shape(
    relations={("public", "books"): BOOKS, ("public", "authors"): AUTHORS},
    links={"public": (Link("books_author", "books", "authors", ("author_id",), ("id",), False),)},
)


def builder() -> Builder:
    """A builder over the two relations."""
    return Builder(SHAPE, "public", 1000)


def test_a_value_cannot_leave_its_quotes() -> None:
    query = parse_query([("title", "eq.x' or true --")])
    assert "'x'' or true --'" in builder().select(BOOKS, query, exact_count=False)


def test_a_name_cannot_leave_its_quotes() -> None:
    query = parse_query([('ti"tle', "eq.1")])
    assert '"ti""tle"' in builder().select(BOOKS, query, exact_count=False)


def test_the_limit_never_exceeds_the_largest_page() -> None:
    query = parse_query([("limit", "5000")])
    assert "limit 1000" in builder().select(BOOKS, query, exact_count=False)


def test_an_embedded_relation_is_joined_by_its_foreign_key() -> None:
    query = parse_query([("select", "title,writer:authors(name)")])
    sql = builder().select(BOOKS, query, exact_count=False)
    assert '"authors_2"."id" = "books"."author_id"' in sql
    assert 'as "writer"' in sql


def test_a_change_without_an_answer_needs_no_right_to_read() -> None:
    query = parse_query([("id", "eq.1")])
    sql = builder().delete(BOOKS, query, Write(returning=False))
    assert "returning 1" in sql


def test_an_upsert_updates_what_was_given() -> None:
    write = Write(True, "merge-duplicates", ("id",))
    sql = builder().insert(BOOKS, parse_query([]), ["id", "title"], write)
    assert (
        'on conflict ("id") do update set "id" = excluded."id", "title" = excluded."title"' in sql
    )


def test_a_call_passes_typed_arguments_by_name() -> None:
    routine = Routine("public", "add", (Argument("a", "integer", True),), "value", False, True)
    sql = builder().call(routine, ["a"], parse_query([]), as_text=False)
    assert (
        'json_to_record($1) as given("a" integer), lateral "public"."add"("a" => given."a")' in sql
    )


async def test_every_text_survives_quoting(cluster: Cluster) -> None:
    connection = await asyncpg.connect(cluster.dsn())
    samples: list[str] = []

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
    def collect(text: str) -> None:
        samples.append(text)

    collect()
    for text in [*samples, "\\", "\\'", "'; --", "a\\\\'b"]:
        assert await connection.fetchval(f"select {literal(text)}") == text
        alias = text[:20] or "x"
        if len(alias.encode()) <= 63:
            row = await connection.fetchrow(f"select 1 as {name(alias)}")
            assert list(row.keys()) == [alias]
    await connection.close()
