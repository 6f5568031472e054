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


@component
def SetupScreen(settings: Settings, on_done: Callable[[Settings], Any]) -> ft.Control:
    """The project's address and its publishable key."""
    words = use_words()
    url, set_url = ft.use_state(settings.supabase_url)
    key, set_key = ft.use_state(settings.publishable_key)
    problem, set_problem = ft.use_state("")
    typed: Any = ft.use_ref(lambda: {"url": url, "key": key})

    def keep(name: str, show: Any, value: str) -> None:
        typed.current[name] = value
        show(value)

    def submit() -> Any:
        address = normal_url(typed.current["url"])
        publishable = typed.current["key"].strip()
        if address is None:
            return set_problem("setup.bad_url")
        if not publishable:
            return set_problem("setup.need_key")
        return on_done(replace(settings, supabase_url=address, publishable_key=publishable))

    return door(
        words("setup.title"),
        words("setup.about"),
        *([error_banner(words(problem))] if problem else []),
        field(
            words("setup.url"),
            url,
            lambda v: keep("url", set_url, v),
            autofocus=True,
            keyboard_type=ft.KeyboardType.URL,
            on_submit=act(submit),
        ),
        field(words("setup.key"), key, lambda v: keep("key", set_key, v), on_submit=act(submit)),
        ft.FilledButton(
            words("setup.submit"), height=theme.TOUCH, width=float("inf"), on_click=act(submit)
        ),
    )
