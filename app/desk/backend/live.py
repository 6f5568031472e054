"""Supervised realtime: whatever happens to the socket or a channel, it is joined again in seconds.

The official client reconnects by itself only for a while, with pauses that grow to a minute, and
never rejoins a channel that the server closed. So its own reconnecting is switched off (connect.py)
and one task here does it: connect, join what is not joined, wait for trouble, repeat. Pauses never
exceed 3 s and an attempt never takes more than 4 s, so an outage of any length is over for us
within 5 s of its end.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from desk.backend.errors import BackendError
from desk.backend.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime import AsyncRealtimeChannel, AsyncRealtimeClient

    from desk.backend.ports import CatchUp, Event, LinkState, OnEvent

log = logging.getLogger(__name__)

ATTEMPT = 4.0
"""Seconds for connecting or for joining."""
PAUSES = (0.2, 0.6, 1.2, 2.4)
"""Seconds between attempts; the last repeats. Each is shortened by up to a third, at random."""
CHECK_EVERY = 15.0
"""Seconds between looks at the token and at the clock."""
SLEPT = 10.0
"""A check that comes this much too late means that the device slept."""


class Source(Protocol):
    """What live.py needs of the connection."""

    async def client(self) -> Any: ...

    async def token(self) -> str: ...


@dataclass(eq=False)
class LiveWatch:
    """One topic that is kept joined."""

    topic: str
    on_event: OnEvent
    catch_up: CatchUp | None
    essential: bool
    leave: Callable[[LiveWatch], None]
    channel: AsyncRealtimeChannel | None = None
    joined: bool = False
    refused: bool = False
    catching_up: asyncio.Task[Any] | None = field(default=None, repr=False)

    def close(self) -> None:
        """Stop watching; closing twice is fine."""
        self.leave(self)


class Live:
    """One socket, its watched topics, and the task that keeps both alive."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._tasks = Tasks("live")
        self._watches: list[LiveWatch] = []
        self._trouble = asyncio.Event()
        self._suspect = False
        self._state: LinkState = "connecting"
        self._on_state: Callable[[LinkState], None] = lambda _state: None

    def open(self, on_state: Callable[[LinkState], None]) -> None:
        """Begin; `on_state` hears every change of the link."""
        self._on_state = on_state
        self._tasks.start(self._supervise())

    def watch(
        self,
        topic: str,
        on_event: OnEvent,
        catch_up: CatchUp | None = None,
        *,
        essential: bool = False,
    ) -> LiveWatch:
        """Keep `topic` joined. The link counts as connected when every essential topic is."""
        watch = LiveWatch(topic, on_event, catch_up, essential, self._leave)
        self._watches.append(watch)
        self._trouble.set()
        return watch

    def say(self, topic: str, event: str, payload: Event) -> None:
        """Send to a topic that is joined now; otherwise drop it."""
        for watch in self._watches:
            if watch.topic == topic and watch.joined and watch.channel is not None:
                self._tasks.start(self._say(watch.channel, event, payload))

    def wake(self) -> None:
        """The device slept or the network changed: do not trust the socket."""
        self._suspect = True
        self._trouble.set()

    async def close(self) -> None:
        """Leave everything and close the socket."""
        watches, self._watches = self._watches, []
        for watch in watches:
            self._forget_channel(watch)
        await self._tasks.close()
        if watches:
            with suppress(Exception):
                await self._drop_socket((await self._source.client()).realtime)

    async def _supervise(self) -> None:
        failures = 0
        while True:
            try:
                await self._repair()
                failures = await self._settled(failures)
                await self._until_trouble()
            except Exception as error:
                failures += 1
                self._lost(error, failures)
                await self._pause(failures)

    async def _repair(self) -> None:
        """Connect, and join every watch that is not joined."""
        self._trouble.clear()
        realtime = (await self._source.client()).realtime
        if self._suspect:
            self._suspect = False
            await self._drop_socket(realtime)
        await realtime.set_auth(await self._source.token())
        async with asyncio.timeout(ATTEMPT):
            await realtime.connect()
        waiting = [watch for watch in self._watches if not watch.joined]
        joins = (self._join(realtime, watch) for watch in waiting)
        for outcome in await asyncio.gather(*joins, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def _settled(self, failures: int) -> int:
        """After a repair: report it, or count a failure when an essential topic is not joined."""
        missing = [watch for watch in self._watches if watch.essential and not watch.joined]
        if any(watch.refused for watch in missing):
            raise ConnectionError("an essential topic could not be joined")
        if missing:
            return failures  # they came while we were joining others: the next round joins them
        if failures:
            log.info("Realtime is back after %d attempts", failures)
        self._report("connected")
        return 0

    async def _until_trouble(self) -> None:
        """Wait for trouble; meanwhile renew the token in time and notice a device that slept."""
        while not self._trouble.is_set():
            before = time.time()
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_EVERY):
                    await self._trouble.wait()
            if time.time() - before > CHECK_EVERY + SLEPT:
                self.wake()
            elif not self._trouble.is_set():
                await self._source.token()
                if any(watch.refused for watch in self._watches):
                    self._trouble.set()

    async def _join(self, realtime: AsyncRealtimeClient, watch: LiveWatch) -> None:
        self._forget_channel(watch)
        channel = realtime.channel(watch.topic, _PRIVATE)
        watch.channel, watch.refused = channel, False
        channel.on_broadcast("*", partial(self._heard, watch, channel))
        async with asyncio.timeout(ATTEMPT + 1):
            await channel.subscribe(partial(self._status, watch, channel))
        if not watch.joined and not watch.refused and watch in self._watches:
            raise ConnectionError(f"{watch.topic} could not be joined")

    def _status(
        self, watch: LiveWatch, channel: AsyncRealtimeChannel, status: str, error: Any
    ) -> None:
        """What the client says of a channel; words about one that was replaced are ignored."""
        if watch.channel is not channel:
            return
        watch.joined = status == "SUBSCRIBED"
        if watch.joined:
            if watch.catch_up is not None:
                self._start_catch_up(watch)
            return
        watch.refused = "Unauthorized" in str(error)
        if not watch.refused:
            # A new socket, not a new join: on the old one the server still ends the channel it
            # replaces, and the client takes that for the end of the new one.
            self._suspect = True
            self._trouble.set()

    def _heard(self, watch: LiveWatch, channel: AsyncRealtimeChannel, frame: Any) -> None:
        if watch.channel is not channel:
            return
        try:
            watch.on_event(frame["event"], frame.get("payload") or {})
        except Exception:
            log.exception("An event of %s could not be handled", watch.topic)

    def _start_catch_up(self, watch: LiveWatch) -> None:
        if watch.catching_up is not None:
            watch.catching_up.cancel()
        watch.catching_up = self._tasks.start(self._catch_up(watch))

    async def _catch_up(self, watch: LiveWatch) -> None:
        """Fetch what was missed, until it works or the topic is left."""
        tries = 0
        while watch.joined and watch.catch_up is not None:
            try:
                await watch.catch_up()
                return
            except BackendError as error:
                tries += 1
                if tries == 1:
                    log.warning("Catching up on %s failed: %s", watch.topic, error.word)
                await asyncio.sleep(_pause(tries))

    def _leave(self, watch: LiveWatch) -> None:
        if watch not in self._watches:
            return
        self._watches.remove(watch)
        channel, joined = watch.channel, watch.joined
        self._forget_channel(watch)
        if joined and channel is not None:
            self._tasks.start(_unsubscribe(channel))

    @staticmethod
    def _forget_channel(watch: LiveWatch) -> None:
        """Take the channel from the client, so that nothing of it is retried behind our back."""
        channel, watch.channel, watch.joined = watch.channel, None, False
        if watch.catching_up is not None:
            watch.catching_up.cancel()
            watch.catching_up = None
        if channel is None:
            return
        channel.rejoin_timer.reset()
        if channel.socket.channels.get(channel.topic) is channel:
            del channel.socket.channels[channel.topic]

    async def _drop_socket(self, realtime: AsyncRealtimeClient) -> None:
        for watch in self._watches:
            self._forget_channel(watch)
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await realtime.close()

    async def _say(self, channel: AsyncRealtimeChannel, event: str, payload: Event) -> None:
        with suppress(Exception):
            await channel.send_broadcast(event, dict(payload))

    def _lost(self, error: Exception, failures: int) -> None:
        if failures == 1:
            log.warning("Realtime is lost: %r", error)
        self._report("reconnecting")

    def _report(self, state: LinkState) -> None:
        if state != self._state:
            self._state = state
            self._on_state(state)

    async def _pause(self, failures: int) -> None:
        """Wait before the next attempt; `wake` and a new watch cut it short."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_pause(failures)):
                await self._trouble.wait()
        await asyncio.sleep(0.05)


_PRIVATE: Any = {
    "config": {
        "private": True,
        "broadcast": {"ack": False, "self": False},
        "presence": {"key": "", "enabled": False},
    }
}


def _pause(failures: int) -> float:
    longest = PAUSES[min(failures, len(PAUSES)) - 1]
    return longest * random.uniform(0.67, 1.0)


async def _unsubscribe(channel: AsyncRealtimeChannel) -> None:
    with suppress(Exception):
        await channel.unsubscribe()
