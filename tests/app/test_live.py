"""Realtime comes back by itself, whatever happened, and catches up."""

from __future__ import annotations

import asyncio
import logging
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from realtime import AsyncRealtimeClient

from desk.backend.errors import NetworkDown
from desk.backend.live import Live
from tests.app.support.realtime_server import FaultyRealtime
from tests.app.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# The official client reads a property that websockets 15 deprecates, just when a socket is cut.
pytestmark = pytest.mark.filterwarnings("ignore:ConnectionClosed:DeprecationWarning")

BACK_WITHIN = 5.0
"""Seconds after an outage (issue: "of any length")."""


class Source:
    """The connection's part: the official realtime client, and a token."""

    def __init__(self, port: int) -> None:
        self.given = "token-1"
        options: dict[str, Any] = {"auto_reconnect": False, "timeout": 4, "hb_interval": 15}
        client = AsyncRealtimeClient(f"ws://127.0.0.1:{port}", token="key", **options)
        self._client = SimpleNamespace(realtime=client)

    async def client(self) -> Any:
        return self._client

    async def token(self) -> str:
        return self.given


class Bench:
    """A server, a live link with one essential topic, and everything it heard."""

    def __init__(self, server: FaultyRealtime) -> None:
        self.server = server
        self.source = Source(server.port)
        self.live = Live(self.source)
        self.states: list[str] = []
        self.events: list[tuple[str, Any]] = []
        self.catch_ups = 0
        self.catch_up_fails = 0

    async def catch_up(self) -> None:
        self.catch_ups += 1
        if self.catch_up_fails:
            self.catch_up_fails -= 1
            raise NetworkDown

    def hear(self, event: str, payload: Any) -> None:
        self.events.append((event, payload))

    async def connected(self) -> Bench:
        self.live.watch("agent:u1", self.hear, self.catch_up, essential=True)
        self.live.open(self.states.append)
        await self.back()
        return self

    async def back(self) -> float:
        began = time.monotonic()
        await until(lambda: self.states and self.states[-1] == "connected", BACK_WITHIN + 5)
        return time.monotonic() - began

    async def lost(self) -> None:
        await until(lambda: self.states[-1] == "reconnecting")


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    logging.getLogger("realtime").setLevel(logging.CRITICAL)
    server = FaultyRealtime()
    await server.up()
    made = await Bench(server).connected()
    yield made
    await made.live.close()
    await server.down()


async def test_joining_catches_up_and_hears(bench: Bench) -> None:
    assert bench.catch_ups == 1
    await bench.server.event("agent:u1", "offer_made", {"n": 1})
    await until(lambda: bench.events == [("offer_made", {"n": 1})])


async def test_a_cut_socket_is_replaced_at_once_and_catches_up(bench: Bench) -> None:
    await bench.server.down()
    await bench.server.up()
    await until(lambda: bench.catch_ups == 2)
    await bench.server.event("agent:u1", "x", {})
    await until(lambda: bench.events)


async def test_a_long_outage_is_over_within_seconds_of_its_end(bench: Bench) -> None:
    await bench.server.down()
    await bench.lost()
    await asyncio.sleep(9)
    await bench.server.up()
    assert await bench.back() < BACK_WITHIN
    assert bench.catch_ups == 2


async def test_a_channel_that_the_server_closed_is_joined_again_with_a_new_token(
    bench: Bench,
) -> None:
    bench.source.given = "token-2"
    await bench.server.close_channel("agent:u1")
    await until(lambda: bench.catch_ups >= 2)
    assert bench.server.tokens[-1] == "token-2"
    await bench.server.event("agent:u1", "x", {})
    await until(lambda: bench.events)


async def test_a_failed_catch_up_is_repeated_until_it_works(bench: Bench) -> None:
    bench.catch_up_fails = 2
    await bench.server.down()
    await bench.server.up()
    await until(lambda: bench.catch_ups == 4)


async def test_a_topic_that_is_refused_does_not_break_the_others(bench: Bench) -> None:
    bench.server.refuse.add("chat:secret")
    heard: list[Any] = []
    bench.live.watch("chat:secret", lambda *event: heard.append(event))
    await until(lambda: "chat:secret" in bench.server.joins)
    await bench.server.event("agent:u1", "x", {})
    await until(lambda: bench.events)
    assert bench.states[-1] == "connected"


async def test_a_left_topic_can_be_watched_again(bench: Bench) -> None:
    heard: list[Any] = []
    for _ in range(3):
        watch = bench.live.watch("chat:c1", lambda *event: heard.append(event))
        watch.close()
        watch.close()
    bench.live.watch("chat:c1", lambda *event: heard.append(event))
    await until(lambda: "chat:c1" in bench.server.joins)
    await asyncio.sleep(0.2)
    await bench.server.event("chat:c1", "x", {})
    await until(lambda: heard)
    assert "reconnecting" not in bench.states


async def test_every_topic_is_back_after_an_outage(bench: Bench) -> None:
    topics = ["workspace:w1", "chat:c1", "typing:c1"]
    heard: list[str] = []
    for topic in topics:
        bench.live.watch(
            topic, lambda event, _: heard.append(event), essential=topic.startswith("w")
        )
    await until(lambda: set(topics) <= set(bench.server.joins))
    await asyncio.sleep(0.1)
    await bench.server.down()
    await bench.lost()
    await bench.server.up()
    await bench.back()
    await asyncio.sleep(0.3)
    for topic in topics:
        await bench.server.event(topic, topic, {})
    await until(lambda: set(heard) == set(topics))
    assert bench.server.joins.count("workspace:w1") == 2


async def test_a_device_that_slept_does_not_trust_its_socket(bench: Bench) -> None:
    bench.live.wake()
    await until(lambda: bench.catch_ups == 2)


async def test_a_broken_listener_does_not_stop_the_next_event(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_event: str, _payload: Any) -> None:
        raise ValueError("mine")

    bench.live.watch("chat:c1", broken)
    await until(lambda: "chat:c1" in bench.server.joins)
    await asyncio.sleep(0.1)
    await bench.server.event("chat:c1", "x", {})
    await bench.server.event("agent:u1", "y", {})
    await until(lambda: bench.events == [("y", {})])
    assert "could not be handled" in caplog.text


async def test_closing_ends_every_task(bench: Bench) -> None:
    await bench.live.close()
    await asyncio.sleep(0.05)
    left = {task.get_coro().__qualname__ for task in asyncio.all_tasks()}  # type: ignore[union-attr]
    assert not {name for name in left if name.startswith("Live.")}
