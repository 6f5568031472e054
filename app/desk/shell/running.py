"""Running: what one session of the app holds, from its first frame to its end."""

from __future__ import annotations

import platform
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import flet as ft

from desk.backend.ports import Device, Ports, SessionStorage
from desk.settings import Settings, remember
from desk.stores import Session

if TYPE_CHECKING:
    from desk.shell.browser import Browser, BrowserStorage

MakePorts = Callable[[Settings, SessionStorage | None, Callable[[], None]], Ports]


@dataclass(slots=True, eq=False)
class Running:
    """What one session of the app holds; `ports` is None until the project is known."""

    page: ft.Page
    settings: Settings
    browser: Browser
    make_ports: MakePorts
    storage: BrowserStorage | None = None
    ports: Ports | None = None
    session: Session | None = None
    ending: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    async def connect(self, settings: Settings) -> None:
        """Make the ports for a project and restore who is signed in; needs no network."""
        self.settings = settings
        ports = self.make_ports(settings, self.storage, self._signed_out)
        session = Session(ports)
        await session.start()
        self.ports, self.session = ports, session

    async def set_up(self, settings: Settings) -> None:
        """The person typed the project on a device's first start: keep it and go on."""
        remember(settings)
        await self.connect(settings)

    def project(self) -> Ports:
        """The ports, once the project is known."""
        if self.ports is None:
            raise RuntimeError("There is no project yet: the setup screen comes first.")
        return self.ports

    async def close(self) -> None:
        """The session is over: end what the screens began, then the connection."""
        for end in self.ending:
            await end()
        if self.ports is not None:
            await self.ports.close()

    def device(self) -> Device:
        """This installation, as the server should know it."""
        kind = "web" if self.page.web else (self.page.platform or ft.PagePlatform.LINUX).value
        plain = {"android_tv": "android"}.get(kind, kind)
        name = self.page.client_user_agent or "" if self.page.web else platform.node()
        return Device(self.project().cache.device_id(), plain, name[:120])

    def _signed_out(self) -> None:
        if self.session is not None:
            self.session.lost()
