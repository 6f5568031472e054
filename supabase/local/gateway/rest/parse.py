"""The query language of the REST API, parsed into plain data. Pure: standard library only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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
TYPE_NAME = re.compile(r"^[a-z_][a-z0-9_ ]*(\(\d+(,\d+)?\))?(\[\])?$", re.IGNORECASE)
OPERATION = re.compile(r"^(not\.)?([a-z]+)(?:\(([^)]*)\))?\.(.*)$", re.DOTALL)
MAX_DEPTH = 12


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


def parse_select(text: str) -> tuple[Column | Embed, ...]:
    """Parse `select=`."""
    reader = _Reader(text)
    items = _read_items(reader, 0)
    reader.expect_end()
    return items


def parse_columns(text: str) -> tuple[str, ...]:
    """Parse `columns=` and `on_conflict=`: names, quoted or not."""
    return tuple(_unquote(part.strip()) for part in split_list(text) if part.strip())


def parse_order(text: str) -> tuple[Order, ...]:
    """Parse `order=`."""
    return tuple(_order_term(term.strip()) for term in text.split(",") if term.strip())


def parse_filter(name: str, value: str) -> Filter:
    """Parse one `column=operator.value`."""
    found = OPERATION.match(value)
    if not found:
        raise BadQuery(f'"failed to parse filter ({value})"')
    negated, operator, modifier, operand = found.groups()
    _check_operator(operator, modifier or "", operand, value)
    return Filter(parse_field(name), operator, operand, bool(negated), modifier or "")


def parse_field(text: str) -> Field:
    """Parse a column with an optional JSON path."""
    pieces = re.split(r"(->>|->)", text.strip())
    name = _unquote(pieces[0])
    if not name:
        raise BadQuery(f'"failed to parse field ({text})"')
    path: list[tuple[Literal["->", "->>"], str]] = []
    for arrow, key in zip(pieces[1::2], pieces[2::2], strict=True):
        if not key:
            raise BadQuery(f'"failed to parse field ({text})"')
        path.append(("->>" if arrow == "->>" else "->", _unquote(key)))
    return Field(name, tuple(path))


def parse_list(text: str) -> list[str]:
    """Parse the operand of `in`: `(a,"b,c")`."""
    if not (text.startswith("(") and text.endswith(")")):
        raise BadQuery(f'"failed to parse filter (in.{text})"')
    inside = text[1:-1]
    return [_unquote(part) for part in split_list(inside)] if inside else []


def split_list(text: str) -> list[str]:
    """Split at commas that are outside quotes and brackets."""
    parts: list[str] = []
    depth, quoted, start, position = 0, False, 0, 0
    while position < len(text):
        character = text[position]
        if quoted:
            position += character == "\\"
            quoted = character != '"'
        elif character == '"':
            quoted = True
        elif character in "({":
            depth += 1
        elif character in ")}":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[start:position])
            start = position + 1
        position += 1
    return [*parts, text[start:]]


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
        parts.conditions.append(_parse_group(last, value, negated=negated, depth=0))
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


def _parse_group(connective: str, text: str, *, negated: bool, depth: int) -> Group:
    if not (text.startswith("(") and text.endswith(")")) or len(text) < 3 or depth > MAX_DEPTH:
        raise BadQuery(f'"failed to parse logic tree ({text})"')
    members = tuple(_parse_member(part.strip(), depth) for part in split_list(text[1:-1]))
    return Group("or" if connective == "or" else "and", members, negated)


def _parse_member(text: str, depth: int) -> Condition:
    negated = text.startswith("not.")
    rest = text[4:] if negated else text
    for connective in ("and", "or"):
        if rest.startswith(f"{connective}("):
            return _parse_group(connective, rest[len(connective) :], negated=negated, depth=depth + 1)
    name, value = _split_member(text)
    return parse_filter(name, value)


def _split_member(text: str) -> tuple[str, str]:
    """`name.operator.value`; a quoted name may hold dots."""
    if text.startswith('"'):
        end = text.find('"', 1)
        name, rest = text[: end + 1], text[end + 1 :]
        return name, _dequote_operand(rest.removeprefix("."))
    name, dot, rest = text.partition(".")
    if not dot:
        raise BadQuery(f'"failed to parse logic tree ({text})"')
    return name, _dequote_operand(rest)


def _dequote_operand(text: str) -> str:
    """Inside a logic tree a value with commas is quoted: `eq."a,b"`."""
    found = OPERATION.match(text)
    if found and len(found.group(4)) > 1 and found.group(4).startswith('"'):
        return text[: found.start(4)] + _unquote(found.group(4))
    return text


def _check_operator(operator: str, modifier: str, operand: str, whole: str) -> None:
    if operator == "in":
        parse_list(operand)
        return
    if operator == "is":
        if operand.lower() not in IS_VALUES:
            raise BadQuery(f'"failed to parse filter ({whole})"')
        return
    if operator in TEXT_SEARCHES:
        return
    if operator not in OPERATORS:
        raise BadQuery(f'"failed to parse filter ({whole})"')
    if modifier and (modifier not in {"any", "all"} or operator not in QUANTIFIED):
        raise BadQuery(f'"failed to parse filter ({whole})"')


def _order_term(text: str) -> Order:
    name, *options = text.split(".")
    descending = False
    nulls: Literal["", "first", "last"] = ""
    for option in options:
        if option in {"asc", "desc"}:
            descending = option == "desc"
        elif option in {"nullsfirst", "nullslast"}:
            nulls = "first" if option == "nullsfirst" else "last"
        else:
            raise BadQuery(f'"failed to parse order ({text})"')
    return Order(parse_field(name), descending, nulls)


def _whole_number(name: str, value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise BadQuery(f'"failed to parse {name} ({value})"')
    return int(value)


def _unquote(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
    return text


@dataclass(slots=True)
class _Reader:
    """A place in the text of `select=`."""

    text: str
    position: int = 0

    def peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def accept(self, character: str) -> bool:
        if self.peek() != character:
            return False
        self.position += 1
        return True

    def expect_end(self) -> None:
        if self.position < len(self.text):
            raise self.wrong()

    def word(self) -> str:
        """Everything up to the next `,`, `(` or `)` outside quotes."""
        start, quoted = self.position, False
        while self.position < len(self.text):
            character = self.text[self.position]
            if character == '"':
                quoted = not quoted
            elif character in ",()" and not quoted:
                break
            self.position += 1
        return self.text[start : self.position].strip()

    def wrong(self) -> BadQuery:
        return BadQuery(f'"failed to parse select parameter ({self.text})"')


def _read_items(reader: _Reader, depth: int) -> tuple[Column | Embed, ...]:
    if depth > MAX_DEPTH:
        raise reader.wrong()
    items: list[Column | Embed] = []
    if reader.peek() in {"", ")"}:
        return ()
    while True:
        items.append(_read_item(reader, depth))
        if not reader.accept(","):
            return tuple(items)


def _read_item(reader: _Reader, depth: int) -> Column | Embed:
    word = reader.word()
    if not word:
        raise reader.wrong()
    alias, name = _split_alias(word)
    if not reader.accept("("):
        return _column(reader, alias, name)
    items = _read_items(reader, depth + 1)
    if not reader.accept(")"):
        raise reader.wrong()
    relation, *options = name.split("!")
    if not relation or relation.startswith("..."):
        raise reader.wrong()
    hints = [option for option in options if option not in {"inner", "left"}]
    return Embed(
        _unquote(relation), Query(items), alias, hints[0] if hints else "", "inner" in options
    )


def _column(reader: _Reader, alias: str, text: str) -> Column:
    name, _, cast = text.partition("::")
    if cast and not TYPE_NAME.match(cast):
        raise reader.wrong()
    return Column(parse_field(name), alias, cast)


def _split_alias(word: str) -> tuple[str, str]:
    found = re.match(r'^("[^"]*"|[^":]+):(?!:)(.*)$', word, re.DOTALL)
    if found:
        return _unquote(found.group(1)), found.group(2)
    return "", word


def needed_filters(parameters: Sequence[tuple[str, str]]) -> bool:
    """Whether a change names the rows it is about."""
    return any(name not in RESERVED or name in {"and", "or"} for name, _ in parameters)
