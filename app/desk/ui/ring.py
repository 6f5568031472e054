"""The ring: a looping sound, and vibration on phones. No call here waits without a deadline."""

from __future__ import annotations

import asyncio
import importlib
import logging
from typing import TYPE_CHECKING, Any

import flet as ft

if TYPE_CHECKING:
    from collections.abc import Callable

    from flet_audio import Audio

log = logging.getLogger(__name__)

DEADLINE = 3.0
SOUND = "/ring.wav"
SAMPLE = 1.5
"""Seconds of the ring that an agent hears who turns the sound on."""
BETWEEN_TRIES = 1.5


class Ring:
    """Rings from `start` to `stop`. Kept in a ref, because Flet drops services nobody holds."""

    def __init__(self, page: ft.Page, on_sound: Callable[[bool], None]) -> None:
        self._page = page
        self._on_sound = on_sound
        self._player: Audio | None = None
        self._motor: ft.HapticFeedback | None = None
        self._ringing: Any = None

    def prepare(self) -> None:
        """Make the player ahead of the first ring: the client hears no player that is brand new."""
        self._page.run_task(self._prepare)

    def start(self) -> None:
        """Begin, unless it rings already."""
        if self._ringing is None:
            self._ringing = self._page.run_task(self._ring)

    def stop(self) -> None:
        """Be silent at once."""
        if self._ringing is not None:
            self._ringing.cancel()
            self._ringing = None
            self._page.run_task(self._silence)

    def sample(self) -> None:
        """Ring for a moment, unless it rings already."""
        if self._ringing is None:
            self.start()
            self._page.run_task(self._stop_soon, self._ringing)

    def _audio(self) -> Audio:
        """The player, made once: the first frame does without it."""
        if self._player is None:
            from flet_audio import Audio, ReleaseMode

            self._player = Audio(src=SOUND, release_mode=ReleaseMode.LOOP)
        return self._player

    async def _prepare(self) -> None:
        await asyncio.to_thread(importlib.import_module, "flet_audio")
        self._audio()

    async def _ring(self) -> None:
        phone = self._page.platform in (ft.PagePlatform.ANDROID, ft.PagePlatform.IOS)
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self._sound())
            if phone:
                parts.create_task(self._vibrate())

    async def _sound(self) -> None:
        """Play; where that is forbidden try on, for a tap anywhere makes browsers allow it."""
        while not await self._try(self._audio().play()):
            self._on_sound(False)
            await asyncio.sleep(BETWEEN_TRIES)
        self._on_sound(True)

    async def _vibrate(self) -> None:
        self._motor = self._motor or ft.HapticFeedback()
        while True:
            await self._try(self._motor.vibrate())
            await asyncio.sleep(1)

    async def _stop_soon(self, ringing: Any) -> None:
        await asyncio.sleep(SAMPLE)
        if self._ringing is ringing:
            self.stop()

    async def _silence(self) -> None:
        await self._try(self._audio().pause())

    @staticmethod
    async def _try(call: Any) -> bool:
        """A client without a loudspeaker, or a browser that forbids it, must not stop the app."""
        try:
            await asyncio.wait_for(call, DEADLINE)
        except Exception as error:
            log.info("The ring could not be played: %r", error)
            return False
        return True
