"""make_main: what Flet runs for every session, on a device or behind a browser."""

from __future__ import annotations

import locale
import os
from collections.abc import Awaitable, Callable
from typing import Any

import flet as ft

from desk.backend.wiring import make_ports
from desk.settings import Settings, device_settings
from desk.shell.browser import CURRENT, Browser, BrowserStorage
from desk.shell.guard import App
from desk.shell.running import MakePorts, Running
from desk.strings import words_for
from desk.ui.look import dress

Main = Callable[[ft.Page], Awaitable[None]]


def make_main(settings: Settings | None = None, ports: MakePorts = make_ports) -> Main:
    """The function that `ft.run` wants. Without `settings` the device's own are used."""

    async def main(page: ft.Page) -> None:
        browser = CURRENT.get() or Browser(_device_languages())
        running = Running(page, settings or device_settings(), browser, ports)
        if page.web:
            running.storage = BrowserStorage()
        _prepare(page, running)
        if running.settings.complete:
            await running.connect(running.settings)
        page.on_close = _closing(running)
        page.render(lambda: App(running))

    return main


def _prepare(page: ft.Page, running: Running) -> None:
    """The window's title, fonts, colours and direction."""
    dress(page)
    words = words_for(running.browser.languages)
    page.title = words("app.name")
    page.rtl = words.rtl
    page.padding = 0


def _closing(running: Running) -> Callable[[Any], Awaitable[None]]:
    async def close(_event: Any) -> None:
        await running.close()

    return close


def _device_languages() -> tuple[str, ...]:
    """The device's languages as the system tells them to Python."""
    named = [*os.environ.get("LANGUAGE", "").split(":"), os.environ.get("LANG", "")]
    with_locale = locale.getlocale()[0]
    return tuple(tag for tag in (*named, with_locale or "") if tag)
