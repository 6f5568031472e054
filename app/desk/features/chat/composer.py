"""The composer. Its own component: a keystroke draws the composer again and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flet as ft

from desk.ui import theme
from desk.ui.component import act, component, with_value
from desk.ui.pieces import field_border, marked
from desk.ui.surroundings import use_layout, use_words

if TYPE_CHECKING:
    from desk.features.chat.store import ChatsStore
    from desk.features.chat.window import ChatWindow
    from desk.strings import Words
    from desk.ui.component import Handler
    from desk.ui.surroundings import Layout


@component
def Composer(store: ChatsStore, window: ChatWindow) -> ft.Control:
    """Enter sends and Shift+Enter begins a line; on a touch screen Enter begins a line.

    The text lives in the store: it survives leaving the chat, and a handler that was made before
    the last keystroke still sends what is written now. The field is made once for each message: one
    that is drawn again while somebody types takes back the keys that are still on their way.
    """
    words, layout = use_words(), use_layout()
    chat_id = window.chat_id
    message, begin_next = ft.use_state(0)
    filled, set_filled = ft.use_state(bool(store.typed.get(chat_id, "").strip()))

    def typed(value: str) -> None:
        store.typed[chat_id] = value
        set_filled(bool(value.strip()))
        if value.strip():
            window.say_typing()

    def send() -> None:
        if window.send(store.typed.get(chat_id, "")):
            store.typed.pop(chat_id, None)
            set_filled(False)
            begin_next(lambda number: number + 1)

    field = ft.use_memo(
        lambda: _field(words, layout, store.typed.get(chat_id, ""), with_value(typed), act(send)),
        [message],
    )
    return ft.Container(
        padding=ft.Padding.only(left=theme.XL, right=theme.M, bottom=theme.L, top=theme.S),
        content=ft.Row(
            [
                marked("composer", field, label=words("chat.write"), expand=1),
                marked(
                    "send",
                    ft.IconButton(
                        ft.Icons.SEND,
                        tooltip=words("chat.send"),
                        icon_color=theme.ON_BRASS_FILL if filled else theme.MUTED,
                        bgcolor=theme.BRASS_FILL if filled else None,
                        width=48,
                        height=48,
                        on_click=act(send),
                    ),
                ),
            ],
            spacing=theme.M,
            vertical_alignment=ft.CrossAxisAlignment.END,
        ),
    )


def _field(
    words: Words, layout: Layout, value: str, on_change: Handler, on_submit: Handler
) -> ft.TextField:
    more: dict[str, Any] = (
        {"capitalization": ft.TextCapitalization.SENTENCES}
        if layout.touch
        else {"shift_enter": True, "on_submit": on_submit}
    )
    return ft.TextField(
        value=value,
        hint_text=words("chat.write"),
        multiline=True,
        min_lines=1,
        max_lines=6,
        autofocus=not layout.touch,
        filled=True,
        fill_color=ft.Colors.SURFACE_CONTAINER_LOW,
        border=field_border(22),
        content_padding=ft.Padding.symmetric(horizontal=18, vertical=13),
        on_change=on_change,
        **more,
    )
