"""Builds the SQL of a REST request. Pure: standard library and the shapes of `rest` only.

Every statement answers one row: the body as JSON text, the number of rows on this page, and the
number of rows without the page's limits (null when nobody asked).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

from gateway.rest.links import Join, resolve
from gateway.rest.query import (
    OPERATORS,
    TEXT_SEARCHES,
    Column,
    Condition,
    Embed,
    Field,
    Filter,
    Group,
    Order,
    Query,
)
from gateway.rest.shape import Relation, Routine, Shape
from gateway.rest.terms import parse_list

if TYPE_CHECKING:
    from collections.abc import Sequence


def name(text: str) -> str:
    """An identifier, quoted."""
    return '"' + text.replace('"', '""').replace("\0", "") + '"'


def literal(text: str) -> str:
    """A text value, quoted; its type is whatever it is compared with."""
    doubled = text.replace("\0", "").replace("'", "''")
    return f"E'{doubled.replace(chr(92), chr(92) * 2)}'" if "\\" in doubled else f"'{doubled}'"


@dataclass(frozen=True, slots=True)
class Write:
    """How a change answers and what it does about rows that are there already."""

    returning: bool
    resolution: str = ""
    conflict_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """What one level of the answer reads: `origin` defines `alias` in SQL."""

    relation: Relation
    alias: str
    origin: str
    conditions: tuple[str, ...] = ()


@dataclass(slots=True)
class Builder:
    """Builds statements over one shape; every embedded relation gets a name of its own."""

    shape: Shape
    schema: str
    max_rows: int
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def select(self, relation: Relation, query: Query, *, exact_count: bool) -> str:
        """Read rows."""
        page = self._rows(_table(relation), query)
        if not exact_count:
            return f"with page as ({page}) {_as_array('null::bigint')}"
        inner = tuple(item for item in query.items if isinstance(item, Embed) and item.inner)
        everything = replace(query, items=inner, order=(), limit=None, offset=0)
        rows = self._rows(_table(relation), everything, capped=False)
        return (
            f"with page as ({page}), total as (select count(*) as n from ({rows}) as counted) "
            f"{_as_array('(select n from total)')}"
        )

    def insert(self, relation: Relation, query: Query, columns: Sequence[str], write: Write) -> str:
        """Add the rows of the payload."""
        listed = ", ".join(map(name, columns))
        rows = f"({listed}) select {listed} from {_payload_rows(relation, columns)}"
        added = rows if columns else "default values"
        conflict = _on_conflict(relation, columns, write)
        statement = f"insert into {_qualified(relation)} as {name(relation.name)} {added}{conflict}"
        return self._changed(relation, query, statement, write)

    def update(self, relation: Relation, query: Query, columns: Sequence[str], write: Write) -> str:
        """Change the rows that the conditions name."""
        if not columns:
            return "select '[]'::text, 0::bigint, null::bigint"
        assignments = ", ".join(f"{name(column)} = given.{name(column)}" for column in columns)
        statement = (
            f"update {_qualified(relation)} as {name(relation.name)} set {assignments} "
            f"from {_payload_rows(relation, columns)}{_where(relation.name, query.conditions)}"
        )
        return self._changed(relation, query, statement, write)

    def delete(self, relation: Relation, query: Query, write: Write) -> str:
        """Remove the rows that the conditions name."""
        table = f"{_qualified(relation)} as {name(relation.name)}"
        statement = f"delete from {table}{_where(relation.name, query.conditions)}"
        return self._changed(relation, query, statement, write)

    def call(self, routine: Routine, given: Sequence[str], query: Query, *, as_text: bool) -> str:
        """Call a function. `as_text`: the arguments came in the address, all as strings."""
        call = _call(routine, given, as_text=as_text)
        if routine.gives == "void":
            return f"select null::text, count(*), null::bigint from {call} as answer"
        if routine.gives == "value":
            return self._values(routine, call)
        relation = Relation(routine.schema, routine.name, routine.columns)
        source = Source(relation, routine.name, f"{call} as {name(routine.name)}")
        rows = self._rows(source, query)
        if routine.is_set:
            return f"with page as ({rows}) {_as_array('null::bigint')}"
        return (
            f"with page as ({rows}) select coalesce(json_agg(page)->0, 'null')::text, count(*), "
            "null::bigint from page"
        )

    def _values(self, routine: Routine, call: str) -> str:
        if not routine.is_set:
            value = "to_json(answer.value)::text"
            return f"select {value}, 1::bigint, null::bigint from {call} as answer(value)"
        values = f"select answer.value from {call} as answer(value) limit {self.max_rows}"
        return (
            f"with page as ({values}) "
            "select coalesce(json_agg(page.value), '[]')::text, count(*), null::bigint from page"
        )

    def _changed(self, relation: Relation, query: Query, statement: str, write: Write) -> str:
        if not write.returning:
            return (
                f"with changed as ({statement} returning 1) "
                "select null::text, count(*), null::bigint from changed"
            )
        source = Source(relation, relation.name, f"changed as {name(relation.name)}")
        rows = self._rows(source, replace(query, conditions=(), limit=None, offset=0), capped=False)
        return (
            f"with changed as ({statement} returning {name(relation.name)}.*), page as ({rows}) "
            f"{_as_array('null::bigint')}"
        )

    def _rows(self, source: Source, query: Query, *, capped: bool = True) -> str:
        """One level of the answer: the relation's own columns and a join for each embed."""
        columns: list[str] = []
        joins: list[str] = []
        conditions = [*source.conditions, *(_condition(source.alias, c) for c in query.conditions)]
        for item in query.items:
            if isinstance(item, Column):
                columns.append(_column(source.alias, item))
                continue
            alias = f"embed_{next(self._numbers)}"
            joins.append(f" left join lateral ({self._embed(source, item)}) as {alias} on true")
            if item.query.items:
                columns.append(f"{alias}.value as {name(item.key)}")
            if item.inner:
                conditions.append(f"{alias}.found")
        return "".join(
            (
                f"select {', '.join(columns) or '1 as one'} from {source.origin}{''.join(joins)}",
                f" where {' and '.join(conditions)}" if conditions else "",
                _order_by(source.alias, query.order),
                self._limit(query) if capped else "",
            )
        )

    def _embed(self, parent: Source, embed: Embed) -> str:
        """The rows of a linked relation as one JSON value, and whether there are any."""
        join = resolve(self.shape, self.schema, parent.relation, embed)
        alias = f"{join.relation.name}_{next(self._numbers)}"
        rows = self._rows(_linked(join, parent.alias, alias), embed.query)
        value = "json_agg(e)->0" if join.to_one else "coalesce(json_agg(e), '[]')"
        return f"select {value} as value, count(*) > 0 as found from ({rows}) as e"

    def _limit(self, query: Query) -> str:
        limit = self.max_rows if query.limit is None else min(query.limit, self.max_rows)
        return f" limit {limit}" + (f" offset {query.offset}" if query.offset else "")


