"""The first start on a device that was not told its project: two values to enter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import flet as ft

from desk.features.sign_in.screen import door, field
from desk.settings import Settings, normal_url
from desk.ui import theme
from desk.ui.component import act, component
from desk.ui.states import error_banner
from desk.ui.surroundings import use_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from desk.strings import Words
    from desk.ui.component import Handler


@component
def SetupScreen(settings: Settings, on_done: Callable[[Settings], Any]) -> ft.Control:
    """The project's address and its publishable key."""
    words = use_words()
    problem, set_problem = ft.use_state("")
    typed: dict[str, str] = ft.use_memo(
        lambda: {"url": settings.supabase_url, "key": settings.publishable_key}, []
    )

    def submit() -> Any:
        address = normal_url(typed["url"])
        publishable = typed["key"].strip()
        if address is None:
            return set_problem("setup.bad_url")
        if not publishable:
            return set_problem("setup.need_key")
        return on_done(replace(settings, supabase_url=address, publishable_key=publishable))

    fields = ft.use_memo(lambda: _fields(words, typed, act(submit)), [])
    return door(
        words("setup.title"),
        words("setup.about"),
        *([error_banner(words(problem))] if problem else []),
        *fields,
        ft.FilledButton(
            words("setup.submit"), height=theme.TOUCH, width=float("inf"), on_click=act(submit)
        ),
    )


def _fields(words: Words, typed: dict[str, str], on_submit: Handler) -> list[ft.Control]:
    url = field(
        words("setup.url"),
        typed,
        "url",
        autofocus=True,
        keyboard_type=ft.KeyboardType.URL,
        on_submit=on_submit,
    )
    return [url, field(words("setup.key"), typed, "key", on_submit=on_submit)]
