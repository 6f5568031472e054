"""The window of one chat: header, messages, typing, composer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import flet as ft

from desk.features.chat.composer import Composer
from desk.features.chat.parts import chat_title
from desk.model.bubbles import Reader, rows_of
from desk.ui import text
from desk.ui.bubbles import message_list, use_rows
from desk.ui.component import act, component, use_store
from desk.ui.people import visitor_name
from desk.ui.pieces import go, header, marked
from desk.ui.states import busy, error, note_strip
from desk.ui.surroundings import use_layout, use_words

if TYPE_CHECKING:
    from desk.features.chat.store import ChatsStore
    from desk.features.chat.window import ChatWindow, Typing
    from desk.strings import Words


@component
def ChatView(store: ChatsStore, window: ChatWindow) -> ft.Control:
    """Everything about one open chat."""
    words, layout = use_words(), use_layout()
    use_store(window)
    back = (
        []
        if layout.wide
        else [
            ft.IconButton(
                ft.Icons.ARROW_BACK, tooltip=words("app.back"), on_click=act(go, "/chats")
            )
        ]
    )
    title = chat_title(window.chat, words) if window.chat else ft.Container(expand=True)
    return ft.Column(
        [
            header(*back, title, EndButton(window)),
            ft.Divider(height=1),
            ft.Container(_body(window, words), expand=True),
            *([TypingLine(window.typing, _name(window, words))] if window.live else []),
            _foot(store, window, words),
        ],
        expand=True,
        spacing=0,
    )


def _name(window: ChatWindow, words: Words) -> str:
    return visitor_name(words, window.chat.visitor) if window.chat else ""


def _body(window: ChatWindow, words: Words) -> ft.Control:
    if window.problem:
        return error(words, window.problem, act(window.reload))
    if window.busy:
        return busy(words)
    return MessageList(window, key=f"messages-{window.chat_id}")


def _foot(store: ChatsStore, window: ChatWindow, words: Words) -> ft.Control:
    """The composer, or why there is none."""
    chat = window.chat
    if chat is None or window.may_write:
        return Composer(store, window) if chat else ft.Container(height=0)
    if chat.status == "ringing":
        return note_strip(ft.Icons.NOTIFICATIONS_ACTIVE, words("chat.rings_still"))
    if chat.live:
        sentence = words("chat.not_mine", agent=chat.agent_name or "")
        return note_strip(ft.Icons.LOCK_OUTLINE, sentence)
    return note_strip(
        ft.Icons.CHECK_CIRCLE_OUTLINE,
        words("chat.over"),
        ft.TextButton(words("chat.open_history"), on_click=act(go, f"/history/{chat.id}")),
    )


@component
def MessageList(window: ChatWindow) -> ft.Control:
    """The rows; only this part is drawn again when a message comes."""
    words, layout = use_words(), use_layout()
    use_store(window)
    chat, me = window.chat, window.desk.me
    reader = Reader(layout.zone, me.agent_id if me else None, chat.visitor_read_seq if chat else 0)
    controls = use_rows(rows_of(window.messages, window.drafts, reader), window.retry)
    older = None
    if window.has_older:
        older = ft.Row(
            [
                ft.TextButton(
                    words("chat.older"),
                    icon=ft.Icons.EXPAND_LESS,
                    disabled=window.loading_older,
                    on_click=act(window.load_older),
                )
            ],
            alignment=ft.MainAxisAlignment.CENTER,
        )
    return message_list(controls, older, window.chat_id, layout.margin)


@component
def TypingLine(typing: Typing, name: str) -> ft.Control:
    """Whether the visitor types; it keeps its place so that nothing jumps."""
    words = use_words()
    use_store(typing)
    return ft.Container(
        height=22,
        padding=ft.Padding.symmetric(horizontal=22),
        content=ft.Semantics(live_region=True, content=text.small(words("chat.typing", name=name)))
        if typing.on
        else None,
    )


@component
def EndButton(window: ChatWindow) -> ft.Control:
    """Ends the chat, after asking."""
    words = use_words()
    use_store(window)
    asked, ask = ft.use_state(False)

    async def end() -> None:
        ask(False)
        await window.end()

    def close() -> None:
        ask(False)

    ft.use_dialog(
        ft.AlertDialog(
            title=text.title(words("chat.end.title")),
            content=ft.Container(
                text.body(words("chat.end.about", name=_name(window, words))), width=320
            ),
            actions=[
                ft.TextButton(words("app.cancel"), on_click=act(close)),
                marked(
                    "confirm-end",
                    ft.FilledButton(
                        words("chat.end"),
                        on_click=act(end),
                        style=ft.ButtonStyle(bgcolor=ft.Colors.ERROR, color=ft.Colors.ON_ERROR),
                    ),
                ),
            ],
            on_dismiss=act(close),
        )
        if asked
        else None
    )
    if not window.may_write:
        return ft.Container()
    return marked(
        "end-chat",
        ft.OutlinedButton(words("chat.end"), height=40, on_click=act(ask, True)),
    )
