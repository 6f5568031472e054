"""The parameter `select=`, parsed into columns and embedded relations. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.rest.query import BadQuery, Column, Embed, Query
from gateway.rest.terms import MAX_DEPTH, parse_field, unquote

TYPE_NAME = re.compile(r"^[a-z_][a-z0-9_ ]*(\(\d+(,\d+)?\))?(\[\])?$", re.IGNORECASE)


def parse_select(text: str) -> tuple[Column | Embed, ...]:
    """Parse `select=`."""
    reader = _Reader(text)
    items = _read_items(reader, 0)
    reader.expect_end()
    return items


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
        unquote(relation), Query(items), alias, hints[0] if hints else "", "inner" in options
    )


def _column(reader: _Reader, alias: str, text: str) -> Column:
    name, _, cast = text.partition("::")
    if cast and not TYPE_NAME.match(cast):
        raise reader.wrong()
    return Column(parse_field(name), alias, cast)


def _split_alias(word: str) -> tuple[str, str]:
    found = re.match(r'^("[^"]*"|[^":]+):(?!:)(.*)$', word, re.DOTALL)
    if found:
        return unquote(found.group(1)), found.group(2)
    return "", word
