"""A clock that components can watch."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from desk.observe import Observable

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock(Observable):
    """`now` advances every `period` seconds while `run` runs; it follows the server's time."""

    def __init__(
        self, period: float = 1.0, read: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        super().__init__()
        self._period = period
        self._read = read
        self._ahead = timedelta()
        self.now = read()

    def follow(self, server_time: datetime) -> None:
        """Trust the server's clock: waits and offers are counted in its time."""
        self._ahead = server_time - self._read()
        self.now = self.exact()

    def exact(self) -> datetime:
        """The server's time at this moment."""
        return self._read() + self._ahead

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            await asyncio.sleep(self._period)
            self.now = self.exact()
