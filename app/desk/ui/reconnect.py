"""use_web_reconnect: draws the app anew when the browser is back.

Flet drops every update while a browser is away, so what the tree shows may be old. The browser
itself reloads the page when its socket comes back (shell/web.py says why).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flet as ft

if TYPE_CHECKING:
    from collections.abc import Callable


def use_web_reconnect(on_here: Callable[[bool], None]) -> int:
    """A number for the root's key; `on_here` hears when the browser leaves and returns."""
    page = ft.context.page
    generation, set_generation = ft.use_state(0)

    def listen() -> None:
        def lost(_event: Any) -> None:
            on_here(False)

        def back(_event: Any) -> None:
            set_generation(lambda number: number + 1)
            on_here(True)

        if page.web:
            page.on_disconnect, page.on_connect = lost, back

    ft.use_effect(listen, [])
    return generation
