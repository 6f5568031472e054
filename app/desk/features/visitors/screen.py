"""Visitors: what rings here, and who waits for others."""

from __future__ import annotations

from typing import Any

import flet as ft

from desk.features.visitors.card import RingingCard
from desk.features.visitors.dialogs import LimitDialog
from desk.features.visitors.parts import SoundStrip, WaitingRow, waiting_title
from desk.features.visitors.store import VisitorsStore
from desk.screen import Screen
from desk.ui import text, theme
from desk.ui.component import act, component, use_store
from desk.ui.pieces import header
from desk.ui.states import busy, empty, error
from desk.ui.surroundings import use_layout, use_words


@component
def VisitorsScreen(store: VisitorsStore, _chat_id: str | None = None) -> ft.Control:
    """Ringing cards first; they are the only loud thing on the screen."""
    words, layout = use_words(), use_layout()
    use_store(store)
    desk = use_store(store.desk)
    return ft.Column(
        [
            *([header(text.title(words("visitors.title")))] if layout.wide else []),
            SoundStrip(desk.sound),
            ft.Container(_body(store, desk, words), expand=True),
            LimitDialog(store),
        ],
        expand=True,
        spacing=0,
    )


def _body(store: VisitorsStore, desk: Any, words: Any) -> ft.Control:
    if not desk.loaded:
        return error(words, desk.problem, act(desk.reload)) if desk.problem else busy(words)
    calls, waiting = store.calls_me, store.waiting
    if not calls and not waiting:
        return empty(
            ft.Icons.NOTIFICATIONS_NONE, words("visitors.empty"), words("visitors.empty.about")
        )
    rows: list[ft.Control] = [RingingCard(store, chat, key=chat.id) for chat in calls]
    if waiting:
        space = ft.Padding.only(top=theme.L if calls else 0, left=theme.S)
        rows.append(ft.Container(waiting_title(words), padding=space))
        rows += [WaitingRow(store, chat, key=chat.id) for chat in waiting]
    return ft.ListView(
        rows,
        expand=True,
        spacing=theme.L,
        padding=ft.Padding.only(left=theme.XL, right=theme.XL, top=theme.M, bottom=theme.XXL),
    )


SCREEN = Screen(
    name="visitors",
    path="visitors",
    order=10,
    icon=ft.Icons.NOTIFICATIONS_OUTLINED,
    selected_icon=ft.Icons.NOTIFICATIONS,
    make_store=VisitorsStore,
    component=VisitorsScreen,
    badge=VisitorsStore.waiting_count,
)
