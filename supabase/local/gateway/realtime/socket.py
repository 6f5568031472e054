"""One client's websocket: reads its frames in order, writes from a bounded queue."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import asyncpg

from gateway.caller import BadToken, Caller, Doorkeeper
from gateway.database import PROBLEMS_OF_CONNECTION, Database
from gateway.realtime import authorize
from gateway.realtime.channel import PREFIX, Channel, parse_config
from gateway.realtime.protocol import BadFrame, Broadcast, Frame, Version, decode, encode

if TYPE_CHECKING:
    from gateway.http import Receive, Send
    from gateway.realtime.hub import Hub

MOST_CHANNELS = 100
MOST_WAITING_FRAMES = 2000
LARGEST_BROADCAST = 256 * 1024
NORMAL, UNSUPPORTED, TRY_AGAIN, RESTARTING = 1000, 1003, 1013, 1012

Handler = Callable[[Channel, Frame], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Services:
    """What a socket works with."""

    database: Database
    doorkeeper: Doorkeeper
    hub: Hub


@dataclass(eq=False, slots=True)
class Socket:
    """Lives as long as its connection."""

    services: Services
    version: Version
    caller: Caller
    _channels: dict[str, Channel] = field(default_factory=dict[str, Channel])
    _queue: asyncio.Queue[str | bytes] = field(
        default_factory=lambda: asyncio.Queue[str | bytes](MOST_WAITING_FRAMES)
    )
    _closing: asyncio.Future[int] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    async def run(self, receive: Receive, send: Send) -> None:
        """Serve an accepted connection until either side ends it."""
        reader = asyncio.ensure_future(self._read(receive))
        writer = asyncio.ensure_future(self._write(send))
        try:
            await asyncio.wait({reader, writer, self._closing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for channel in tuple(self._channels.values()):
                self._forget(channel)
            for task in (reader, writer):
                task.cancel()
            await asyncio.gather(reader, writer, return_exceptions=True)
        if self._closing.done():
            await send({"type": "websocket.close", "code": self._closing.result()})
        for task in (reader, writer):
            if not task.cancelled() and (error := task.exception()):
                raise error

    def close(self, code: int) -> None:
        """End the connection soon."""
        if not self._closing.done():
            self._closing.set_result(code)

    def send(self, frame: Frame) -> None:
        """Queue a frame."""
        self.send_raw(encode(self.version, frame))

    def send_raw(self, data: str | bytes | None) -> None:
        """Queue what is already written; a client that does not read is disconnected."""
        if data is None:
            return
        try:
            self._queue.put_nowait(data)
        except asyncio.QueueFull:
            self.close(TRY_AGAIN)

    async def _write(self, send: Send) -> None:
        while True:
            data = await self._queue.get()
            key = "text" if isinstance(data, str) else "bytes"
            await send({"type": "websocket.send", key: data})

    async def _read(self, receive: Receive) -> None:
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            data = message.get("text")
            try:
                frame = decode(self.version, message.get("bytes") or b"" if data is None else data)
                await self._handle(frame)
            except BadFrame:
                self.close(UNSUPPORTED)
                return
            except PROBLEMS_OF_CONNECTION:
                self.close(RESTARTING)
                return

    async def _handle(self, frame: Frame) -> None:
        if frame.topic == "phoenix" and frame.event == "heartbeat":
            self._reply(frame, "ok", {})
            return
        if frame.event == "phx_join":
            await self._join(frame)
            return
        channel = self._channels.get(frame.topic)
        handlers: dict[str, Handler] = {
            "broadcast": self._broadcast,
            "presence": self._presence,
            "access_token": self._access_token,
            "phx_leave": self._leave,
        }
        handler = handlers.get(frame.event)
        if frame.event == "phx_leave" and channel is None:
            self._reply(frame, "ok", {})
        elif channel is None or handler is None:
            reason = "unmatched topic" if channel is None else f"unknown event {frame.event}"
            self._reply(frame, "error", {"reason": reason})
        else:
            await handler(channel, frame)

    async def _join(self, frame: Frame) -> None:
        old = self._channels.pop(frame.topic, None)
        if old is not None:
            self._forget(old)
            old.send("phx_close", {}, old.join_ref)
        refusal = self._reason_against(frame)
        if refusal:
            self._reply(frame, "error", {"reason": refusal})
            return
        try:
            caller = self._caller_of(frame.payload)
        except BadToken as error:
            self._reply(frame, "error", {"reason": f"InvalidJWTToken: {error}"})
            return
        channel = Channel(
            self, frame.topic, frame.join_ref or frame.ref, parse_config(frame.payload), caller
        )
        if not await self._may_join(channel):
            reason = f"You do not have permissions to read from this Channel topic: {channel.name}"
            self._reply(frame, "error", {"reason": f"Unauthorized: {reason}"})
            return
        await self._enter(channel, frame)

    async def _enter(self, channel: Channel, frame: Frame) -> None:
        self._channels[frame.topic] = channel
        channel.become(channel.caller, self._token_ended)
        topic = self.services.hub.join(channel)
        channel.reply(frame.ref, "ok", {"postgres_changes": []})
        if channel.config.presence and channel.reads.presence:
            channel.send("presence_state", topic.presence.state())
        if (
            channel.config.private
            and channel.config.replay_since is not None
            and channel.reads.broadcast
        ):
            await self.services.hub.replay(channel)

    async def _may_join(self, channel: Channel) -> bool:
        """Ask the policies; keeps what may be read in the channel."""
        if not channel.config.private:
            return True
        try:
            reads = await authorize.may_read(self.services.database, channel.caller, channel.name)
        except PROBLEMS_OF_CONNECTION:
            raise
        except asyncpg.PostgresError:
            return False
        channel.reads = reads
        return reads.broadcast or (reads.presence and channel.config.presence)

    async def _broadcast(self, channel: Channel, frame: Frame) -> None:
        said = frame.payload if isinstance(frame.payload, dict) else {}
        event, payload = said.get("event"), said.get("payload", {})
        text = payload if isinstance(payload, bytes) else json.dumps(payload, separators=(",", ":"))
        if not isinstance(event, str) or len(text) > LARGEST_BROADCAST:
            if channel.config.acknowledged:
                channel.reply(
                    frame.ref, "error", {"reason": "Payload is not acceptable or too large"}
                )
            return
        if not (await self._writes(channel)).broadcast:
            return
        self.services.hub.publish(
            Broadcast(channel.topic, event, text), private=channel.config.private, sender=channel
        )
        if channel.config.acknowledged:
            channel.reply(frame.ref, "ok", {})

    async def _presence(self, channel: Channel, frame: Frame) -> None:
        said = frame.payload if isinstance(frame.payload, dict) else {}
        if channel.presence_too_often():
            self._shut(channel, "Client presence rate limit exceeded")
            return
        wanted, payload = said.get("event"), said.get("payload") or {}
        if wanted not in {"track", "untrack"} or not isinstance(payload, dict):
            channel.reply(frame.ref, "error", {"reason": "unknown presence event"})
            return
        if wanted == "track" and not (await self._writes(channel)).presence:
            channel.reply(frame.ref, "error", {"reason": "Unauthorized"})
            return
        channel.reply(frame.ref, "ok", {})
        if wanted == "track":
            self.services.hub.track(channel, payload)
        else:
            self.services.hub.untrack(channel)

    async def _access_token(self, channel: Channel, frame: Frame) -> None:
        """A new token: everything that was allowed with the old one is asked again."""
        try:
            caller = self._caller_of(frame.payload)
        except BadToken as error:
            self._shut(channel, f"InvalidJWTToken: {error}")
            return
        channel.become(caller, self._token_ended)
        if not await self._may_join(channel):
            self._shut(channel, "You no longer have permission to read from this Channel topic")

    async def _leave(self, channel: Channel, frame: Frame) -> None:
        self._forget(channel)
        channel.reply(frame.ref, "ok", {})
        channel.send("phx_close", {}, channel.join_ref)

    async def _writes(self, channel: Channel) -> authorize.Rights:
        if channel.writes is None:
            try:
                channel.writes = await authorize.may_write(
                    self.services.database, channel.caller, channel.name
                )
            except PROBLEMS_OF_CONNECTION:
                raise
            except asyncpg.PostgresError:
                return authorize.Rights(broadcast=False, presence=False)
        return channel.writes

    def _token_ended(self, channel: Channel) -> None:
        self._shut(channel, "Token has expired")

    def _shut(self, channel: Channel, message: str) -> None:
        """End a channel from our side; the client is told why."""
        name = channel.name
        channel.send(
            "system",
            {"extension": "system", "status": "error", "message": message, "channel": name},
        )
        self._forget(channel)
        channel.send("phx_close", {}, channel.join_ref)

    def _forget(self, channel: Channel) -> None:
        channel.stop_clock()
        self.services.hub.leave(channel)
        if self._channels.get(channel.topic) is channel:
            del self._channels[channel.topic]

    def _reason_against(self, frame: Frame) -> str:
        if (
            not frame.topic.startswith(PREFIX)
            or len(frame.topic) == len(PREFIX)
            or "\0" in frame.topic
        ):
            return "unmatched topic"
        if len(self._channels) >= MOST_CHANNELS:
            return "ChannelRateLimitReached: Too many channels"
        if parse_config(frame.payload).database_changes:
            return "NotImplemented: The local stand-in does not send postgres_changes"
        return ""

    def _caller_of(self, payload: object) -> Caller:
        """The caller that a frame's token names, else the socket's. Raises BadToken."""
        token = payload.get("access_token") if isinstance(payload, dict) else None
        if not isinstance(token, str) or not token or token.startswith("sb_"):
            if self.caller.expired(time.time()):
                raise BadToken("expired", "Token has expired")
            return self.caller
        return self.services.doorkeeper.caller_of_token(token, skew=0)

    def _reply(self, frame: Frame, status: str, response: object) -> None:
        """Answer a frame that belongs to no channel."""
        payload = {"status": status, "response": response}
        self.send(Frame(frame.topic, "phx_reply", payload, frame.ref, frame.join_ref))
