"""Runs a gateway in a thread of its own, so that any client may talk to it over the network."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.app import create_app
from gateway.caller import Doorkeeper
from gateway.postgres import free_port
from gateway.server import listening, serve_app
from gateway.settings import Keys, Settings

if TYPE_CHECKING:
    from collections.abc import Generator

START_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Served:
    """A gateway that answers."""

    url: str
    keys: Keys
    dsn: str
    settings: Settings

    def token(self, **claims: object) -> str:
        """A token signed as the gateway signs."""
        return Doorkeeper(self.keys).sign({"role": "authenticated", **claims})


@contextmanager
def serving(dsn: str, **changes: object) -> Generator[Served]:
    """A gateway over this database; `changes` are settings."""
    port = free_port()
    url, keys = f"http://127.0.0.1:{port}", Keys.generate()
    settings = Settings(dsn=dsn, url=url, keys=keys, run_jobs=False)
    settings = replace(settings, **changes)  # pyright: ignore[reportArgumentType]
    thread = _GatewayThread(settings, port)
    thread.start()
    thread.ready.result(START_SECONDS)
    try:
        yield Served(url, keys, dsn, settings)
    finally:
        thread.stop()


class _GatewayThread(threading.Thread):
    """Owns the gateway's event loop."""

    def __init__(self, settings: Settings, port: int) -> None:
        super().__init__(daemon=True)
        self.settings, self.port = settings, port
        self.ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    def run(self) -> None:
        """Serve until told to stop."""
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if self.ready.done():
                raise
            self.ready.set_exception(error)

    def stop(self) -> None:
        """End the gateway and wait for it."""
        loop, stop = self.ready.result()
        loop.call_soon_threadsafe(stop.set)
        self.join(START_SECONDS)
        assert not self.is_alive()

    async def _serve(self) -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        app = create_app(self.settings)
        with listening(self.port) as listener:
            await app.open()
            try:
                await serve_app(app, listener, stop, lambda: self.ready.set_result((loop, stop)))
            finally:
                await app.close()
