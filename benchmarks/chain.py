"""From "send" on one side to the text on the other, both ways, through all that runs in production.

Floor, measured in the same run: a commit with NOTIFY until its listener hears it, plus a
websocket echo. The visitor's side is a bare HTTP and websocket client, as a browser is; the
agent's side is the app's own backend.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import asyncpg
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from benchmarks import lab
from benchmarks.browser import DEMO, Browser
from desk.backend.ports import Device
from desk.backend.wiring import make_ports
from desk.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

    from websockets.asyncio.client import ClientConnection
    from websockets.asyncio.server import ServerConnection

    from desk.backend.ports import Ports

GOAL = 2.0
PAUSE = 0.35  # seconds: thirty messages in ten seconds are refused
COMMIT_AND_NOTIFY = """
with saved as (insert into public.bench_floor values ($1) returning 1)
select pg_notify('floor', $1) from saved
"""


@asynccontextmanager
async def stand_in() -> AsyncGenerator[dict[str, str]]:
    """The stand-in with the demo shop, as `deskbell try` starts it; the line it says."""
    with lab.folder() as data:
        options = ["--port", "0", "--data", str(data), "--seed"]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", *options), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        try:
            yield json.loads(await process.stdout.readline())
        finally:
            process.terminate()
            await process.wait()


@dataclass
class Floor:
    """What no chain can be quicker than."""

    insert: Any  # asyncpg keeps the type of its prepared statements to itself
    heard: asyncio.Queue[float]
    socket: ClientConnection
    took: list[float] = field(default_factory=list[float])

    async def once(self) -> None:
        """One round. Called after each round of the chain, so that both meet the same machine."""
        start = time.perf_counter()
        text = f"message {start} " + "x" * 200
        _, heard = await asyncio.gather(self.insert.fetch(text), self.heard.get())
        echo_start = time.perf_counter()
        await self.socket.send(text)
        await self.socket.recv()
        self.took.append(heard - start + time.perf_counter() - echo_start)


@asynccontextmanager
async def floor_of(dsn: str) -> AsyncGenerator[Floor]:
    """The floor of the stand-in's own Postgres."""
    writer, listener = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    heard: asyncio.Queue[float] = asyncio.Queue()
    try:
        await writer.execute("create table public.bench_floor (body text)")
        await listener.add_listener("floor", lambda *_: heard.put_nowait(time.perf_counter()))
        insert = await writer.prepare(COMMIT_AND_NOTIFY)
        async with serve(echo, "127.0.0.1", 0) as server:
            [listening] = server.sockets
            async with connect(f"ws://127.0.0.1:{listening.getsockname()[1]}") as socket:
                yield Floor(insert, heard, socket)
    finally:
        await writer.close()
        await listener.close()


async def echo(socket: ServerConnection) -> None:
    async for frame in socket:
        await socket.send(frame)


@dataclass(frozen=True, slots=True)
class Talk:
    """A chat that an agent has accepted, with both sides connected."""

    browser: Browser
    ports: Ports
    user: str

    @classmethod
    @asynccontextmanager
    async def open(cls, stack: dict[str, str]) -> AsyncGenerator[Talk]:
        """The demo's first agent and a new visitor."""
        url, key = stack["supabase_url"], stack["publishable_key"]
        with lab.folder() as data:
            ports = make_ports(Settings(url, key, data), None, lambda: None)
            try:
                [agent, *_] = DEMO["agents"]
                user = await ports.sign_in.sign_in(agent["email"], agent["password"])
                await ports.presence.register_device(Device(str(uuid.uuid4()), "linux", "bench"))
                ports.live.open(lambda _state: None)
                async with Browser.open(url, key) as browser:
                    await browser.ring()
                    await ports.chats.accept(browser.chat)
                    yield cls(browser, ports, user)
            finally:
                await ports.close()

    @asynccontextmanager
    async def agent_hears(self) -> AsyncGenerator[asyncio.Queue[float]]:
        """When each of the visitor's messages arrives in the app's backend."""
        arrivals: asyncio.Queue[float] = asyncio.Queue()
        joined = asyncio.Event()

        def hear(_event: str, payload: Mapping[str, Any]) -> None:
            if payload.get("author") == "visitor":
                arrivals.put_nowait(time.perf_counter())

        async def catch_up() -> None:
            joined.set()

        watch = self.ports.live.watch(f"agent:{self.user}", hear, catch_up)
        try:
            await joined.wait()
            yield arrivals
        finally:
            watch.close()

    async def agent_says(self, text: str) -> None:
        await self.ports.chats.send(self.browser.chat, str(uuid.uuid4()), text)


async def times(
    say: Callable[[str], Awaitable[object]],
    arrivals: asyncio.Queue[float],
    floor: Floor,
    rounds: int,
) -> list[float]:
    """The seconds from each send to its arrival."""
    took: list[float] = []
    for n in range(rounds):
        start = time.perf_counter()
        arrived, _ = await asyncio.gather(arrivals.get(), say(f"text {n}"))
        took.append(arrived - start)
        await asyncio.sleep(PAUSE)
        await floor.once()
    return took


async def main(rounds: int = 100) -> bool:
    async with (
        stand_in() as stack,
        floor_of(stack["db_url"]) as floor,
        Talk.open(stack) as talk,
    ):
        async with talk.agent_hears() as arrivals:
            there = await times(talk.browser.say, arrivals, floor, rounds)
        async with talk.browser.listening() as arrivals:
            back = await times(talk.agent_says, arrivals, floor, rounds)
    reached: list[bool] = []
    for name, took in (("visitor -> agent", there), ("agent -> visitor", back)):
        for kind, of in (("median", lab.median), ("p95", lab.p95)):
            whole, least = of(took), of(floor.took)
            detail = f"({whole * 1e3:.2f} ms / {least * 1e3:.2f} ms)"
            reached.append(
                lab.report(f"{name}, {kind}: chain / floor", whole / least, GOAL, detail)
            )
    return all(reached)


if __name__ == "__main__":
    lab.run(main(*lab.arguments()))
