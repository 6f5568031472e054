"""The root: no project, nobody signed in, or the desk. Also owns the page's single-slot events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flet as ft

from desk.shell.discover import find_screens
from desk.shell.routes import Routes
from desk.shell.signed_in import SignedIn
from desk.strings import words_for
from desk.ui.component import component, use_store
from desk.ui.reconnect import use_web_reconnect
from desk.ui.surroundings import LAYOUT, WORDS, Layout

if TYPE_CHECKING:
    from desk.settings import Settings
    from desk.shell.running import Running
    from desk.stores import Session


@component
def App(running: Running) -> ft.Control:
    """Words and layout for everything below; a new key after the browser was away."""
    page = ft.context.page
    size, set_size = ft.use_state((page.width or 0, page.height or 0))
    _, set_project = ft.use_state(running.settings)
    signed_in: Any = ft.use_ref(None)

    def here(present: bool) -> None:
        if present and running.storage is not None:
            page.run_task(running.storage.flush)
        if signed_in.current is not None:
            signed_in.current.desk.here(present)

    generation = use_web_reconnect(here)

    def listen() -> None:
        page.on_resize = lambda event: set_size((event.width, event.height))
        page.on_app_lifecycle_state_change = lambda event: _lifecycle(event, page, here)

    ft.use_effect(listen, [])

    async def set_up(settings: Settings) -> None:
        await running.set_up(settings)
        set_project(settings)

    words = words_for(running.browser.languages)
    touch = page.platform in (ft.PagePlatform.ANDROID, ft.PagePlatform.IOS)
    layout = Layout(*size, touch, running.browser.tzinfo)

    def draw() -> ft.Control:
        if running.session is None:
            from desk.features.sign_in.setup import SetupScreen

            return SetupScreen(running.settings, set_up)
        return Door(running, running.session, signed_in)

    return ft.SafeArea(
        key=f"generation-{generation}",
        expand=True,
        content=WORDS(words, lambda: LAYOUT(layout, draw)),
    )


def _lifecycle(event: Any, page: ft.Page, here: Any) -> None:
    """On devices a hidden app is not here; a browser's hidden tab still rings."""
    if page.web:
        return
    if event.state in (ft.AppLifecycleState.RESUME, ft.AppLifecycleState.SHOW):
        here(True)
    elif event.state in (ft.AppLifecycleState.PAUSE, ft.AppLifecycleState.DETACH):
        here(False)


@component
def Door(running: Running, session: Session, signed_in: Any) -> ft.Control:
    """Signed in: the desk. Not signed in: the form."""
    use_store(session)
    if session.phase == "signed_out":
        return SignInDoor(session)
    if signed_in.current is None or signed_in.current.user_id != session.user_id:
        signed_in.current = SignedIn(running, session, find_screens())
        running.ending.append(signed_in.current.stop)
    return Inside(signed_in.current, signed_in, key=session.user_id)


@component
def SignInDoor(session: Session) -> ft.Control:
    """A form with a store that lives as long as the form; who is signed in never loads it."""
    from desk.features.sign_in.screen import SignInScreen
    from desk.features.sign_in.store import SignInStore

    store: Any = ft.use_ref(lambda: SignInStore(session))
    return SignInScreen(store.current)


@component
def Inside(inside: SignedIn, signed_in: Any) -> ft.Control:
    """Starts the desk with its first drawing and stops it when the person signs out."""
    page = ft.context.page

    def start() -> None:
        page.run_task(inside.start)

    def stop() -> None:
        if inside.session.phase == "signed_out":
            signed_in.current = None
            page.run_task(inside.stop)

    ft.use_effect(start, [], cleanup=stop)
    return Routes(inside)
