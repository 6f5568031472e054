"""How people are shown: their name, or a steady stand-in, and their avatar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import flet as ft

from desk.model.text import initials, stable_index
from desk.ui import text, theme

if TYPE_CHECKING:
    from desk.model.chat import Visitor
    from desk.strings import Words

_BACKS = ("#5B6B86", "#7A5C8E", "#3F7A78", "#8A5A44", "#4E6E4E", "#8B4F62")
"""Quiet colours on which white letters have a contrast of 4.5 and more."""


def visitor_name(words: Words, visitor: Visitor) -> str:
    """The visitor's name; one who gave none keeps the same number everywhere."""
    if visitor.name:
        return visitor.name
    return words("visitor.nameless", number=1000 + stable_index(visitor.id, 9000))


def avatar(
    name: str, key: str, *, size: int = 40, photo: str | None = None, online: bool | None = None
) -> ft.Control:
    """A photo, or initials on a colour that stays the same for `key`; a dot tells of online."""
    letters = initials(name)
    face: ft.Control = text.strong(letters, color="#FFFFFF", size=int(size * 0.36))
    if not letters or letters[-1].isdigit():
        face = ft.Icon(ft.Icons.PERSON, color="#FFFFFF", size=size * 0.55)
    circle = ft.Container(
        width=size,
        height=size,
        border_radius=size / 2,
        bgcolor=_BACKS[stable_index(key, len(_BACKS))],
        alignment=ft.Alignment.CENTER,
        clip_behavior=ft.ClipBehavior.ANTI_ALIAS,
        content=ft.Image(
            src=photo, width=size, height=size, fit=ft.BoxFit.COVER, error_content=face
        )
        if photo
        else face,
    )
    if online is None:
        return circle
    return ft.Stack([circle, _dot(size, online)], width=size, height=size)


def _dot(size: int, online: bool) -> ft.Control:
    side = max(10, size // 4)
    return ft.Container(
        width=side,
        height=side,
        right=0,
        bottom=0,
        border_radius=side / 2,
        bgcolor=theme.ONLINE if online else ft.Colors.OUTLINE,
        border=ft.Border.all(2, ft.Colors.SURFACE),
    )
