"""A bare client of the Realtime protocol, for what the official clients hide."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import ClientConnection, connect

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from tests.gateway.serving import Served

PATIENCE = 5


@dataclass(slots=True)
class Wire:
    """A websocket that speaks version 2.0.0."""

    socket: ClientConnection
    seen: list[Any] = field(default_factory=list[Any])

    async def join(self, topic: str, token: str | None = None, **config: object) -> Any:
        """Join a topic; answers the reply's payload."""
        config = {"private": True, "presence": {"enabled": False, "key": ""}, **config}
        payload = {"config": config, **({"access_token": token} if token else {})}
        await self.push(topic, "phx_join", payload)
        return await self.event("phx_reply", topic)

    async def push(self, topic: str, event: str, payload: object, ref: str = "1") -> None:
        """Send a frame."""
        await self.socket.send(json.dumps(["1", ref, f"realtime:{topic}", event, payload]))

    async def say(self, topic: str, event: str, payload: object) -> None:
        """Broadcast."""
        said = {"type": "broadcast", "event": event, "payload": payload}
        await self.push(topic, "broadcast", said)

    async def next(self, wanted: Callable[[Any], bool]) -> Any:
        """The first frame that fits, among those seen and those to come."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for frame in self.seen:
                    if wanted(frame):
                        self.seen.remove(frame)
                        return frame
                self.seen.append(_read(await self.socket.recv()))

    async def event(self, event: str, topic: str) -> Any:
        """The payload of the first frame with this event on the topic."""
        return (await self.next(lambda f: f[3] == event and f[2] == f"realtime:{topic}"))[4]

    async def broadcast(self, topic: str) -> Any:
        """The next broadcast on the topic: event and payload."""
        said = await self.event("broadcast", topic)
        return said["event"], said["payload"]

    async def settle(self) -> None:
        """Wait until the gateway has handled everything sent before."""
        await self.socket.send(json.dumps([None, "beat", "phoenix", "heartbeat", {}]))
        await self.next(lambda frame: frame[1] == "beat")


@asynccontextmanager
async def wire(gateway: Served, key: str | None = None) -> AsyncGenerator[Wire]:
    """An open websocket."""
    address = gateway.url.replace("http", "ws", 1)
    query = f"apikey={key or gateway.keys.publishable}&vsn=2.0.0"
    async with connect(f"{address}/realtime/v1/websocket?{query}") as socket:
        yield Wire(socket)


def _read(data: str | bytes) -> Any:
    """A frame as an array; a binary broadcast becomes one too."""
    if isinstance(data, str):
        return json.loads(data)
    topic_end = 5 + data[1]
    event_end = topic_end + data[2]
    meta_end = event_end + data[3]
    topic, event = data[5:topic_end].decode(), data[topic_end:event_end].decode()
    payload: object = json.loads(data[meta_end:]) if data[4] else data[meta_end:]
    meta = json.loads(data[event_end:meta_end] or b"{}")
    return [None, None, topic, "broadcast", {"event": event, "payload": payload, "meta": meta}]
