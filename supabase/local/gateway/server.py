"""The HTTP and websocket server, on loopback only."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from gateway.errors import StartupProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from gateway.app import Gateway

HOST = "127.0.0.1"
LARGEST_FRAME = 1024 * 1024
BACKLOG = 1024


class Server(uvicorn.Server):
    """Leaves signals to whoever runs the process, and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening."""
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield


@contextmanager
def listening(port: int) -> Generator[socket.socket]:
    """A socket on loopback, and only there; clients that come early wait for the first answer.

    Raises StartupProblem when the port is taken.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise StartupProblem(
            f"Port {port} cannot be used: {error}. "
            "Stop what uses it, or choose another with --port."
        ) from error
    with listener:
        yield listener


async def serve_app(
    app: Gateway, listener: socket.socket, stop: asyncio.Event, on_ready: Callable[[], None]
) -> None:
    """Serve until `stop` is set; `on_ready` is called once when requests are answered."""
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=LARGEST_FRAME,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,  # a person pauses between messages; a browser keeps the connection
        timeout_graceful_shutdown=2,
    )
    server = Server(config)
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve(sockets=[listener]))
        ready = tasks.create_task(server.ready.wait())
        stopping = tasks.create_task(stop.wait())
        await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            on_ready()
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        app.realtime.close_sockets()
        server.should_exit = True
        ready.cancel()
        stopping.cancel()
