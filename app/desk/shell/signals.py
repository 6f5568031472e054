"""Parts of the frame that show nothing themselves: notices, the ring, the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flet as ft

from desk.ui.component import act, component, use_latest, use_store
from desk.ui.ring import Ring
from desk.ui.surroundings import use_words

if TYPE_CHECKING:
    from desk.screen import Screen
    from desk.stores import Desk, Notice, Notices
    from desk.strings import Words


@component
def NoticeBoard(notices: Notices) -> ft.Control:
    """Shows each notice once, as a snack bar."""
    words = use_words()
    page = ft.context.page
    use_store(notices)
    notice = notices.latest
    shown: Any = ft.use_ref(notice)

    def show() -> None:
        if notice is not None and shown.current is not notice:
            shown.current = notice
            page.show_dialog(_snack_bar(notice, words))

    ft.use_effect(show, [notices.version])
    return ft.Container(width=0, height=0)


def _snack_bar(notice: Notice, words: Words) -> ft.SnackBar:
    values = dict(notice.values)
    if "status" in values:
        values["status"] = words(f"status.{values['status']}")
    action = None
    if notice.action and notice.act:
        action = ft.SnackBarAction(words(notice.action), on_click=act(notice.act))
    return ft.SnackBar(
        ft.Text(words(notice.key, **values)),
        action=action,
        duration=int(notice.seconds * 1000),
        persist=False,
    )


@component
def RingSound(desk: Desk) -> ft.Control:
    """Rings exactly while an offer rings at this agent; the clock ends one that nobody ended."""
    page = ft.context.page
    use_store(desk)
    use_store(desk.clock)
    sound = use_store(desk.sound)
    ring: Any = ft.use_ref(lambda: Ring(page, sound.went))
    ringing = desk.rings_now() and desk.in_front

    def follow() -> None:
        if ringing:
            ring.current.start()
        else:
            ring.current.stop()

    def sample() -> None:
        if sound.wanted:
            ring.current.sample()

    ft.use_effect(ring.current.prepare, [])
    ft.use_effect(follow, [ringing], cleanup=lambda: None)
    ft.use_effect(sample, [sound.wanted], cleanup=lambda: None)
    ft.use_effect(lambda: None, [], cleanup=ring.current.stop)
    return ft.Container(width=0, height=0)


@component
def Keys(screens: tuple[Screen, ...], path: str) -> ft.Control:
    """Escape leaves a chat; Alt and a number opens a destination."""
    page = ft.context.page
    here: Any = use_latest(path)

    def pressed(event: Any) -> None:
        if event.key == "Escape" and here.current.count("/") > 1:
            page.navigate(parent_of(here.current))
        elif event.alt and event.key.isdigit() and 0 < int(event.key) <= len(screens):
            page.navigate(f"/{screens[int(event.key) - 1].path}")

    def listen() -> None:
        page.on_keyboard_event = pressed

    ft.use_effect(listen, [])
    return ft.Container(width=0, height=0)


@component
def BackButton(path: str) -> ft.Control:
    """The system's Back leaves a chat for its list, from a list the app (decisions 9)."""
    page = ft.context.page
    deep = path.count("/") > 1

    async def back(_event: Any) -> None:
        await page.views[0].confirm_pop(False)
        page.navigate(parent_of(path))

    def follow() -> None:
        if page.web:  # a browser's Back follows the addresses
            return
        view = page.views[0]
        view.can_pop = not deep
        view.on_confirm_pop = back if deep else None
        page.schedule_update()

    ft.use_effect(follow, [path])
    return ft.Container(width=0, height=0)


def parent_of(path: str) -> str:
    """The list that a chat's address belongs to."""
    return "/" + path.split("/")[1]
