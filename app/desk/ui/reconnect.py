"""use_web_reconnect: keeps the web app alive after its socket to the browser was lost.

Flet 1.0.5's client compares the page that is sent again after a reconnect with the one it shows
and, finding them equal, goes on listening to the old controls: nothing is ever redrawn. So while
the browser is away each view is made to differ, and when it is back the root gets another key. The
private attribute this needs is touched here only; tests/app/test_reconnect.py guards it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flet as ft
from flet.components.public_utils import unwrap_component

if TYPE_CHECKING:
    from collections.abc import Callable


def use_web_reconnect(on_here: Callable[[bool], None]) -> int:
    """A number for the root's key; `on_here` hears when the browser leaves and returns."""
    page = ft.context.page
    generation, set_generation = ft.use_state(0)

    def listen() -> None:
        def lost(_event: Any) -> None:
            make_views_differ(page)
            on_here(False)

        def back(_event: Any) -> None:
            set_generation(lambda number: number + 1)
            on_here(True)

        if page.web:
            page.on_disconnect, page.on_connect = lost, back

    ft.use_effect(listen, [])
    return generation


def make_views_differ(page: ft.Page) -> None:
    """Change an invisible property of every view, so that the client takes the page as new."""
    views: Any = unwrap_component(page.views)
    for view in views:
        values: dict[str, Any] = unwrap_component(view)._values
        values["spacing"] = (values.get("spacing") or 10) + 1