def _qualified(relation: Relation) -> str:
    return f"{name(relation.schema)}.{name(relation.name)}"


def _table(relation: Relation) -> Source:
    return Source(relation, relation.name, f"{_qualified(relation)} as {name(relation.name)}")


def _linked(join: Join, parent: str, alias: str) -> Source:
    """The linked relation, bound to the parent's row."""
    origin = f"{_qualified(join.relation)} as {name(alias)}"
    if join.through is None:
        bound = tuple(f"{name(alias)}.{name(b)} = {name(parent)}.{name(a)}" for a, b in join.pairs)
        return Source(join.relation, alias, origin, bound)
    middle = name(f"{alias}_link")
    on = " and ".join(
        f"{middle}.{name(a)} = {name(alias)}.{name(b)}" for a, b in join.through.to_target
    )
    bound = tuple(
        f"{middle}.{name(a)} = {name(parent)}.{name(b)}" for a, b in join.through.to_parent
    )
    through = f"{origin} join {_qualified(join.through.relation)} as {middle} on {on}"
    return Source(join.relation, alias, through, bound)


def _as_array(total: str) -> str:
    return f"select coalesce(json_agg(page), '[]')::text, count(*), {total} from page"


def _call(routine: Routine, given: Sequence[str], *, as_text: bool) -> str:
    function = f"{name(routine.schema)}.{name(routine.name)}"
    types = {argument.name: argument.type for argument in routine.arguments}
    if as_text or not given:
        passed = (f"{name(key)} => ($1->>{literal(key)})::{types[key]}" for key in given)
        return f"{function}({', '.join(passed)})"
    typed = ", ".join(f"{name(key)} {types[key]}" for key in given)
    passed = (f"{name(key)} => given.{name(key)}" for key in given)
    return f"json_to_record($1) as given({typed}), lateral {function}({', '.join(passed)})"


