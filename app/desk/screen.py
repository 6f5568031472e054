"""SCREEN: what a feature's screen.py declares and the shell finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    import flet as ft


class Store(Protocol):
    """What the shell needs of a feature's store: to start it and to end it."""

    async def start(self) -> None:
        """Begin what must run while the agent is signed in."""
        ...

    async def stop(self) -> None:
        """End every task that `start` or a verb began."""
        ...


@dataclass(frozen=True, slots=True)
class Screen:
    """One destination of the app. `name` is its folder and its word, `path` its address."""

    name: str
    path: str
    order: int
    icon: ft.IconData
    selected_icon: ft.IconData
    make_store: Callable[..., Any]
    """Called once per session with the shared `desk.stores.Desk`."""
    component: Callable[..., ft.Control]
    """Called with the store and the id from the route (None for the list)."""
    badge: Callable[[Any], int] = lambda _store: 0
    """What waits for the agent here; it may change whenever the desk does."""
