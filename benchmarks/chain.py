"""From "send" on one side to the text on the other, both ways, through everything that runs in production.

Floor, measured in the same run: a Postgres commit with NOTIFY until its listener hears it, plus a websocket echo.
The visitor's side is a bare HTTP and websocket client, as a browser is; the agent's side is the app's own backend.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
import uuid
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx
import websockets
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from benchmarks import lab
from desk.backend.ports import Device
from desk.backend.wiring import make_ports
from desk.settings import Settings
from gateway.postgres import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from desk.backend.ports import Ports

ROOT = Path(__file__).resolve().parent.parent
DEMO = json.loads((ROOT / "supabase" / "demo.json").read_text())
PAUSE = 0.35  # seconds: thirty messages in ten seconds are refused
JOIN = {"config": {"broadcast": {"ack": False, "self": False}, "presence": {"enabled": False}, "private": True}}


@asynccontextmanager
async def gateway() -> AsyncIterator[dict[str, str]]:
    """The stand-in with the demo shop, as `deskbell try` starts it."""
    with tempfile.TemporaryDirectory(prefix="deskbell-bench-") as data:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "--port", str(free_port()), "--data", f"{data}/d", "--seed",
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            yield json.loads(await process.stdout.readline())
        finally:
            process.terminate()
            await process.wait()


class Visitor:
    """A browser's side: one kept HTTP connection and one websocket."""

    def __init__(self, stack: dict[str, str]) -> None:
        self.stack = stack
        self.http = httpx.AsyncClient(base_url=stack["supabase_url"], headers={"apikey": stack["publishable_key"]})
        self.chat = str(uuid.uuid4())
        self.token = ""

    async def rpc(self, function: str, **arguments: Any) -> Any:
        answer = await self.http.post(f"/rest/v1/rpc/{function}", json=arguments)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    async def ring(self) -> None:
        session = (await self.http.post("/auth/v1/signup", json={})).json()
        self.token = session["access_token"]
        self.http.headers["authorization"] = f"Bearer {self.token}"
        await self.rpc("start_chat", site_key=DEMO["site_key"], chat_id=self.chat, message_id=str(uuid.uuid4()), body="Hello")

    async def send_raw(self, writer: asyncio.StreamWriter, reader: asyncio.StreamReader, text: str) -> None:
        """send_message over a bare keep-alive connection: what a browser's network stack costs, not what httpx does."""
        body = json.dumps({"chat_id": self.chat, "message_id": str(uuid.uuid4()), "body": text}).encode()
        writer.write(
            b"POST /rest/v1/rpc/send_message HTTP/1.1\r\nhost: local\r\ncontent-type: application/json\r\n"
            + f"apikey: {self.stack['publishable_key']}\r\nauthorization: Bearer {self.token}\r\n".encode()
            + f"content-length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        await reader.readexactly(length)
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise AssertionError(head.decode())

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[asyncio.Queue[float]]:
        """When each message_sent of the chat arrives."""
        url = self.stack["supabase_url"].replace("http", "ws") + f"/realtime/v1/websocket?vsn=2.0.0&apikey={self.stack['publishable_key']}"
        arrivals: asyncio.Queue[float] = asyncio.Queue()
        async with connect(url) as socket, asyncio.TaskGroup() as tasks:
            topic = f"realtime:chat:{self.chat}"
            await socket.send(json.dumps(["1", "1", topic, "phx_join", {**JOIN, "access_token": self.token}]))
            reader = tasks.create_task(self._read(socket, arrivals))
            await asyncio.sleep(0.3)
            yield arrivals
            reader.cancel()

    @staticmethod
    async def _read(socket: websockets.asyncio.client.ClientConnection, arrivals: asyncio.Queue[float]) -> None:
        async for frame in socket:
            if isinstance(frame, bytes) and b"message_sent" in frame[:120]:
                arrivals.put_nowait(time.perf_counter())


class Floor:
    """A commit with NOTIFY until it is heard, plus a websocket echo."""

    def __init__(self) -> None:
        self.took: list[float] = []
        self._heard: asyncio.Queue[float] = asyncio.Queue()

    @asynccontextmanager
    async def open(self, dsn: str) -> AsyncIterator[Floor]:
        writer, listener = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
        await writer.execute("create temporary table floor (body text)")
        await listener.add_listener("floor", lambda *_: self._heard.put_nowait(time.perf_counter()))
        self._insert = await writer.prepare(
            "with i as (insert into floor values ($1) returning 1) select pg_notify('floor', $1) from i"
        )
        async with serve(_echo, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with connect(f"ws://127.0.0.1:{port}") as self._socket:
                yield self
        await writer.close()
        await listener.close()

    async def once(self) -> None:
        """One round. Called after each round of the chain, so that both meet the same machine."""
        start = time.perf_counter()
        _, arrived = await asyncio.gather(self._insert.fetch(f"message {start} " + "x" * 200), self._heard.get())
        echo_start = time.perf_counter()
        await self._socket.send("x" * 250)
        await self._socket.recv()
        self.took.append(arrived - start + time.perf_counter() - echo_start)


async def _echo(socket: Any) -> None:
    async for frame in socket:
        await socket.send(frame)


async def to_agent(visitor: Visitor, ports: Ports, user: str, floor: Floor, rounds: int) -> list[float]:
    arrivals: asyncio.Queue[float] = asyncio.Queue()
    joined = asyncio.Event()

    async def catch_up() -> None:
        joined.set()

    watch = ports.live.watch(
        f"agent:{user}",
        lambda event, payload: arrivals.put_nowait(time.perf_counter()) if payload.get("author") == "visitor" else None,
        catch_up,
    )
    await joined.wait()
    host, port = visitor.stack["supabase_url"].removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    took = []
    for n in range(rounds):
        start = time.perf_counter()
        arrived, _ = await asyncio.gather(arrivals.get(), visitor.send_raw(writer, reader, f"question {n}"))
        took.append(arrived - start)
        await asyncio.sleep(PAUSE)
        await floor.once()
    writer.close()
    watch.close()
    return took


async def to_visitor(visitor: Visitor, ports: Ports, floor: Floor, rounds: int) -> list[float]:
    took = []
    async with visitor.listening() as arrivals:
        for n in range(rounds):
            start = time.perf_counter()
            arrived, _ = await asyncio.gather(arrivals.get(), ports.chats.send(visitor.chat, str(uuid.uuid4()), f"answer {n}"))
            took.append(arrived - start)
            await asyncio.sleep(PAUSE)
        await floor.once()
    return took


async def sides(stack: dict[str, str], floor: Floor, rounds: int) -> tuple[list[float], list[float]]:
    async with AsyncExitStack() as closing:
        data = closing.enter_context(tempfile.TemporaryDirectory())
        settings = Settings(supabase_url=stack["supabase_url"], publishable_key=stack["publishable_key"], data_dir=Path(data))
        ports = make_ports(settings, None, lambda: None)
        closing.push_async_callback(ports.close)
        user = await ports.sign_in.sign_in(DEMO["agents"][0]["email"], DEMO["agents"][0]["password"])
        await ports.presence.register_device(Device(str(uuid.uuid4()), "linux", "bench"))
        ports.live.open(lambda _state: None)
        visitor = Visitor(stack)
        await visitor.ring()
        await ports.chats.accept(visitor.chat)
        return await to_agent(visitor, ports, user, floor, rounds), await to_visitor(visitor, ports, floor, rounds)


async def main(rounds: int = 100) -> bool:
    async with gateway() as stack, Floor().open(stack["db_url"]) as floor:
        there, back = await sides(stack, floor, rounds)
    least = floor.took
    goals = []
    for name, took in (("visitor -> agent", there), ("agent -> visitor", back)):
        for kind, of in (("median", lab.median), ("p95", lab.p95)):
            detail = f"({of(took) * 1e3:.2f} ms / {of(least) * 1e3:.2f} ms)"
            goals.append(lab.report(f"{name}, {kind}: chain / floor", of(took) / of(least), 2.0, detail))
    return all(goals)


if __name__ == "__main__":
    lab.run(lambda: main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
