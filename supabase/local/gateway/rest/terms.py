"""The terms of the REST API's query language: fields, filters, logic, order, lists. Pure."""

from __future__ import annotations

import re
from typing import Literal

from gateway.rest.query import (
    IS_VALUES,
    OPERATORS,
    QUANTIFIED,
    TEXT_SEARCHES,
    BadQuery,
    Condition,
    Field,
    Filter,
    Group,
    Order,
)

OPERATION = re.compile(r"^(not\.)?([a-z]+)(?:\(([^)]*)\))?\.(.*)$", re.DOTALL)
MAX_DEPTH = 12


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
    name = unquote(pieces[0])
    if not name:
        raise BadQuery(f'"failed to parse field ({text})"')
    path: list[tuple[Literal["->", "->>"], str]] = []
    for arrow, key in zip(pieces[1::2], pieces[2::2], strict=True):
        if not key:
            raise BadQuery(f'"failed to parse field ({text})"')
        path.append(("->>" if arrow == "->>" else "->", unquote(key)))
    return Field(name, tuple(path))


def parse_list(text: str) -> list[str]:
    """Parse the operand of `in`: `(a,"b,c")`."""
    if not (text.startswith("(") and text.endswith(")")):
        raise BadQuery(f'"failed to parse filter (in.{text})"')
    inside = text[1:-1]
    return [unquote(part) for part in split_list(inside)] if inside else []


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


def unquote(text: str) -> str:
    """A name or value without its quotes."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
    return text


def parse_group(connective: str, text: str, *, negated: bool, depth: int) -> Group:
    """Parse the members of `and=` or `or=`: `(a.eq.1,not.b.is.null)`."""
    if not (text.startswith("(") and text.endswith(")")) or len(text) < 3 or depth > MAX_DEPTH:
        raise BadQuery(f'"failed to parse logic tree ({text})"')
    members = tuple(_parse_member(part.strip(), depth) for part in split_list(text[1:-1]))
    return Group("or" if connective == "or" else "and", members, negated)


def _parse_member(text: str, depth: int) -> Condition:
    negated = text.startswith("not.")
    rest = text[4:] if negated else text
    for connective in ("and", "or"):
        if rest.startswith(f"{connective}("):
            return parse_group(
                connective, rest[len(connective) :], negated=negated, depth=depth + 1
            )
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
        return text[: found.start(4)] + unquote(found.group(4))
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
