"""What the web server knows of the browser behind a session, and the browser's own storage."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import flet as ft

if TYPE_CHECKING:
    from datetime import tzinfo

log = logging.getLogger(__name__)

DEADLINE = 4.0
PREFIX = "deskbell."


@dataclass(frozen=True, slots=True)
class Browser:
    """Languages in the order of preference, and the name of the time zone."""

    languages: tuple[str, ...] = ()
    zone: str = ""

    @property
    def tzinfo(self) -> tzinfo | None:
        """The browser's time zone; None when it is unknown."""
        if not self.zone:
            return None
        from zoneinfo import ZoneInfo

        try:
            return ZoneInfo(self.zone)
        except (ValueError, OSError, KeyError):
            return None


CURRENT: contextvars.ContextVar[Browser | None] = contextvars.ContextVar("browser", default=None)
"""Set by web.py for the session that a websocket begins."""


class Preferences(Protocol):
    """What this needs of Flet's SharedPreferences."""

    async def get(self, key: str, /) -> Any: ...

    async def set(self, key: str, value: str, /) -> Any: ...

    async def remove(self, key: str, /) -> Any: ...


class BrowserStorage:
    """The session's tokens in this one browser, through Flet's SharedPreferences.

    Values are kept in memory as well, so that reading needs no round trip; what could not be
    written because the browser was away is written when it is back (`flush`).
    """

    def __init__(self, preferences: Preferences | None = None) -> None:
        self._preferences: Preferences = preferences or ft.SharedPreferences()
        self._values: dict[str, str | None] = {}
        self._unwritten: set[str] = set()

    async def get_item(self, key: str) -> str | None:
        """The value kept under `key`; None when there is none or the browser does not answer."""
        if key not in self._values:
            try:
                held = await asyncio.wait_for(self._preferences.get(PREFIX + key), DEADLINE)
            except Exception as error:
                log.warning("The browser's storage did not answer: %r", error)
                held = None
            self._values[key] = held if isinstance(held, str) else None
        return self._values[key]

    async def set_item(self, key: str, value: str) -> None:
        """Keep `value` under `key`."""
        self._values[key] = value
        await self._write(key)

    async def remove_item(self, key: str) -> None:
        """Forget `key`."""
        if self._values.get(key, "") is not None:
            self._values[key] = None
            await self._write(key)

    async def flush(self) -> None:
        """Write what the browser missed."""
        for key in tuple(self._unwritten):
            await self._write(key)

    async def _write(self, key: str) -> None:
        value = self._values[key]
        self._unwritten.add(key)
        try:
            if value is None:
                await asyncio.wait_for(self._preferences.remove(PREFIX + key), DEADLINE)
            else:
                await asyncio.wait_for(self._preferences.set(PREFIX + key, value), DEADLINE)
        except Exception as error:
            log.info("The browser's storage could not be written: %r", error)
        else:
            self._unwritten.discard(key)
