"""The avatar with the status menu and sign-out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import flet as ft

from desk.model.agent import STATUSES, Status
from desk.ui import text, theme
from desk.ui.component import act, component, use_store
from desk.ui.people import avatar
from desk.ui.pieces import marked
from desk.ui.surroundings import use_words

if TYPE_CHECKING:
    from desk.stores import Desk
    from desk.strings import Words

_MARKS: dict[Status, tuple[ft.IconData, str]] = {
    "online": (ft.Icons.CIRCLE, theme.ONLINE),
    "away": (ft.Icons.SCHEDULE, theme.MUTED),
    "invisible": (ft.Icons.VISIBILITY_OFF_OUTLINED, theme.MUTED),
    "offline": (ft.Icons.CIRCLE_OUTLINED, theme.MUTED),
}


@component
def StatusMenu(desk: Desk) -> ft.Control:
    """My face, how I am there, and the door."""
    words = use_words()
    use_store(desk)
    me = desk.me
    if me is None:
        return ft.Container(width=theme.TOUCH, height=theme.TOUCH)
    there = desk.reachable and desk.link != "reconnecting"
    rings = there and me.status == "online"
    face = avatar(me.display_name, me.agent_id, size=40, photo=me.photo, online=rings)
    status = words(f"status.{me.status}" if there else "status.connecting")
    tip = words("status.menu", name=me.display_name, status=status)
    return marked(
        "me",
        ft.PopupMenuButton(
            content=ft.Container(face, padding=2),
            tooltip=tip,
            items=[
                ft.PopupMenuItem(content=text.strong(me.display_name), height=40, disabled=True),
                *(_choice(desk, status, me.status, words) for status in STATUSES),
                ft.PopupMenuItem(),
                ft.PopupMenuItem(
                    content=_line(ft.Icons.LOGOUT, theme.MUTED, words("sign_out"), ""),
                    on_click=act(desk.sign_out),
                ),
            ],
        ),
    )


def _choice(desk: Desk, status: Status, now: Status, words: Words) -> ft.PopupMenuItem:
    icon, color = _MARKS[status]
    return ft.PopupMenuItem(
        content=_line(
            icon,
            color,
            words(f"status.{status}"),
            words(f"status.{status}.about"),
            chosen=status == now,
        ),
        height=52,
        on_click=act(desk.set_status, status),
    )


def _line(
    icon: ft.IconData, color: str, name: str, about: str, *, chosen: bool = False
) -> ft.Control:
    words_column: list[ft.Control] = [text.body(name), *([text.small(about)] if about else [])]
    return ft.Row(
        [
            ft.Icon(icon, size=18, color=color),
            ft.Column(words_column, spacing=0, tight=True, expand=True),
            *([ft.Icon(ft.Icons.CHECK, size=18, color=ft.Colors.PRIMARY)] if chosen else []),
        ],
        spacing=theme.L,
    )
