"""What stands on the Visitors screen beside the ringing cards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flet as ft

from desk.features.visitors.card import CARD_WIDTH
from desk.model.chat import Chat, waiting_seconds
from desk.model.times import stopwatch
from desk.ui import text, theme
from desk.ui.component import act, component, use_store
from desk.ui.people import avatar, visitor_name
from desk.ui.pieces import go, marked
from desk.ui.states import note_strip
from desk.ui.surroundings import use_layout, use_words

if TYPE_CHECKING:
    from desk.features.visitors.store import VisitorsStore
    from desk.stores import Sound
    from desk.strings import Words


@component
def WaitingRow(store: VisitorsStore, chat: Chat) -> ft.Control:
    """A chat that does not ring here; it can be taken all the same."""
    words, layout = use_words(), use_layout()
    use_store(store)
    name = visitor_name(words, chat.visitor)

    async def accept() -> None:
        if await store.accept(chat):
            go(f"/chats/{chat.id}")

    row = ft.Container(
        width=CARD_WIDTH if layout.wide else None,
        border=ft.Border.all(1, ft.Colors.OUTLINE_VARIANT),
        border_radius=theme.CARD,
        padding=theme.L,
        content=ft.Row(
            [
                avatar(name, chat.visitor.id),
                ft.Column(
                    [text.one_line(text.strong(name)), text.one_line(text.small(chat.last_text))],
                    spacing=1,
                    expand=True,
                    tight=True,
                ),
                text.small(stopwatch(waiting_seconds(chat, store.desk.clock.now))),
                ft.OutlinedButton(
                    words("visitors.accept"),
                    height=theme.TOUCH,
                    disabled=chat.id in store.accepting,
                    on_click=act(accept),
                ),
            ],
            spacing=theme.L,
        ),
    )
    return ft.Row([row]) if layout.wide else row


def waiting_title(words: Words) -> ft.Control:
    """Above the chats that do not ring here."""
    return ft.Column(
        [text.heading(words("visitors.waiting")), text.small(words("visitors.waiting.about"))],
        spacing=2,
        tight=True,
    )


@component
def SoundStrip(sound: Sound) -> ft.Control:
    """Says that the ring could not be heard, and lets the agent allow it."""
    words = use_words()
    heard: Any = use_store(sound)
    if not heard.blocked:
        return ft.Container(height=0)
    button = ft.TextButton(words("visitors.sound_on"), on_click=act(sound.try_again))
    strip = note_strip(ft.Icons.VOLUME_OFF_OUTLINED, words("visitors.sound_off"), button)
    return marked("sound-off", strip, live_region=True)
