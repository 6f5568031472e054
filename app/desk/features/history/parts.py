"""The tile of a finished chat, and the facts beside a transcript."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flet as ft

from desk.model.chat import Chat, talk_seconds
from desk.model.text import one_line
from desk.model.times import stopwatch
from desk.ui import text, theme
from desk.ui.component import act, component
from desk.ui.people import avatar, visitor_name
from desk.ui.pieces import Moment, go, marked
from desk.ui.surroundings import use_words

if TYPE_CHECKING:
    from datetime import tzinfo

    from desk.strings import Words


@component
def HistoryTile(chat: Chat, minutes: Any, chosen: bool) -> ft.Control:
    """Visitor, last words, who answered, when; missed chats say so in red."""
    words = use_words()
    name = visitor_name(words, chat.visitor)
    return marked(
        f"history-{chat.id}",
        ft.Container(
            on_click=act(go, f"/history/{chat.id}"),
            ink=True,
            bgcolor=ft.Colors.SECONDARY_CONTAINER if chosen else None,
            border_radius=theme.CARD,
            padding=ft.Padding.symmetric(horizontal=theme.L, vertical=10),
            content=ft.Row(
                [
                    avatar(name, chat.visitor.id),
                    ft.Column(
                        [
                            ft.Row(
                                [
                                    ft.Container(text.one_line(text.strong(name)), expand=True),
                                    Moment(chat.ended_at or chat.started_at, minutes),
                                ]
                            ),
                            text.one_line(text.body(one_line(chat.last_text), color=theme.MUTED)),
                            _outcome(chat, words),
                        ],
                        spacing=2,
                        expand=True,
                        tight=True,
                    ),
                ],
                spacing=theme.L,
                vertical_alignment=ft.CrossAxisAlignment.START,
            ),
        ),
        selected=chosen,
    )


def _outcome(chat: Chat, words: Words) -> ft.Control:
    if chat.status == "missed":
        why = words(f"history.reason.{chat.missed_reason or 'no_answer'}")
        return text.one_line(
            text.small(f"{words('history.status.missed')} · {why}", color=ft.Colors.ERROR)
        )
    parts = [chat.agent_name or words(f"history.status.{chat.status}"), chat.department_name]
    return text.one_line(text.small(" · ".join(part for part in parts if part)))


def facts(chat: Chat, words: Words, zone: tzinfo | None) -> ft.Control:
    """What is known of the visitor and of the chat; unknown things are left out."""
    visitor = chat.visitor
    started = chat.started_at.astimezone(zone)
    about_visitor = [
        ("fact.email", visitor.email),
        ("fact.phone", visitor.phone),
        ("fact.language", words.language_name(visitor.language or "")),
        ("fact.country", visitor.country),
        ("fact.device", words(f"device.{visitor.device}") if visitor.device else None),
        ("fact.timezone", visitor.timezone),
        ("fact.page", chat.page.short),
    ]
    talked = talk_seconds(chat)
    about_chat = [
        ("fact.agent", chat.agent_name),
        ("fact.department", chat.department_name),
        ("fact.site", chat.site_name),
        ("fact.started", f"{words.date(started.date())} {started:%H:%M}"),
        ("fact.waited", stopwatch(int(chat.wait_seconds)) if chat.wait_seconds else None),
        ("fact.duration", stopwatch(talked) if talked else None),
        ("fact.rating", f"{chat.rating} / 5" if chat.rating else None),
    ]
    return ft.Column(
        [
            text.heading(words("history.facts")),
            *_pairs(about_visitor, words),
            ft.Container(height=theme.M),
            text.heading(words("history.about_chat")),
            *_pairs(about_chat, words),
        ],
        spacing=theme.M,
        scroll=ft.ScrollMode.AUTO,
    )


def _pairs(pairs: list[tuple[str, str | None]], words: Words) -> list[ft.Control]:
    return [
        ft.Column(
            [text.small(words(key)), text.body(value, selectable=True)], spacing=0, tight=True
        )
        for key, value in pairs
        if value
    ]
