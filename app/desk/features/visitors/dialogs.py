"""What the Visitors screen asks: why an agent declines, and whether to go over the limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flet as ft

from desk.ui import text, theme
from desk.ui.component import act, component, use_store, with_value
from desk.ui.people import visitor_name
from desk.ui.pieces import field_border, go
from desk.ui.surroundings import use_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from desk.features.visitors.store import VisitorsStore
    from desk.model.chat import Chat


def use_reason_dialog(store: VisitorsStore, chat: Chat) -> Callable[[], None]:
    """A dialog that asks why, and the function that opens it; leaving it empty is fine."""
    words = use_words()
    asked, ask = ft.use_state(False)
    reason, set_reason = ft.use_state("")
    typed: Any = ft.use_ref("")

    def keep(value: str) -> None:
        typed.current = value
        set_reason(value)

    def close() -> None:
        ask(False)

    async def decline() -> None:
        close()
        await store.decline(chat, visitor_name(words, chat.visitor), typed.current or "")

    ft.use_dialog(
        ft.AlertDialog(
            title=text.title(words("visitors.reason.title")),
            content=ft.Column(
                [
                    text.body(words("visitors.reason.about"), color=theme.MUTED),
                    ft.TextField(
                        label=words("visitors.reason.label"),
                        value=reason,
                        width=float("inf"),
                        autofocus=True,
                        border=field_border(),
                        max_length=200,
                        on_change=with_value(keep),
                        on_submit=act(decline),
                    ),
                ],
                tight=True,
                spacing=theme.L,
                width=360,
            ),
            actions=[
                ft.TextButton(words("app.cancel"), on_click=act(close)),
                ft.FilledButton(words("visitors.decline"), on_click=act(decline)),
            ],
            on_dismiss=act(close),
        )
        if asked
        else None
    )
    return lambda: ask(True)


@component
def LimitDialog(store: VisitorsStore) -> ft.Control:
    """*You are at your limit*; admins and owners may take the chat anyway."""
    words = use_words()
    use_store(store)
    chat, me = store.at_limit, store.desk.me

    async def take_anyway() -> None:
        if chat is not None and await store.accept(chat, over_limit=True):
            go(f"/chats/{chat.id}")

    ft.use_dialog(
        ft.AlertDialog(
            title=text.title(words("visitors.at_limit")),
            content=ft.Container(
                text.body(words("visitors.at_limit.about", me.max_chats if me else 0)), width=340
            ),
            actions=[
                ft.TextButton(words("app.close"), on_click=act(store.dismiss_limit)),
                *(
                    [ft.FilledButton(words("visitors.take_anyway"), on_click=act(take_anyway))]
                    if me and me.may_exceed_limit
                    else []
                ),
            ],
            on_dismiss=act(store.dismiss_limit),
        )
        if chat
        else None
    )
    return ft.Container()
