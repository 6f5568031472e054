"""Who is on which topic, and everything that is said there, from clients and from the database."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg

from gateway.database import PROBLEMS_OF_CONNECTION, Database
from gateway.realtime.channel import PREFIX, Channel
from gateway.realtime.presence import Metas, Presence
from gateway.realtime.protocol import Broadcast, Version, encode_broadcast

log = logging.getLogger(__name__)

BROADCASTS = "gateway_broadcast"
RETRY_SECONDS = 0.5
PARTITION_SECONDS = 3600.0
FETCH = (
    "select payload::text, binary_payload from realtime.messages where id = $1 and inserted_at = $2"
)
REPLAY = """
select id, event, payload::text from realtime.messages
where topic = $1 and private and extension = 'broadcast' and payload is not null
  and inserted_at >= (to_timestamp($2) at time zone 'utc')
order by inserted_at desc limit $3
"""


@dataclass(slots=True)
class Topic:
    """The members of one topic."""

    members: set[Channel] = field(default_factory=set[Channel])
    presence: Presence = field(default_factory=Presence)


@dataclass(slots=True)
class Hub:
    """Fans out. `listeners` are other notifications that somebody in the gateway waits for."""

    database: Database
    listeners: dict[str, Callable[[], None]] = field(default_factory=dict[str, Callable[[], None]])
    on_loss: Callable[[], None] = lambda: None
    _topics: dict[tuple[bool, str], Topic] = field(default_factory=dict[tuple[bool, str], Topic])
    _backlog: deque[str] = field(default_factory=deque[str])
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _fetching: bool = False
    listening: asyncio.Event = field(default_factory=asyncio.Event)

    def join(self, channel: Channel) -> Topic:
        """Add a member."""
        topic = self._topics.setdefault(channel.key, Topic())
        topic.members.add(channel)
        return topic

    def leave(self, channel: Channel) -> None:
        """Remove a member; the others see its presence go."""
        topic = self._topics.get(channel.key)
        if topic is None or channel not in topic.members:
            return
        topic.members.discard(channel)
        self._tell_presence(topic, topic.presence.untrack(channel))
        if not topic.members:
            del self._topics[channel.key]

    def track(self, channel: Channel, payload: dict[str, object]) -> None:
        """Show a member to the others."""
        topic = self._topics[channel.key]
        self._tell_presence(topic, topic.presence.track(channel, channel.presence_key, payload))

    def untrack(self, channel: Channel) -> None:
        """Hide a member from the others."""
        topic = self._topics[channel.key]
        self._tell_presence(topic, topic.presence.untrack(channel))

    def publish(
        self, broadcast: Broadcast, *, private: bool, sender: Channel | None = None
    ) -> None:
        """Send to every member that may hear it; each version of the frame is written once."""
        topic = self._topics.get((private, broadcast.topic))
        if topic is None:
            return
        written: dict[Version, str | bytes | None] = {}
        for channel in tuple(topic.members):
            if (
                channel is sender and not channel.config.hears_itself
            ) or not channel.reads.broadcast:
                continue
            version = channel.socket.version
            if version not in written:
                written[version] = encode_broadcast(version, broadcast)
            channel.socket.send_raw(written[version])

    async def replay(self, channel: Channel) -> None:
        """Send again what the database said lately on the topic."""
        since, limit = channel.config.replay_since, channel.config.replay_limit
        rows = await self.database.admin.fetch(REPLAY, channel.name, since, limit)
        for row in reversed(rows):
            meta = json.dumps({"id": str(row["id"]), "replayed": True})
            said = Broadcast(channel.topic, row["event"], row["payload"], meta)
            channel.socket.send_raw(encode_broadcast(channel.socket.version, said))

    async def run(self) -> None:
        """Listen to the database for ever; after a loss, everybody has to join again."""
        reachable = True
        while True:
            try:
                await self._listen()
            except PROBLEMS_OF_CONNECTION as error:
                if reachable:
                    log.warning("realtime lost the database: %s", error)
                reachable = False
                await asyncio.sleep(RETRY_SECONDS)
            else:
                reachable = True
            self.listening.clear()
            self.on_loss()

    async def keep_partitions(self) -> None:
        """Make tomorrow's partitions and drop the old ones, every hour."""
        while True:
            try:
                await self.database.admin.execute("select gateway.keep_partitions()")
            except (*PROBLEMS_OF_CONNECTION, asyncpg.PostgresError) as error:
                log.warning("realtime could not keep its partitions: %s", error)
                await asyncio.sleep(RETRY_SECONDS * 20)
            else:
                await asyncio.sleep(PARTITION_SECONDS)

    async def _listen(self) -> None:
        """One connection's life."""
        connection = await asyncpg.connect(self.database.dsn, timeout=5)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            await connection.add_listener(BROADCASTS, self._heard)
            for name in self.listeners:
                await connection.add_listener(name, self._heard_other)
                self.listeners[name]()
            self.listening.set()
            await self._fetch_large_ones(lost)
        finally:
            connection.terminate()

    def _heard_other(self, _connection: object, _pid: int, name: str, _payload: object) -> None:
        self.listeners[name]()

    def _heard(self, _connection: object, _pid: int, _name: str, announcement: object) -> None:
        """A notification; what is complete goes out at once, unless an earlier one is fetched."""
        text = str(announcement)
        if self._fetching or self._backlog or "\n" not in text:
            self._backlog.append(text)
            self._wake.set()
        else:
            self._publish_complete(text)

    def _publish_complete(self, text: str) -> None:
        head, _, payload = text.partition("\n")
        message_id, topic, event, private = json.loads(head)
        meta = f'{{"id":"{message_id}"}}'
        self.publish(Broadcast(PREFIX + topic, event, payload, meta), private=bool(private))

    async def _fetch_large_ones(self, lost: asyncio.Event) -> None:
        """Send the backlog in order, fetching what was too long for a notification."""
        ended = asyncio.ensure_future(lost.wait())
        try:
            while not lost.is_set():
                woken = asyncio.ensure_future(self._wake.wait())
                await asyncio.wait({ended, woken}, return_when=asyncio.FIRST_COMPLETED)
                woken.cancel()
                self._wake.clear()
                self._fetching = True
                while self._backlog:
                    await self._publish_next(self._backlog.popleft())
                self._fetching = False
        finally:
            self._fetching = False
            self._backlog.clear()
            ended.cancel()

    async def _publish_next(self, text: str) -> None:
        if "\n" in text:
            self._publish_complete(text)
            return
        message_id, topic, event, private, inserted_at = json.loads(text)
        row = await self.database.admin.fetchrow(
            FETCH, uuid.UUID(message_id), datetime.fromisoformat(inserted_at)
        )
        if row is None:
            return
        payload: str | bytes = (
            row["payload"] if row["binary_payload"] is None else row["binary_payload"]
        )
        meta = f'{{"id":"{message_id}"}}'
        self.publish(Broadcast(PREFIX + topic, event, payload, meta), private=bool(private))

    def _tell_presence(self, topic: Topic, difference: dict[str, Metas] | None) -> None:
        if difference is None:
            return
        for channel in tuple(topic.members):
            if channel.config.presence and channel.reads.presence:
                channel.send("presence_diff", difference)