def _payload_rows(relation: Relation, columns: Sequence[str]) -> str:
    typed = ", ".join(f"{name(column)} {relation.columns[column]}" for column in columns)
    rows = "case json_typeof($1) when 'array' then $1 else json_build_array($1) end"
    return f"json_to_recordset({rows}) as given({typed})"


def _on_conflict(relation: Relation, columns: Sequence[str], write: Write) -> str:
    if not write.resolution:
        return ""
    target = ", ".join(map(name, write.conflict_columns or relation.primary_key))
    if write.resolution == "ignore-duplicates" or not columns:
        return f" on conflict{f' ({target})' if target else ''} do nothing"
    changes = ", ".join(f"{name(column)} = excluded.{name(column)}" for column in columns)
    return f" on conflict ({target}) do update set {changes}"


def _where(alias: str, conditions: Sequence[Condition]) -> str:
    if not conditions:
        return ""
    return " where " + " and ".join(_condition(alias, condition) for condition in conditions)


def _field(alias: str, wanted: Field) -> str:
    column = f"{name(alias)}.{name(wanted.name)}"
    if not wanted.path:
        return column
    steps = "".join(
        f"{arrow}{key if key.lstrip('-').isdecimal() and key.isascii() else literal(key)}"
        for arrow, key in wanted.path
    )
    return f"(to_jsonb({column}){steps})"


def _column(alias: str, column: Column) -> str:
    if column.field.name == "*":
        return f"{name(alias)}.*"
    expression = _field(alias, column.field)
    if column.cast:
        expression = f"({expression})::{column.cast}"
    shown = column.alias or (column.field.path[-1][1] if column.field.path else column.field.name)
    return f"{expression} as {name(shown)}"


def _order_by(alias: str, order: Sequence[Order]) -> str:
    terms = ", ".join(
        _field(alias, term.field)
        + (" desc" if term.descending else " asc")
        + (f" nulls {term.nulls}" if term.nulls else "")
        for term in order
    )
    return f" order by {terms}" if terms else ""


def _condition(alias: str, condition: Condition) -> str:
    if isinstance(condition, Group):
        inside = f" {condition.connective} ".join(_condition(alias, m) for m in condition.members)
        return f"{'not ' if condition.negated else ''}({inside})"
    test = _test(_field(alias, condition.field), condition)
    return f"not ({test})" if condition.negated else test


def _test(subject: str, condition: Filter) -> str:
    value = condition.value
    if condition.operator == "is":
        return f"{subject} is {value.lower().replace('_', ' ')}"
    if condition.operator == "in":
        values = ", ".join(map(literal, parse_list(value)))
        return f"{subject} in ({values})" if values else "false"
    if condition.operator in TEXT_SEARCHES:
        language = f"{literal(condition.modifier)}, " if condition.modifier else ""
        return f"{subject} @@ {TEXT_SEARCHES[condition.operator]}({language}{literal(value)})"
    operator = OPERATORS[condition.operator]
    if condition.operator in {"like", "ilike"}:
        value = value.replace("*", "%")
    if condition.modifier:
        return f"{subject} {operator} {condition.modifier} ({literal(value)})"
    return f"{subject} {operator} {literal(value)}"
