"""Text in the few sizes that the app uses."""

from __future__ import annotations

from typing import Any

import flet as ft

from desk.ui import theme


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
