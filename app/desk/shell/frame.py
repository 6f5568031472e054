"""The frame around every screen: rail or bar, badges, banner, notices, ring, keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flet as ft

from desk.model.chat import capped
from desk.shell.menu import StatusMenu
from desk.shell.signals import BackButton, Keys, NoticeBoard, RingSound
from desk.ui import text, theme
from desk.ui.component import act, component, use_store
from desk.ui.pieces import go, header
from desk.ui.states import note_strip, offline_banner
from desk.ui.surroundings import use_layout, use_words

if TYPE_CHECKING:
    from desk.screen import Screen
    from desk.shell.signed_in import SignedIn
    from desk.strings import Words


@component
def Frame(inside: SignedIn) -> ft.Control:
    """A rail on a desktop; on a phone a bar, which gives way to an open chat."""
    layout = use_layout()
    body = ft.Container(ft.use_route_outlet(), expand=True)
    path = ft.use_route_location() or "/visitors"
    index = next(
        (i for i, screen in enumerate(inside.screens) if path.startswith(f"/{screen.path}")), 0
    )
    deep = path.count("/") > 1
    signals: list[ft.Control] = [
        NoticeBoard(inside.desk.notices),
        RingSound(inside.desk),
        Keys(inside.screens, path),
        BackButton(path),
    ]
    if layout.wide:
        main = ft.Column([Banner(inside), body], expand=True, spacing=0)
        shown: ft.Control = ft.Row(
            [Rail(inside, index), ft.VerticalDivider(width=1), main], expand=True, spacing=0
        )
    else:
        parts: list[ft.Control] = [Banner(inside), body]
        if not deep:
            parts = [TopBar(inside, inside.screens[index].name), *parts, Bar(inside, index)]
        shown = ft.Column(parts, expand=True, spacing=0)
    return ft.Stack([shown, *signals], expand=True)


@component
def Banner(inside: SignedIn) -> ft.Control:
    """No connection; or the agent's status, when it means that nothing rings."""
    words = use_words()
    desk = use_store(inside.desk)
    if desk.link == "reconnecting":
        return offline_banner(words)
    if desk.me is None or desk.me.status == "online":
        return ft.Container(height=0)
    status = words(f"status.{desk.me.status}")
    button = ft.TextButton(
        words("status.back_online"), on_click=act(desk.set_status, "online"), height=32
    )
    return note_strip(
        ft.Icons.NOTIFICATIONS_OFF_OUTLINED, words("status.not_ringing", status=status), button
    )


@component
def TopBar(inside: SignedIn, name: str) -> ft.Control:
    """The phone's header: where I am, and who."""
    words = use_words()
    title = ft.Container(text.title(words(f"nav.{name}")), expand=True)
    return header(title, StatusMenu(inside.desk))


@component
def Rail(inside: SignedIn, index: int) -> ft.Control:
    """Destinations on the left (on the right in right-to-left languages)."""
    words = use_words()
    use_store(inside.desk)
    rail = ft.NavigationRail(
        selected_index=index,
        label_type=ft.NavigationRailLabelType.ALL,
        bgcolor=ft.Colors.SURFACE_CONTAINER_LOW,
        indicator_color=ft.Colors.SECONDARY_CONTAINER,
        group_alignment=-1,
        min_width=88,
        leading=ft.Container(
            ft.Image(src="/icon.svg", width=40, height=40),
            padding=ft.Padding.only(top=theme.M, bottom=theme.L),
        ),
        destinations=[
            ft.NavigationRailDestination(
                icon=_icon(inside, screen, screen.icon, words),
                selected_icon=_icon(inside, screen, screen.selected_icon, words),
                label=words(f"nav.{screen.name}"),
            )
            for screen in inside.screens
        ],
        on_change=act_index(inside),
        expand=True,
    )
    foot = ft.Container(
        StatusMenu(inside.desk),
        width=88,
        alignment=ft.Alignment.CENTER,
        padding=ft.Padding.only(bottom=theme.L, top=theme.M),
        bgcolor=ft.Colors.SURFACE_CONTAINER_LOW,
    )
    return ft.Column([rail, foot], width=88, spacing=0)


@component
def Bar(inside: SignedIn, index: int) -> ft.Control:
    """Destinations under the thumb."""
    words = use_words()
    use_store(inside.desk)
    return ft.NavigationBar(
        selected_index=index,
        bgcolor=ft.Colors.SURFACE_CONTAINER_LOW,
        indicator_color=ft.Colors.SECONDARY_CONTAINER,
        destinations=[
            ft.NavigationBarDestination(
                icon=_icon(inside, screen, screen.icon, words),
                selected_icon=_icon(inside, screen, screen.selected_icon, words),
                label=words(f"nav.{screen.name}"),
            )
            for screen in inside.screens
        ],
        on_change=act_index(inside),
    )


def act_index(inside: SignedIn) -> Any:
    """Go to the chosen destination."""

    async def handle(event: Any) -> None:
        go(f"/{inside.screens[event.control.selected_index].path}")

    return handle


def _icon(inside: SignedIn, screen: Screen, icon: ft.IconData, words: Words) -> ft.Icon:
    """A destination's icon with what waits there."""
    count = screen.badge(inside.stores[screen.name])
    name = words(f"nav.{screen.name}")
    return ft.Icon(
        icon,
        semantics_label=words("nav.badge", count, name=name) if count else None,
        badge=ft.Badge(
            label=capped(count), bgcolor=theme.BRASS_FILL, text_color=theme.ON_BRASS_FILL
        )
        if count
        else None,
    )
