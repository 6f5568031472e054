"""Small pieces that several screens use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flet as ft

from desk.model.chat import capped
from desk.model.times import when
from desk.ui import text, theme
from desk.ui.component import component, use_store
from desk.ui.surroundings import use_layout, use_words

if TYPE_CHECKING:
    from datetime import datetime


def go(path: str) -> None:
    """Open another address of the app."""
    ft.context.page.navigate(path)


def count_badge(count: int) -> ft.Control:
    """A number that waits for a person, in brass."""
    return ft.Container(
        bgcolor=theme.BRASS_FILL,
        border_radius=10,
        height=20,
        padding=ft.Padding.symmetric(horizontal=7),
        alignment=ft.Alignment.CENTER,
        content=text.strong(capped(count), size=theme.SMALL, color=theme.ON_BRASS_FILL),
    )


def header(*controls: ft.Control) -> ft.Control:
    """The head of a screen or a pane: one height everywhere."""
    return ft.Container(
        height=64,
        padding=ft.Padding.only(left=theme.XL, right=theme.M),
        content=ft.Row(
            list(controls), spacing=theme.L, vertical_alignment=ft.CrossAxisAlignment.CENTER
        ),
    )


def marked(identifier: str, content: ft.Control, **more: Any) -> ft.Control:
    """A control that tests and assistive tools find by a stable identifier."""
    return ft.Semantics(identifier=identifier, content=content, **more)


def two_panes(list_pane: ft.Control, detail_pane: ft.Control) -> ft.Control:
    """A list and what is chosen in it, side by side."""
    return ft.Row(
        [
            ft.Container(list_pane, width=340),
            ft.VerticalDivider(width=1),
            ft.Container(detail_pane, expand=True),
        ],
        expand=True,
        spacing=0,
        vertical_alignment=ft.CrossAxisAlignment.STRETCH,
    )


@component
def Moment(at: datetime, clock: Any, color: str = theme.MUTED) -> ft.Control:
    """A moment told in words, with the full time on hover; it follows a slow clock."""
    words, layout = use_words(), use_layout()
    ticking: Any = use_store(clock)
    local = at.astimezone(layout.zone)
    return text.small(
        words.when(when(at, ticking.now, layout.zone)),
        color=color,
        no_wrap=True,
        tooltip=f"{words.date(local.date())} {local:%H:%M}",
    )


def field_border(radius: int = theme.CARD) -> ft.OutlineInputBorder:
    """The border of every text field: quiet, and brass where the person types."""
    return ft.OutlineInputBorder(
        side=ft.BorderSide(1, ft.Colors.OUTLINE_VARIANT), border_radius=radius
    )
