"""A read or change of one relation, as plain data: what `parse` makes and `sql` writes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

OPERATORS = {
    "eq": "=",
    "neq": "<>",
    "gt": ">",
    "gte": ">=",
    "lt": "<",
    "lte": "<=",
    "like": "like",
    "ilike": "ilike",
    "match": "~",
    "imatch": "~*",
    "cs": "@>",
    "cd": "<@",
    "ov": "&&",
    "sl": "<<",
    "sr": ">>",
    "nxr": "&<",
    "nxl": "&>",
    "adj": "-|-",
    "isdistinct": "is distinct from",
}
QUANTIFIED = frozenset({"eq", "gt", "gte", "lt", "lte", "like", "ilike", "match", "imatch"})
TEXT_SEARCHES = {
    "fts": "to_tsquery",
    "plfts": "plainto_tsquery",
    "phfts": "phraseto_tsquery",
    "wfts": "websearch_to_tsquery",
}
IS_VALUES = frozenset({"null", "not_null", "true", "false", "unknown"})
RESERVED = frozenset({"select", "order", "limit", "offset", "columns", "on_conflict", "and", "or"})


class BadQuery(ValueError):
    """A query string that cannot be understood; `str()` says where."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column, or a place inside a JSON column: `data->a->>b`."""

    name: str
    path: tuple[tuple[Literal["->", "->>"], str], ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """`column=not.operator.value`."""

    field: Field
    operator: str
    value: str
    negated: bool = False
    modifier: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """`and(...)`, `or(...)`."""

    connective: Literal["and", "or"]
    members: tuple[Condition, ...]
    negated: bool = False


Condition = Filter | Group


@dataclass(frozen=True, slots=True)
class Order:
    """One term of `order=`."""

    field: Field
    descending: bool = False
    nulls: Literal["", "first", "last"] = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A selected column; the name `*` stands for all."""

    field: Field
    alias: str = ""
    cast: str = ""


@dataclass(frozen=True, slots=True)
class Embed:
    """A selected relation: `alias:relation!hint!inner(...)`."""

    relation: str
    query: Query
    alias: str = ""
    hint: str = ""
    inner: bool = False

    @property
    def key(self) -> str:
        """The name it has in the answer, and in the filters about it."""
        return self.alias or self.relation


@dataclass(frozen=True, slots=True)
class Query:
    """What to read of one relation, and what of the relations linked to it."""

    items: tuple[Column | Embed, ...] = (Column(Field("*")),)
    conditions: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
