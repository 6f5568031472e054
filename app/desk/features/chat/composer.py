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


@component
def Composer(store: ChatsStore, window: ChatWindow) -> ft.Control:
    """Enter sends and Shift+Enter begins a line; on a touch screen Enter begins a line.

    The text lives in the store: it survives leaving the chat, and a handler that was made before
    the last keystroke still sends what is written now.
    """
    words, layout = use_words(), use_layout()
    chat_id = window.chat_id
    shown, show = ft.use_state(store.typed.get(chat_id, ""))

    def typed(value: str) -> None:
        store.typed[chat_id] = value
        show(value)
        if value.strip():
            window.say_typing()

    def send() -> None:
        if window.send(store.typed.get(chat_id, "")):
            store.typed.pop(chat_id, None)
            show("")

    more: dict[str, Any] = (
        {"capitalization": ft.TextCapitalization.SENTENCES}
        if layout.touch
        else {"shift_enter": True, "on_submit": act(send)}
    )
    return ft.Container(
        padding=ft.Padding.only(left=theme.XL, right=theme.M, bottom=theme.L, top=theme.S),
        content=ft.Row(
            [
                marked(
                    "composer",
                    ft.TextField(
                        value=shown,
                        hint_text=words("chat.write"),
                        multiline=True,
                        min_lines=1,
                        max_lines=6,
                        autofocus=not layout.touch,
                        filled=True,
                        fill_color=ft.Colors.SURFACE_CONTAINER_LOW,
                        border=field_border(22),
                        content_padding=ft.Padding.symmetric(horizontal=18, vertical=13),
                        on_change=with_value(typed),
                        **more,
                    ),
                    label=words("chat.write"),
                    expand=1,
                ),
                marked(
                    "send",
                    ft.IconButton(
                        ft.Icons.SEND,
                        tooltip=words("chat.send"),
                        icon_color=theme.ON_BRASS_FILL if shown.strip() else theme.MUTED,
                        bgcolor=theme.BRASS_FILL if shown.strip() else None,
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
