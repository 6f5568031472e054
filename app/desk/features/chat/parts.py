"""The tile of a chat in the list, and what the window's header shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flet as ft

from desk.model.text import one_line
from desk.ui import text, theme
from desk.ui.component import act, component
from desk.ui.people import avatar, visitor_name
from desk.ui.pieces import Moment, count_badge, go, marked
from desk.ui.surroundings import use_words

if TYPE_CHECKING:
    from desk.model.chat import Chat
    from desk.strings import Words


@component
def ChatTile(chat: Chat, minutes: Any, chosen: bool) -> ft.Control:
    """Avatar, name, last words, time, unread."""
    words = use_words()
    name = visitor_name(words, chat.visitor)
    preview = one_line(chat.last_text)
    if chat.last_author == "agent":
        preview = words("chat.you", text=preview)
    unread = chat.unread > 0
    last = (
        text.body(preview, color=ft.Colors.ON_SURFACE)
        if unread
        else text.body(preview, color=theme.MUTED)
    )
    return marked(
        f"chat-{chat.id}",
        ft.Container(
            on_click=act(go, f"/chats/{chat.id}"),
            ink=True,
            bgcolor=ft.Colors.SECONDARY_CONTAINER if chosen else None,
            border_radius=theme.CARD,
            padding=ft.Padding.symmetric(horizontal=theme.L, vertical=10),
            content=ft.Row(
                [
                    avatar(name, chat.visitor.id, size=44, online=chat.visitor_here),
                    ft.Column(
                        [
                            ft.Row(
                                [
                                    ft.Container(text.one_line(text.strong(name)), expand=True),
                                    Moment(chat.touched_at, minutes),
                                ]
                            ),
                            ft.Row(
                                [
                                    ft.Container(text.one_line(last), expand=True),
                                    *([count_badge(chat.unread)] if unread else []),
                                ]
                            ),
                        ],
                        spacing=2,
                        expand=True,
                        tight=True,
                    ),
                ],
                spacing=theme.L,
            ),
        ),
        selected=chosen,
    )


def chat_title(chat: Chat, words: Words) -> ft.Control:
    """The visitor's name, whether they are still there, and the page they look at."""
    name = visitor_name(words, chat.visitor)
    there = words("chat.here" if chat.visitor_here else "chat.away")
    page = chat.page.short
    return ft.Row(
        [
            avatar(name, chat.visitor.id, size=40, online=chat.visitor_here),
            ft.Column(
                [
                    text.one_line(text.heading(name)),
                    text.one_line(
                        text.small(
                            f"{there} · {page}" if page else there, tooltip=chat.page.url or None
                        )
                    ),
                ],
                spacing=0,
                expand=True,
                tight=True,
                alignment=ft.MainAxisAlignment.CENTER,
            ),
        ],
        spacing=theme.L,
        expand=True,
    )
