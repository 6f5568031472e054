"""The query string of a REST request, parsed into a Query. Pure: standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.rest.query import RESERVED, BadQuery, Column, Condition, Embed, Order, Query
from gateway.rest.selection import parse_select
from gateway.rest.terms import parse_filter, parse_group, parse_order, split_list, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(slots=True)
class _Parts:
    """The parameters about one relation, before they become a Query."""

    conditions: list[Condition] = field(default_factory=list["Condition"])
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    inner: dict[str, _Parts] = field(default_factory=dict[str, "_Parts"])


def parse_query(parameters: Iterable[tuple[str, str]]) -> Query:
    """Parse the parameters of one request. Raises BadQuery."""
    parts = _Parts()
    selected = "*"
    for name, value in parameters:
        if name in {"columns", "on_conflict"}:
            continue
        if name == "select":
            selected = value
            continue
        _take(parts, name, value)
    return _assemble(parse_select(selected), parts)


def parse_columns(text: str) -> tuple[str, ...]:
    """Parse `columns=` and `on_conflict=`: names, quoted or not."""
    return tuple(unquote(part.strip()) for part in split_list(text) if part.strip())


def needed_filters(parameters: Sequence[tuple[str, str]]) -> bool:
    """Whether a change names the rows it is about."""
    return any(name not in RESERVED or name in {"and", "or"} for name, _ in parameters)


def _take(parts: _Parts, name: str, value: str) -> None:
    """File one parameter under the relation it is about: `author.name=eq.x` is about `author`."""
    *path, last = _split_path(name)
    negated = bool(path) and path[-1] == "not" and last in {"and", "or"}
    for step in path[: -1 if negated else None]:
        parts = parts.inner.setdefault(step, _Parts())
    if last == "order":
        parts.order = parse_order(value)
    elif last == "limit":
        parts.limit = _whole_number(last, value)
    elif last == "offset":
        parts.offset = _whole_number(last, value)
    elif last in {"and", "or"}:
        parts.conditions.append(parse_group(last, value, negated=negated, depth=0))
    else:
        parts.conditions.append(parse_filter(last, value))


def _split_path(name: str) -> list[str]:
    if "->" in name or '"' in name:
        return [name]
    return name.split(".")


def _assemble(items: tuple[Column | Embed, ...], parts: _Parts) -> Query:
    keys = {item.key for item in items if isinstance(item, Embed)}
    for name in parts.inner:
        if name not in keys:
            raise BadQuery(f"'{name}' is not an embedded resource in this request")
    filled = tuple(
        _with_parts(item, parts.inner[item.key])
        if isinstance(item, Embed) and item.key in parts.inner
        else item
        for item in items
    )
    return Query(filled, tuple(parts.conditions), parts.order, parts.limit, parts.offset)


def _with_parts(embed: Embed, parts: _Parts) -> Embed:
    query = _assemble(embed.query.items, parts)
    return Embed(embed.relation, query, embed.alias, embed.hint, embed.inner)


def _whole_number(name: str, value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise BadQuery(f'"failed to parse {name} ({value})"')
    return int(value)
