"""Chats: the active ones beside the window of one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flet as ft

from desk.features.chat.parts import ChatTile
from desk.features.chat.store import ChatsStore
from desk.screen import Screen
from desk.ui import text, theme
from desk.ui.component import act, component, use_store
from desk.ui.pieces import header, two_panes
from desk.ui.states import busy, empty, error
from desk.ui.surroundings import use_layout, use_words

if TYPE_CHECKING:
    from desk.features.chat.window import ChatWindow


@component
def ChatsScreen(store: ChatsStore, chat_id: str | None = None) -> ft.Control:
    """Two panes on a desktop; on a phone the list, or the chat that was chosen."""
    words, layout = use_words(), use_layout()
    use_store(store)
    desk = use_store(store.desk)
    ft.use_effect(lambda: store.open(chat_id), [chat_id], cleanup=_nothing)
    ft.use_effect(lambda: None, [], cleanup=lambda: store.open(None))
    window = store.window if store.window and store.window.chat_id == chat_id else None
    if layout.wide and (store.chats or chat_id):
        detail = (
            _opened(store, window)
            if window
            else empty(ft.Icons.CHAT_BUBBLE_OUTLINE, words("chat.pick"), words("chat.pick.about"))
        )
        return two_panes(_list(store, desk, words, chat_id, titled=True), detail)
    if chat_id:
        return _opened(store, window) if window else busy(words)
    return _list(store, desk, words, None, titled=layout.wide)


def _opened(store: ChatsStore, window: ChatWindow) -> ft.Control:
    """The window of a chat; its parts are imported here, because the first frame has none."""
    from desk.features.chat.view import ChatView

    return ChatView(store, window, key=window.chat_id)


def _nothing() -> None:
    """An effect with a cleanup of its own, so that Flet ends it at the right time."""


def _list(
    store: ChatsStore, desk: Any, words: Any, chosen: str | None, *, titled: bool
) -> ft.Control:
    return ft.Column(
        [
            *([header(text.title(words("chat.title")))] if titled else []),
            ft.Container(_list_body(store, desk, words, chosen), expand=True),
        ],
        expand=True,
        spacing=0,
    )


def _list_body(store: ChatsStore, desk: Any, words: Any, chosen: str | None) -> ft.Control:
    if not desk.loaded:
        return error(words, desk.problem, act(desk.reload)) if desk.problem else busy(words)
    if not store.chats:
        return empty(ft.Icons.FORUM_OUTLINED, words("chat.empty"), words("chat.empty.about"))
    return ft.ListView(
        [ChatTile(chat, desk.minutes, chat.id == chosen, key=chat.id) for chat in store.chats],
        expand=True,
        spacing=2,
        padding=ft.Padding.only(left=theme.M, right=theme.M, bottom=theme.XL, top=theme.S),
    )


SCREEN = Screen(
    name="chat",
    path="chats",
    order=20,
    icon=ft.Icons.CHAT_BUBBLE_OUTLINE,
    selected_icon=ft.Icons.CHAT_BUBBLE,
    make_store=ChatsStore,
    component=ChatsScreen,
    badge=ChatsStore.unread,
)
