"""component(), act() and use_store(): a Flet component that cannot kill its session.

Flet 1.0.5 stops updating a session for good when a component raises, and replaces the whole app by
an error page when a handler does. Everything the app draws or handles goes through this file.
"""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import flet as ft

from desk.ui.surroundings import WORDS

if TYPE_CHECKING:
    from desk.observe import Observable

P = ParamSpec("P")
S = TypeVar("S", bound="Observable | None")
Handler = Callable[[Any], Awaitable[None]]

log = logging.getLogger(__name__)


def component(draw: Callable[P, Any]) -> Callable[..., Any]:
    """A Flet component; when `draw` raises, only its own place says that it could not be shown."""

    @functools.wraps(draw)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            return draw(*args, **kwargs)
        except Exception:
            log.exception("%s could not be drawn", draw.__qualname__)
            return ft.Text(WORDS.default_value("app.part_failed"), color=ft.Colors.ERROR)

    return ft.component(guarded)


def act(verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Handler:
    """An event handler that calls `verb(*args)`, awaits it if needed, and survives its errors."""

    async def handle(_event: Any = None) -> None:
        await _run(verb, args, kwargs)

    return handle


def with_value(verb: Callable[..., Any]) -> Handler:
    """An event handler that gives the control's value to `verb`."""

    async def handle(event: Any) -> None:
        await _run(verb, (event.control.value or "",), {})

    return handle


async def _run(verb: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    page = ft.context.page
    try:
        result = verb(*args, **kwargs)
        if inspect.isawaitable(result):
            await result
    except Exception:
        log.exception("%s failed", getattr(verb, "__qualname__", verb))
        page.show_dialog(ft.SnackBar(ft.Text(WORDS.default_value("app.action_failed"))))


def use_store(store: S) -> S:
    """Draw the component again whenever `store` changes: the bridge from observe.py to Flet."""
    drawn = store.version if store is not None else 0
    _, redraw = ft.use_state(0)
    stop: Any = ft.use_ref(None)

    def listen() -> None:
        if store is None:
            return
        stop.current = store.subscribe(lambda: redraw(lambda times: times + 1))
        if store.version != drawn:
            redraw(lambda times: times + 1)

    def end() -> None:
        if stop.current is not None:
            stop.current()
            stop.current = None

    ft.use_effect(listen, [store], cleanup=end)
    return store


def use_latest(value: Any) -> Any:
    """A ref whose `current` is the value of the newest drawing, for handlers that outlive it."""
    ref: Any = ft.use_ref(None)
    ref.current = value
    return ref
