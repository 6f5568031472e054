"""The ASGI application: sends each request to its service and answers in that service's words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway import functions, storage
from gateway.auth.endpoint import Auth
from gateway.auth.problems import AuthProblem
from gateway.caller import Doorkeeper
from gateway.database import Database
from gateway.errors import ApiProblem
from gateway.http import (
    Receive,
    Reply,
    Request,
    Scope,
    Send,
    json_reply,
    read_body,
    request_of,
    send_preflight,
    send_reply,
)
from gateway.jobs import Jobs
from gateway.outgoing import Outgoing
from gateway.realtime.endpoint import Realtime
from gateway.realtime.hub import Hub
from gateway.rest.catalog import Catalog
from gateway.rest.endpoint import Rest
from gateway.rest.plan import Planner

if TYPE_CHECKING:
    from gateway.settings import Settings

log = logging.getLogger(__name__)

Service = Callable[[Request], Awaitable[Reply]]


@dataclass(slots=True)
class Gateway:
    """Everything behind one address. `open` before the first request, `close` after the last."""

    settings: Settings
    database: Database = field(init=False)
    realtime: Realtime = field(init=False)
    _hub: Hub = field(init=False)
    _services: dict[str, Service] = field(init=False)
    _workers: list[Callable[[], Awaitable[None]]] = field(init=False)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list["asyncio.Task[None]"])

    def __post_init__(self) -> None:
        doorkeeper = Doorkeeper(self.settings.keys)
        self.database = Database(self.settings.dsn)
        catalog = Catalog(self.database, self.settings.schemas)
        jobs, outgoing = Jobs(self.database), Outgoing(self.database)
        self._hub = Hub(self.database, {"pgrst": catalog.forget, "gateway_net": outgoing.wake})
        self.realtime = Realtime(self.database, doorkeeper, self._hub)
        planner = Planner(catalog, self.settings.max_rows)
        rest = Rest(self.settings, self.database, planner, doorkeeper)
        self._services = {
            "rest": rest.answer,
            "auth": Auth(self.settings, self.database, doorkeeper).answer,
            "realtime": self.realtime.answer,
            "storage": storage.answer,
            "functions": functions.answer,
        }
        self._workers = [self._hub.run, self._hub.keep_partitions]
        if self.settings.run_jobs:
            self._workers += [jobs.run, outgoing.run]

    async def open(self) -> None:
        """Connect and start the workers; answers when the gateway hears the database."""
        await self.database.open()
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._keep(worker)) for worker in self._workers]
        await asyncio.wait_for(self._hub.listening.wait(), timeout=10)

    async def close(self) -> None:
        """End the sockets, the workers and the connections."""
        self.realtime.close_sockets()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.database.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._lifespan(receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await send_preflight(send)
            return
        name, prefix = _service_of(str(scope["path"]))
        request = request_of(scope, prefix)
        reply = await self._answer(name, request, receive)
        await send_reply(send, reply, head=request.method == "HEAD")

    async def _answer(self, name: str, request: Request, receive: Receive) -> Reply:
        service = self._services.get(name)
        try:
            if service is None:
                return json_reply(
                    {"error": "not_found", "message": "There is no such path here"}, 404
                )
            await read_body(request, receive, self.settings.max_body_bytes)
            return await service(request)
        except ApiProblem as problem:
            return json_reply(problem.body, problem.status, problem.headers)
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            return _unexpected(name, request)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in {"/realtime/v1/websocket", "/socket/websocket"}:
            await self.realtime.connect(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": 4404})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.open()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _keep(self, worker: Callable[[], Awaitable[None]]) -> None:
        """A worker that fails is started again; the failure is logged."""
        while True:
            with suppress(asyncio.CancelledError):
                try:
                    await worker()
                except Exception:
                    log.exception("a worker failed and starts again")
            if (task := asyncio.current_task()) and task.cancelling():
                return
            await asyncio.sleep(1)


def create_app(settings: Settings) -> Gateway:
    """The stand-in as an ASGI application."""
    return Gateway(settings)


def _service_of(path: str) -> tuple[str, str]:
    """`/rest/v1/chats` is about `rest`, after the prefix `/rest/v1`."""
    parts = path.split("/", 3)
    if len(parts) < 3 or parts[2] != "v1":
        return "", ""
    return parts[1], f"/{parts[1]}/v1"


def _unexpected(name: str, request: Request) -> Reply:
    """500 in the words of the service that failed."""
    message = "Something went wrong in the local stand-in. Its log says what."
    if name == "auth":
        problem = AuthProblem(500, "unexpected_failure", message).shaped(request.headers)
        return json_reply(problem.body, 500, problem.headers)
    return json_reply({"code": "XX000", "details": None, "hint": None, "message": message}, 500)
