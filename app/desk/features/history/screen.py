"""History: finished chats, found by search, read as transcripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flet as ft

from desk.features.history.parts import HistoryTile
from desk.features.history.store import HistoryStore
from desk.screen import Screen
from desk.ui import text, theme
from desk.ui.component import act, component, use_store, with_value
from desk.ui.pieces import field_border, header, two_panes
from desk.ui.states import busy, empty, error
from desk.ui.surroundings import use_layout, use_words

if TYPE_CHECKING:
    from desk.features.history.store import Transcript


@component
def HistoryScreen(store: HistoryStore, chat_id: str | None = None) -> ft.Control:
    """Two panes on a desktop; on a phone the list, or the transcript that was chosen."""
    words, layout = use_words(), use_layout()
    use_store(store)
    ft.use_effect(store.show, [])
    ft.use_effect(lambda: store.open(chat_id), [chat_id], cleanup=lambda: None)
    opened = store.transcript
    transcript = opened if opened is not None and opened.chat_id == chat_id else None
    if layout.wide:
        detail = (
            _opened(transcript)
            if transcript
            else empty(ft.Icons.HISTORY, words("history.pick"), words("history.pick.about"))
        )
        return two_panes(_list(store, words, chat_id, titled=True), detail)
    if chat_id:
        return _opened(transcript) if transcript else busy(words)
    return _list(store, words, None, titled=False)


def _opened(transcript: Transcript) -> ft.Control:
    """A transcript; its parts are imported here, because the first frame has none."""
    from desk.features.history.transcript import TranscriptView

    return TranscriptView(transcript, key=transcript.chat_id)


def _list(store: HistoryStore, words: Any, chosen: str | None, *, titled: bool) -> ft.Control:
    return ft.Column(
        [
            *([header(text.title(words("history.title")))] if titled else []),
            SearchField(store),
            ft.Container(_list_body(store, words, chosen), expand=True),
        ],
        expand=True,
        spacing=0,
    )


def _list_body(store: HistoryStore, words: Any, chosen: str | None) -> ft.Control:
    if store.problem:
        return error(words, store.problem, act(store.show))
    if not store.loaded:
        return busy(words)
    if not store.chats and store.searched:
        return empty(
            ft.Icons.SEARCH_OFF,
            words("history.none_found", text=store.searched),
            words("history.none_found.about"),
        )
    if not store.chats:
        return empty(ft.Icons.HISTORY, words("history.empty"), words("history.empty.about"))
    rows: list[ft.Control] = [
        HistoryTile(chat, store.desk.minutes, chat.id == chosen, key=chat.id)
        for chat in store.chats
    ]
    if store.more:
        rows.append(
            ft.TextButton(
                words("history.more"),
                height=theme.TOUCH,
                disabled=store.loading_more,
                on_click=act(store.load_more),
            )
        )
    return ft.ListView(
        rows,
        expand=True,
        spacing=2,
        padding=ft.Padding.only(left=theme.M, right=theme.M, bottom=theme.XL),
    )


@component
def SearchField(store: HistoryStore) -> ft.Control:
    """Asks when the person pauses."""
    words = use_words()
    shown, show = ft.use_state(store.text)

    def typed(value: str) -> None:
        show(value)
        store.search(value)

    return ft.Container(
        padding=ft.Padding.only(left=theme.XL, right=theme.XL, bottom=theme.M, top=theme.S),
        content=ft.Row(
            [
                ft.TextField(
                    expand=True,
                    value=shown,
                    hint_text=words("history.search"),
                    prefix_icon=ft.Icons.SEARCH,
                    suffix_icon=ft.IconButton(
                        ft.Icons.CLOSE,
                        icon_size=18,
                        tooltip=words("history.clear"),
                        on_click=act(typed, ""),
                    )
                    if shown
                    else None,
                    filled=True,
                    dense=True,
                    fill_color=ft.Colors.SURFACE_CONTAINER_LOW,
                    border=field_border(),
                    on_change=with_value(typed),
                )
            ]
        ),
    )


SCREEN = Screen(
    name="history",
    path="history",
    order=30,
    icon=ft.Icons.HISTORY,
    selected_icon=ft.Icons.HISTORY,
    make_store=HistoryStore,
    component=HistoryScreen,
)
