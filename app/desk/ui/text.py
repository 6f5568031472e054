"""Text in the few sizes that the app uses."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import flet as ft

from desk.ui import theme

if TYPE_CHECKING:
    from desk.strings import Words


def body(value: str, **more: Any) -> ft.Text:
    """Running text."""
    return _plain(value, theme.BODY, more)


def small(value: str, **more: Any) -> ft.Text:
    """A side remark: muted unless a colour is given."""
    return _plain(value, theme.SMALL, {"color": theme.MUTED, **more})


def strong(value: str, **more: Any) -> ft.Text:
    """A name or a key word in running text."""
    return _strong(value, theme.BODY, more)


def heading(value: str, **more: Any) -> ft.Text:
    """The head of a card or of a section."""
    return _strong(value, theme.HEADING, more)


def title(value: str, **more: Any) -> ft.Text:
    """The name of a screen."""
    return _strong(value, theme.TITLE, more)


def big(value: str, **more: Any) -> ft.Text:
    """The one largest thing on a screen."""
    return _strong(value, theme.BIG, more)


def as_written(value: str, words: Words) -> str:
    """Text by a person, kept in its own direction inside the reader's (Unicode's isolates)."""
    foreign = _reads_left_to_right(value) is words.rtl
    return f"\u2068{value}\u2069" if foreign else value


def _reads_left_to_right(value: str) -> bool | None:
    """By its first letter that has a direction; None when there is none."""
    for letter in value:
        kind = unicodedata.bidirectional(letter)
        if kind in ("L", "R", "AL"):
            return kind == "L"
    return None


def one_line(text: ft.Text) -> ft.Text:
    """Cut the text at the end of its line."""
    text.max_lines = 1
    text.overflow = ft.TextOverflow.ELLIPSIS
    return text


def _plain(value: str, size: int, more: dict[str, Any]) -> ft.Text:
    look: dict[str, Any] = {"size": size, "color": ft.Colors.ON_SURFACE, **more}
    return ft.Text(value, font_family=theme.FONT, font_family_fallback=theme.FALLBACK, **look)


def _strong(value: str, size: int, more: dict[str, Any]) -> ft.Text:
    look: dict[str, Any] = {"size": size, "color": ft.Colors.ON_SURFACE, **more}
    return ft.Text(
        value, font_family=theme.FONT_STRONG, font_family_fallback=theme.FALLBACK_STRONG, **look
    )
