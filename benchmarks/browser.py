"""A visitor's browser, as far as the network goes: one kept HTTP connection and one websocket."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import connect

from benchmarks import lab

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from websockets.asyncio.client import ClientConnection

DEMO: dict[str, Any] = json.loads((lab.ROOT / "supabase" / "demo.json").read_text())
JOIN = {
    "config": {
        "broadcast": {"ack": False, "self": False},
        "presence": {"enabled": False},
        "private": True,
    }
}


@dataclass
class Browser:
    """What a browser's network stack costs, and not what a Python client does."""

    url: str
    key: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    token: str = ""
    chat: str = field(default_factory=lambda: str(uuid.uuid4()))

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, key: str) -> AsyncGenerator[Browser]:
        """Connected to a stand-in for as long as the block runs."""
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            yield cls(url, key, reader, writer)
        finally:
            writer.close()

    async def ring(self) -> None:
        """Sign in as a new visitor and start a chat."""
        session = json.loads(await self.post("/auth/v1/signup", {}))
        self.token = session["access_token"]
        arguments = {"site_key": DEMO["site_key"], "chat_id": self.chat, "body": "Hello"}
        await self.call("start_chat", {**arguments, "message_id": str(uuid.uuid4())})

    async def say(self, text: str) -> None:
        """Send a message in the chat."""
        arguments = {"chat_id": self.chat, "message_id": str(uuid.uuid4()), "body": text}
        await self.call("send_message", arguments)

    async def call(self, function: str, arguments: dict[str, str]) -> None:
        """Call a function of the SQL API."""
        await self.post(f"/rest/v1/rpc/{function}", arguments)

    async def post(self, path: str, body: dict[str, str]) -> bytes:
        """The body of the answer. Raises AssertionError when it is no success."""
        data = json.dumps(body).encode()
        self.writer.write(self._head(path, len(data)).encode() + data)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        [status, *lines] = head.split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines if line)
        answer = await self.reader.readexactly(int(headers["content-length"]))
        if " 200 " not in status:
            raise AssertionError(f"{status} {answer.decode()}")
        return answer

    def _head(self, path: str, length: int) -> str:
        signed_in = [f"authorization: Bearer {self.token}"] if self.token else []
        lines = [
            *(f"POST {path} HTTP/1.1", "host: local", f"apikey: {self.key}", *signed_in),
            *("content-type: application/json", f"content-length: {length}"),
        ]
        return "\r\n".join([*lines, "", ""])

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[asyncio.Queue[float]]:
        """When each message of the chat arrives, on the clock of `time.perf_counter`."""
        address = self.url.replace("http", "ws", 1) + "/realtime/v1/websocket"
        arrivals: asyncio.Queue[float] = asyncio.Queue()
        async with (
            connect(f"{address}?vsn=2.0.0&apikey={self.key}") as socket,
            asyncio.TaskGroup() as tasks,
        ):
            topic = f"realtime:chat:{self.chat}"
            config = {**JOIN, "access_token": self.token}
            await socket.send(json.dumps(["1", "1", topic, "phx_join", config]))
            answer = json.loads(await socket.recv())
            if answer[4]["status"] != "ok":
                raise AssertionError(f"not joined: {answer}")
            reading = tasks.create_task(read(socket, arrivals))
            yield arrivals
            reading.cancel()


async def read(socket: ClientConnection, arrivals: asyncio.Queue[float]) -> None:
    """Note when messages arrive, until the socket closes."""
    async for frame in socket:
        if isinstance(frame, bytes) and b"message_sent" in frame[:120]:
            arrivals.put_nowait(time.perf_counter())
