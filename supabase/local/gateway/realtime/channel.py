"""One socket's membership of one topic: what it may hear and say."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.realtime.authorize import EVERYTHING, Rights
from gateway.realtime.protocol import Frame

if TYPE_CHECKING:
    from gateway.caller import Caller
    from gateway.realtime.socket import Socket

PREFIX = "realtime:"
PRESENCE_CALLS = 5
PRESENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Config:
    """What a client asks for when it joins."""

    private: bool = False
    hears_itself: bool = False
    acknowledged: bool = False
    presence: bool = False
    presence_key: str = ""
    replay_since: float | None = None
    replay_limit: int = 25
    database_changes: bool = False


@dataclass(eq=False, slots=True)
class Channel:
    """Lives from join to leave."""

    socket: Socket
    topic: str
    join_ref: str | None
    config: Config
    caller: Caller
    reads: Rights = EVERYTHING
    writes: Rights | None = None
    presence_key: str = ""
    _presence_calls: deque[float] = field(default_factory=deque[float])
    _expiry: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self.presence_key = self.config.presence_key or str(uuid.uuid4())
        if not self.config.private:
            self.writes = EVERYTHING

    @property
    def name(self) -> str:
        """The topic without the protocol's prefix, as policies see it."""
        return self.topic.removeprefix(PREFIX)

    @property
    def key(self) -> tuple[bool, str]:
        """Private and public topics of one name are different topics."""
        return (self.config.private, self.topic)

    def send(self, event: str, payload: object, ref: str | None = None) -> None:
        """Send a frame about this channel."""
        self.socket.send(Frame(self.topic, event, payload, ref, self.join_ref))

    def reply(self, ref: str | None, status: str, response: object) -> None:
        """Answer a client's frame."""
        self.send("phx_reply", {"status": status, "response": response}, ref)

    def become(self, caller: Caller, on_expiry: Any) -> None:
        """Speak for this caller from now on, until the token ends."""
        self.caller = caller
        if self.config.private:
            self.writes = None
        self.stop_clock()
        if caller.expires_at is not None:
            left = max(0.0, caller.expires_at - time.time())
            self._expiry = asyncio.get_running_loop().call_later(left, on_expiry, self)

    def stop_clock(self) -> None:
        """Forget about the token's end."""
        if self._expiry:
            self._expiry.cancel()
            self._expiry = None

    def presence_too_often(self) -> bool:
        """Count one presence call; True when there are more than five in 30 seconds."""
        now = time.monotonic()
        while self._presence_calls and self._presence_calls[0] <= now - PRESENCE_SECONDS:
            self._presence_calls.popleft()
        self._presence_calls.append(now)
        return len(self._presence_calls) > PRESENCE_CALLS


def parse_config(payload: object) -> Config:
    """Read the join payload; clients send nulls and booleans as strings."""
    config = _object(_object(payload).get("config"))
    broadcast, presence = _object(config.get("broadcast")), _object(config.get("presence"))
    replay = _object(broadcast.get("replay"))
    since, limit = replay.get("since"), replay.get("limit")
    return Config(
        private=_truth(config.get("private")),
        hears_itself=_truth(broadcast.get("self")),
        acknowledged=_truth(broadcast.get("ack")),
        presence=_truth(presence.get("enabled")),
        presence_key=str(presence.get("key") or ""),
        replay_since=float(since) / 1000 if isinstance(since, int | float) else None,
        replay_limit=min(25, max(1, limit)) if isinstance(limit, int) else 25,
        database_changes=bool(config.get("postgres_changes")),
    )


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _truth(value: object) -> bool:
    return value is True or value == "true"
