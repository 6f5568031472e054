"""What the database offers, as plain data: relations, their links, and functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view. `columns` maps each name to its type as SQL writes it."""

    schema: str
    name: str
    columns: Mapping[str, str]
    primary_key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key, seen from the table that holds it."""

    name: str
    source: str
    target: str
    columns: tuple[str, ...]
    target_columns: tuple[str, ...]
    unique: bool


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a function."""

    name: str
    type: str
    required: bool


@dataclass(frozen=True, slots=True)
class Routine:
    """A function. `gives` says what its answer is made of: nothing, one value, or rows."""

    schema: str
    name: str
    arguments: tuple[Argument, ...]
    gives: Literal["void", "value", "row"]
    is_set: bool
    writes: bool
    columns: Mapping[str, str] = field(default_factory=dict[str, str])

    def accepts(self, names: frozenset[str]) -> bool:
        """Whether a call with these argument names fits."""
        known = {argument.name for argument in self.arguments}
        needed = {argument.name for argument in self.arguments if argument.required}
        return names <= known and needed <= names


@dataclass(frozen=True, slots=True)
class Shape:
    """Everything in the exposed schemas, keyed by (schema, name)."""

    relations: Mapping[tuple[str, str], Relation] = field(
        default_factory=dict[tuple[str, str], Relation]
    )
    links: Mapping[str, tuple[Link, ...]] = field(default_factory=dict[str, tuple[Link, ...]])
    routines: Mapping[tuple[str, str], tuple[Routine, ...]] = field(
        default_factory=dict[tuple[str, str], tuple[Routine, ...]]
    )
