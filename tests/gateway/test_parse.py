"""The query language: what is understood, and that nothing else gets through."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rest.parse import needed_filters, parse_columns, parse_query
from gateway.rest.query import BadQuery, Column, Embed, Field, Filter, Group, Order
from gateway.rest.selection import parse_select
from gateway.rest.terms import parse_list, parse_order


def test_a_selection_has_aliases_casts_and_places_in_json() -> None:
    found = parse_select("id,when:written_at::text,facts->a->>b")
    assert found == (
        Column(Field("id")),
        Column(Field("written_at"), "when", "text"),
        Column(Field("facts", (("->", "a"), ("->>", "b")))),
    )


def test_an_embedded_relation_has_alias_hint_and_join() -> None:
    (embed,) = parse_select("writer:authors!books_author_id_fkey!inner(id,name)")
    assert isinstance(embed, Embed)
    assert (embed.relation, embed.alias, embed.hint, embed.inner) == (
        "authors",
        "writer",
        "books_author_id_fkey",
        True,
    )
    assert embed.query.items == (Column(Field("id")), Column(Field("name")))


def test_filters_are_parsed_with_their_negation_and_quantifier() -> None:
    query = parse_query([("id", "not.in.(1,2)"), ("name", "like(any).{a*,b*}")])
    assert query.conditions == (
        Filter(Field("id"), "in", "(1,2)", negated=True),
        Filter(Field("name"), "like", "{a*,b*}", modifier="any"),
    )


def test_logic_nests() -> None:
    query = parse_query([("or", '(a.eq.1,and(b.is.null,c.not.eq."x,y"))')])
    assert query.conditions == (
        Group(
            "or",
            (
                Filter(Field("a"), "eq", "1"),
                Group(
                    "and", (Filter(Field("b"), "is", "null"), Filter(Field("c"), "eq", "x,y", True))
                ),
            ),
        ),
    )


def test_parameters_of_an_embedded_relation_go_to_it() -> None:
    query = parse_query(
        [("select", "id,books(title)"), ("books.order", "title.desc"), ("books.limit", "2")]
    )
    (_, books) = query.items
    assert isinstance(books, Embed)
    assert books.query.order == (Order(Field("title"), descending=True),)
    assert books.query.limit == 2


def test_order_knows_where_nulls_go() -> None:
    assert parse_order("a.desc.nullslast,b") == (
        Order(Field("a"), True, "last"),
        Order(Field("b")),
    )


def test_quoted_names_and_values_keep_their_commas() -> None:
    assert parse_columns('"a,b",c') == ("a,b", "c")
    assert parse_list('("a,b","say \\"hi\\"",c)') == ["a,b", 'say "hi"', "c"]


@pytest.mark.parametrize(
    "parameters",
    [
        [("id", "1")],
        [("id", "what.1")],
        [("id", "is.maybe")],
        [("id", "in.1,2")],
        [("limit", "-1")],
        [("order", "a.up")],
        [("select", "a(b")],
        [("select", "a::int;drop table x")],
        [("select", "...a(b)")],
        [("or", "a.eq.1")],
        [("nobody.id", "eq.1")],
    ],
)
def test_what_is_not_understood_is_refused(parameters: list[tuple[str, str]]) -> None:
    with pytest.raises(BadQuery):
        parse_query(parameters)


@pytest.mark.parametrize(
    ("parameters", "needed"),
    [([], False), ([("select", "*"), ("limit", "1")], False), ([("id", "eq.1")], True)],
)
def test_a_change_needs_a_filter(parameters: list[tuple[str, str]], needed: bool) -> None:
    assert needed_filters(parameters) is needed


@given(st.lists(st.tuples(st.sampled_from(["select", "or", "order", "a", "limit"]), st.text())))
def test_any_query_is_parsed_or_refused(parameters: list[tuple[str, str]]) -> None:
    with suppress(BadQuery):
        parse_query(parameters)
