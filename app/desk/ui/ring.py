"""The ring: a looping sound, and vibration on phones. No call here waits without a deadline."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import flet as ft
import flet_audio as fta

log = logging.getLogger(__name__)

DEADLINE = 3.0
SOUND = "/ring.wav"


class Ring:
    """Rings from `start` to `stop`. Kept in a ref, because Flet drops services nobody holds."""

    def __init__(self, page: ft.Page) -> None:
        self._page = page
        self._audio = fta.Audio(src=SOUND, release_mode=fta.ReleaseMode.LOOP)
        self._haptics = ft.HapticFeedback()
        self._ringing: Any = None

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

    async def _ring(self) -> None:
        await self._try(self._audio.play())
        while self._page.platform in (ft.PagePlatform.ANDROID, ft.PagePlatform.IOS):
            await self._try(self._haptics.vibrate())
            await asyncio.sleep(1)

    async def _silence(self) -> None:
        await self._try(self._audio.pause())

    @staticmethod
    async def _try(call: Any) -> None:
        """A client without a loudspeaker, or a browser that forbids it, must not stop the app."""
        try:
            await asyncio.wait_for(call, DEADLINE)
        except Exception as error:
            log.info("The ring could not be played: %r", error)
