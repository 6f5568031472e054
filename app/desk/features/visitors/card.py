"""The card of a chat that rings here: the one loud thing in the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flet as ft

from desk.features.visitors.dialogs import use_reason_dialog
from desk.model.times import stopwatch
from desk.ui import text, theme
from desk.ui.component import act, component, use_store
from desk.ui.people import avatar, visitor_name
from desk.ui.pieces import go, marked
from desk.ui.surroundings import use_layout, use_words

if TYPE_CHECKING:
    from datetime import datetime

    from desk.features.visitors.store import VisitorsStore
    from desk.model.chat import Chat
    from desk.strings import Words

CARD_WIDTH = 680


@component
def RingingCard(store: VisitorsStore, chat: Chat) -> ft.Control:
    """Who rings, from where, how long, what they wrote; accept or decline."""
    words, layout = use_words(), use_layout()
    use_store(store)
    ask_reason = use_reason_dialog(store, chat)
    name = visitor_name(words, chat.visitor)
    card = ft.Container(
        width=CARD_WIDTH if layout.wide else None,
        bgcolor=ft.Colors.SURFACE_CONTAINER_LOWEST,
        border=ft.Border.all(2, theme.BRASS_FILL),
        border_radius=theme.CARD,
        padding=theme.XL,
        shadow=ft.BoxShadow(
            blur_radius=24,
            spread_radius=-6,
            offset=ft.Offset(0, 8),
            color=ft.Colors.with_opacity(0.28, theme.BRASS),
        ),
        content=ft.Column(
            [
                _who(store, chat, words, name),
                *_words_so_far(store, chat, words),
                _buttons(store, chat, words, name, ask_reason),
            ],
            spacing=theme.L,
            tight=True,
        ),
    )
    return marked(f"ring-{chat.id}", ft.Row([card]) if layout.wide else card)


def _who(store: VisitorsStore, chat: Chat, words: Words, name: str) -> ft.Control:
    earlier = chat.visitor.chats
    facts = [
        words("visitors.returning", earlier) if earlier > 1 else words("visitors.new"),
        chat.visitor.country or "",
        words(f"device.{chat.visitor.device}") if chat.visitor.device else "",
        chat.department_name or "",
    ]
    return ft.Row(
        [
            avatar(name, chat.visitor.id, size=48),
            ft.Column(
                [
                    text.one_line(text.heading(name)),
                    text.one_line(
                        text.body(
                            chat.page.short or chat.site_name,
                            color=theme.MUTED,
                            tooltip=chat.page.url or None,
                        )
                    ),
                    text.one_line(text.small(" · ".join(fact for fact in facts if fact))),
                ],
                spacing=1,
                expand=True,
                tight=True,
            ),
            WaitLabel(store.desk.clock, chat.ring_started_at or chat.started_at),
        ],
        spacing=theme.L,
        vertical_alignment=ft.CrossAxisAlignment.START,
    )


def _words_so_far(store: VisitorsStore, chat: Chat, words: Words) -> list[ft.Control]:
    """The first words, and everything else on request."""
    previewed = store.previewed(chat)
    shown = [message.body for message in previewed] or [chat.first_text]
    quotes: list[ft.Control] = [
        ft.Container(
            bgcolor=ft.Colors.SURFACE_CONTAINER,
            border_radius=theme.CARD,
            padding=ft.Padding.symmetric(horizontal=14, vertical=10),
            content=text.body(
                text.as_written(body, words),
                max_lines=None if previewed else 4,
                overflow=ft.TextOverflow.ELLIPSIS,
            ),
        )
        for body in shown
    ]
    if chat.last_text != chat.first_text or len(chat.first_text) > 200 or previewed:
        key = "visitors.preview.close" if previewed else "visitors.preview"
        quotes.append(
            ft.TextButton(words(key), on_click=act(store.toggle_preview, chat), height=36)
        )
    return quotes


def _buttons(
    store: VisitorsStore, chat: Chat, words: Words, name: str, on_reason: Any
) -> ft.Control:
    async def accept() -> None:
        if await store.accept(chat):
            go(f"/chats/{chat.id}")

    accepting = chat.id in store.accepting
    return ft.Row(
        key="buttons",  # the same buttons when the card grows, so that no tap is lost
        controls=[
            marked(
                f"decline-{chat.id}",
                ft.OutlinedButton(
                    words("visitors.decline"),
                    icon=ft.Icons.CLOSE,
                    height=48,
                    expand=True,
                    disabled=accepting,
                    on_click=act(store.decline, chat, name),
                ),
                expand=1,
            ),
            marked(
                f"accept-{chat.id}",
                ft.FilledButton(
                    words("visitors.accept"),
                    icon=ft.Icons.CHECK,
                    height=48,
                    expand=True,
                    disabled=accepting,
                    on_click=act(accept),
                ),
                expand=1,
            ),
            marked(
                f"more-{chat.id}",
                ft.PopupMenuButton(
                    icon=ft.Icons.MORE_VERT,
                    tooltip=words("visitors.more"),
                    items=[
                        ft.PopupMenuItem(words("visitors.decline_with"), on_click=act(on_reason))
                    ],
                ),
            ),
        ],
        spacing=theme.M,
    )


@component
def WaitLabel(clock: Any, since: datetime) -> ft.Control:
    """The wait, running each second; apart, so that a second costs one label."""
    words = use_words()
    ticking: Any = use_store(clock)
    waited = stopwatch(max(0, int((ticking.now - since).total_seconds())))
    return ft.Container(
        bgcolor=ft.Colors.SECONDARY_CONTAINER,
        border_radius=theme.CARD,
        padding=ft.Padding.symmetric(horizontal=10, vertical=5),
        tooltip=words("visitors.waits", time=waited),
        content=ft.Row(
            [
                ft.Icon(
                    ft.Icons.NOTIFICATIONS_ACTIVE, size=16, color=ft.Colors.ON_SECONDARY_CONTAINER
                ),
                text.strong(waited, color=ft.Colors.ON_SECONDARY_CONTAINER),
            ],
            tight=True,
            spacing=6,
        ),
    )
