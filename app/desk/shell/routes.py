"""Addresses: /visitors, /chats, /chats/<id>, /history, /history/<id>."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import flet as ft

from desk.shell.frame import Frame
from desk.ui.component import act, component
from desk.ui.pieces import go
from desk.ui.states import empty
from desk.ui.surroundings import use_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from desk.screen import Screen
    from desk.shell.signed_in import SignedIn


@component
def Routes(inside: SignedIn) -> ft.Control:
    """The router with the frame around every screen."""
    routes: Any = ft.use_memo(lambda: _routes(inside), [])
    return ft.Router(routes, not_found=Lost)


def _routes(inside: SignedIn) -> list[ft.Route]:
    pages = [route for screen in inside.screens for route in _routes_of(inside, screen)]
    home = ft.Route(index=True, component=_home)
    return [ft.Route(component=partial(Frame, inside), outlet=True, children=[home, *pages])]


def _routes_of(inside: SignedIn, screen: Screen) -> list[ft.Route]:
    draw = _drawing(inside.stores[screen.name], screen)
    return [
        ft.Route(path=screen.path, component=draw),
        ft.Route(path=f"{screen.path}/:id", component=draw),
    ]


def _drawing(store: Any, screen: Screen) -> Callable[[], ft.Control]:
    """One component for the list and for one of its things, so that the list stays as it is."""

    @component
    def Page() -> ft.Control:
        return screen.component(store, ft.use_route_params().get("id"), key=screen.name)

    return Page


@component
def _home() -> ft.Control:
    page = ft.context.page
    ft.use_effect(lambda: page.navigate("/visitors"), [])
    return ft.Container()


@component
def Lost() -> ft.Control:
    """An address that leads nowhere."""
    words = use_words()
    button = ft.FilledButton(words("app.go_visitors"), on_click=act(go, "/visitors"))
    return empty(ft.Icons.EXPLORE_OFF, words("app.lost_page"), "", button)
