"""Heartbeat: makes this device known, then gives signs of life while a person can see the app."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from desk.backend.errors import BackendError, NetworkDown, NotFound, SignedOut

if TYPE_CHECKING:
    from desk.stores.desk import Desk

PERIOD = 20.0
"""Seconds between signs of life (docs/sql-api.md, device_seen)."""
TRIES_AFTER = 3.0
"""Seconds until the next try when the server did not hear the last one."""


class Heartbeat:
    """Sets the desk's `reachable`: whether chats can ring here, as the server last said."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._registered = False
        self._now = asyncio.Event()

    def nudge(self) -> None:
        """The app came to the front, or the network is back: do not wait for the next beat."""
        self._now.set()

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            self._now.clear()
            if self._desk.in_front:
                await self._beat()
            with suppress(TimeoutError):
                async with asyncio.timeout(PERIOD if self._desk.reachable else TRIES_AFTER):
                    await self._now.wait()

    async def _beat(self) -> None:
        desk = self._desk
        try:
            if not self._registered:
                await desk.ports.presence.register_device(desk.device)
                self._registered = True
            now = await desk.ports.presence.device_seen(desk.device.id)
        except NotFound:
            self._registered = desk.reachable = False
        except NetworkDown:
            desk.reachable = False
        except SignedOut as error:
            desk.session.lost(error.word)
        except BackendError as error:
            desk.problem = None if desk.loaded else error.word
        else:
            desk.reachable = True
            desk.status_is(now.status, now.until)
