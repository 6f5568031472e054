"""A realtime server that does what real ones do on bad days (protocol 1.0.0)."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosedError


class FaultyRealtime:
    """Answers joins and heartbeats; can go away, refuse, close a channel or never answer."""

    def __init__(self) -> None:
        self.port = 0
        self.joins: list[str] = []
        self.tokens: list[str] = []
        self.refuse: set[str] = set()
        self.silent = False
        self._server: Server | None = None
        self._sockets: set[ServerConnection] = set()
        self._refs: dict[str, str] = {}
        self._joined: dict[tuple[ServerConnection, str], str] = {}

    async def up(self) -> None:
        """Listen; after the first time on the same port as before."""
        self._server = await serve(self._serve, "127.0.0.1", self.port, ping_interval=None)
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def down(self) -> None:
        """Vanish without a goodbye."""
        if self._server is None:
            return
        for socket in tuple(self._sockets):
            socket.transport.abort()
        self._server.close(close_connections=False)
        await self._server.wait_closed()
        self._server = None

    async def event(self, topic: str, event: str, payload: Any) -> None:
        """Broadcast as the database does."""
        body = {"type": "broadcast", "event": event, "payload": payload}
        await self._all(topic, "broadcast", body)

    async def close_channel(self, topic: str) -> None:
        """What a server does when a token expired: an error, then the channel's end."""
        body = {"extension": "system", "status": "error", "message": "expired", "channel": topic}
        await self._all(topic, "system", body)
        await self._all(topic, "phx_close", {}, self._refs.get(f"realtime:{topic}"))

    async def _serve(self, socket: ServerConnection) -> None:
        self._sockets.add(socket)
        try:
            with suppress(ConnectionClosedError):
                async for text in socket:
                    await self._answer(socket, json.loads(text))
        finally:
            self._sockets.discard(socket)

    async def _answer(self, socket: ServerConnection, frame: dict[str, Any]) -> None:
        topic, event = frame["topic"], frame["event"]
        if event == "phx_join":
            name = topic.removeprefix("realtime:")
            self.joins.append(name)
            self.tokens.append(frame["payload"].get("access_token", ""))
            replaced = self._joined.get((socket, topic))
            self._joined[socket, topic] = self._refs[topic] = frame["ref"]
            if replaced is not None:
                await self._close(socket, topic, replaced)
            if self.silent:
                return
            if name in self.refuse:
                await self._reply(socket, frame, "error", {"reason": "Unauthorized: no"})
                return
            await self._reply(socket, frame, "ok", {"postgres_changes": []})
        elif event == "heartbeat":
            await self._reply(socket, frame, "ok", {})
        elif event == "phx_leave":
            await self._reply(socket, frame, "ok", {})
            await self._close(socket, topic, self._joined.pop((socket, topic), None))

    @staticmethod
    async def _close(socket: ServerConnection, topic: str, ref: str | None) -> None:
        frame = {"topic": topic, "event": "phx_close", "payload": {}, "ref": ref}
        await socket.send(json.dumps(frame))

    async def _reply(
        self, socket: ServerConnection, frame: dict[str, Any], status: str, response: Any
    ) -> None:
        body = {"status": status, "response": response}
        answer = {"topic": frame["topic"], "event": "phx_reply", "payload": body}
        await socket.send(json.dumps({**answer, "ref": frame["ref"]}))

    async def _all(self, topic: str, event: str, payload: Any, ref: str | None = None) -> None:
        text = json.dumps(
            {"topic": f"realtime:{topic}", "event": event, "payload": payload, "ref": ref}
        )
        for socket in tuple(self._sockets):
            with suppress(OSError):
                await socket.send(text)
        await asyncio.sleep(0)
