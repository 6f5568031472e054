"""One transcript with the facts of its visitor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flet as ft

from desk.features.history.parts import facts
from desk.model.bubbles import Reader, rows_of
from desk.ui import text, theme
from desk.ui.bubbles import message_list, use_rows
from desk.ui.component import act, component, use_store
from desk.ui.people import avatar, visitor_name
from desk.ui.pieces import go, header
from desk.ui.states import busy, error
from desk.ui.surroundings import use_layout, use_words

if TYPE_CHECKING:
    from desk.features.history.store import Transcript
    from desk.strings import Words

FACTS_FROM = 1100
"""Pixels of the window from which the facts fit beside the transcript."""


@component
def TranscriptView(transcript: Transcript) -> ft.Control:
    """Header, messages, facts: beside them where there is room, in a sheet where there is not."""
    words, layout = use_words(), use_layout()
    use_store(transcript)
    page = ft.context.page
    roomy = layout.wide and (page.width or 0) >= FACTS_FROM
    shown, show = ft.use_state(False)
    chat = transcript.chat

    def close() -> None:
        show(False)

    ft.use_dialog(
        ft.BottomSheet(
            ft.Container(facts(chat, words, layout.zone), padding=theme.XXL, width=float("inf")),
            scrollable=True,
            show_drag_handle=True,
            on_dismiss=act(close),
        )
        if shown and chat
        else None
    )
    messages = ft.Column(
        [
            header(*_head(transcript, words, wide=layout.wide, roomy=roomy, show=show)),
            ft.Divider(height=1),
            ft.Container(_body(transcript, words), expand=True),
        ],
        expand=True,
        spacing=0,
    )
    if not roomy or chat is None:
        return messages
    side = ft.Container(facts(chat, words, layout.zone), width=280, padding=theme.XL)
    return ft.Row(
        [ft.Container(messages, expand=True), ft.VerticalDivider(width=1), side],
        expand=True,
        spacing=0,
        vertical_alignment=ft.CrossAxisAlignment.STRETCH,
    )


def _head(
    transcript: Transcript, words: Words, *, wide: bool, roomy: bool, show: Any
) -> list[ft.Control]:
    chat = transcript.chat
    controls: list[ft.Control] = []
    if not wide:
        controls.append(
            ft.IconButton(
                ft.Icons.ARROW_BACK, tooltip=words("app.back"), on_click=act(go, "/history")
            )
        )
    if chat is None:
        return controls
    name = visitor_name(words, chat.visitor)
    controls += [
        avatar(name, chat.visitor.id),
        ft.Column(
            [
                text.one_line(text.heading(name)),
                text.one_line(text.small(words(f"history.status.{chat.status}"))),
            ],
            spacing=0,
            expand=True,
            tight=True,
            alignment=ft.MainAxisAlignment.CENTER,
        ),
    ]
    if not roomy:
        controls.append(
            ft.IconButton(
                ft.Icons.INFO_OUTLINE, tooltip=words("history.facts"), on_click=act(show, True)
            )
        )
    return controls


def _body(transcript: Transcript, words: Words) -> ft.Control:
    if transcript.problem:
        return error(words, transcript.problem, act(transcript.load))
    if transcript.busy:
        return busy(words)
    return TranscriptMessages(transcript)


@component
def TranscriptMessages(transcript: Transcript) -> ft.Control:
    """The rows of the transcript."""
    words, layout = use_words(), use_layout()
    use_store(transcript)
    controls = use_rows(rows_of(transcript.messages, (), Reader(layout.zone)))
    older = None
    if transcript.has_older:
        older = ft.Row(
            [
                ft.TextButton(
                    words("chat.older"),
                    icon=ft.Icons.EXPAND_LESS,
                    disabled=transcript.loading_older,
                    on_click=act(transcript.load_older),
                )
            ],
            alignment=ft.MainAxisAlignment.CENTER,
        )
    return message_list(controls, older, key=transcript.chat_id, from_top=transcript.loaded_whole)
