"""Small stand-ins for the ports, handed in; the cache and the outbox are the real ones."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from desk.backend.cache import Cache, open_database
from desk.backend.errors import BackendError, NotFound
from desk.backend.outbox import Outbox
from desk.backend.ports import After, Device, Event, LinkState, Ports, Sent, StatusNow
from tests.app.support import make

if TYPE_CHECKING:
    from collections.abc import Callable

    from desk.model.agent import Desk, Status
    from desk.model.chat import Chat
    from desk.model.message import Message


class Server:
    """What all fakes share: the truth, the errors to raise, and the calls that came."""

    def __init__(self, desk: Desk | None = None) -> None:
        self.desk = desk or make.desk()
        self.chats: dict[str, Chat] = {}
        self.messages: dict[str, list[Message]] = {}
        self.history: list[Chat] = []
        self.calls: list[tuple[str, Any]] = []
        self.errors: dict[str, BackendError] = {}

    def add(self, chat: Chat, *messages: Message) -> Chat:
        """Make a chat known."""
        self.chats[chat.id] = chat
        self.messages[chat.id] = list(messages)
        return chat

    def called(self, name: str, detail: Any = None) -> None:
        """Note a call, or raise what was ordered for it."""
        self.calls.append((name, detail))
        error = self.errors.get(name) or self.errors.get("*")
        if error is not None:
            raise error

    def count(self, name: str) -> int:
        """How often a call came."""
        return sum(1 for call, _ in self.calls if call == name)


@dataclass
class FakeSignIn:
    """Knows one password."""

    server: Server
    kept: str | None = "u-ann"

    async def restore(self) -> str | None:
        return self.kept

    async def sign_in(self, email: str, password: str) -> str:
        self.server.called("sign_in", (email, password))
        return "u-ann"

    async def sign_out(self) -> None:
        self.server.called("sign_out")


@dataclass
class FakeChats:
    """ChatsPort over `server`."""

    server: Server

    async def desk(self) -> Desk:
        self.server.called("desk")
        return replace(self.server.desk, server_time=datetime.now(UTC))

    async def chat(self, chat_id: str) -> Chat:
        self.server.called("chat", chat_id)
        if chat_id not in self.server.chats:
            raise NotFound
        return self.server.chats[chat_id]

    async def accept(self, chat_id: str, over_limit: bool = False) -> Chat:
        self.server.called("accept_anyway" if over_limit else "accept", chat_id)
        mine = replace(
            self.server.chats[chat_id], status="active", agent_id="a-ann", agent_name="Ann Lee"
        )
        self.server.chats[chat_id] = mine
        return mine

    async def decline(self, chat_id: str, reason: str | None = None) -> None:
        self.server.called("decline", (chat_id, reason))

    async def undo_decline(self, chat_id: str) -> None:
        self.server.called("undo_decline", chat_id)

    async def end(self, chat_id: str) -> None:
        self.server.called("end", chat_id)
        chat = self.server.chats[chat_id]
        self.server.chats[chat_id] = replace(chat, status="ended", ended_at=datetime.now(UTC))

    async def mark_read(self, chat_id: str, seq: int) -> None:
        self.server.called("mark_read", (chat_id, seq))

    async def send(self, chat_id: str, message_id: str, body: str) -> Sent:
        self.server.called("send", (chat_id, message_id, body))
        kept = self.server.messages.setdefault(chat_id, [])
        for message in kept:
            if message.id == message_id:
                return Sent(message_id, message.seq, message.created_at)
        message = make.message(
            len(kept) + 1,
            body,
            chat_id,
            id=message_id,
            author="agent",
            agent_id="a-ann",
            author_name="Ann Lee",
            created_at=datetime.now(UTC),
        )
        kept.append(message)
        known = self.server.chats[chat_id]
        self.server.chats[chat_id] = replace(known, last_seq=message.seq)
        return Sent(message_id, message.seq, message.created_at)

    async def messages_since(self, chat_id: str, seq: int) -> tuple[Message, ...]:
        self.server.called("messages_since", (chat_id, seq))
        return tuple(m for m in self.server.messages[chat_id] if m.seq > seq)

    async def messages_before(self, chat_id: str, seq: int, count: int) -> tuple[Message, ...]:
        self.server.called("messages_before", (chat_id, seq))
        return tuple(m for m in self.server.messages[chat_id] if m.seq < seq)[-count:]


@dataclass
class FakeHistory:
    """HistoryPort over `server`: a search finds words in the last text."""

    server: Server

    async def search(self, text: str, after: After | None, count: int) -> tuple[Chat, ...]:
        self.server.called("search", (text, after))
        found = [c for c in self.server.history if text.lower() in c.last_text.lower()]
        if after is not None:
            ids = [c.id for c in found]
            found = found[ids.index(after.chat_id) + 1 :]
        return tuple(found[:count])


@dataclass
class FakePresence:
    """PresencePort over `server`."""

    server: Server

    async def set_status(self, status: Status) -> StatusNow:
        self.server.called("set_status", status)
        self.server.desk = replace(self.server.desk, me=replace(self.server.desk.me, status=status))
        return StatusNow(status, None)

    async def register_device(self, device: Device) -> None:
        self.server.called("register_device", device)

    async def device_seen(self, device_id: str) -> StatusNow:
        self.server.called("device_seen", device_id)
        return StatusNow(self.server.desk.me.status, None)

    async def forget_device(self, device_id: str) -> None:
        self.server.called("forget_device", device_id)


@dataclass(eq=False)
class FakeWatch:
    """A topic that somebody listens to."""

    live: FakeLive
    topic: str
    on_event: Callable[[str, Event], None]
    catch_up: Any

    def close(self) -> None:
        if self in self.live.watches:
            self.live.watches.remove(self)


@dataclass
class FakeLive:
    """LivePort whose events the test sends."""

    watches: list[FakeWatch] = field(default_factory=list)
    said: list[tuple[str, str, Event]] = field(default_factory=list)
    on_state: Callable[[LinkState], None] = lambda _state: None

    def open(self, on_state: Callable[[LinkState], None]) -> None:
        self.on_state = on_state
        on_state("connected")

    def watch(
        self, topic: str, on_event: Any, catch_up: Any = None, *, essential: bool = False
    ) -> FakeWatch:
        watch = FakeWatch(self, topic, on_event, catch_up)
        self.watches.append(watch)
        return watch

    def say(self, topic: str, event: str, payload: Event) -> None:
        self.said.append((topic, event, payload))

    def wake(self) -> None:
        pass

    async def close(self) -> None:
        self.watches.clear()

    def hear(self, topic: str, event: str, payload: Event) -> None:
        """An event arrives."""
        for watch in tuple(self.watches):
            if watch.topic == topic:
                watch.on_event(event, payload)

    async def rejoin(self) -> None:
        """The link was lost and is back: every topic catches up."""
        for watch in tuple(self.watches):
            if watch.catch_up is not None:
                await watch.catch_up()
        self.on_state("connected")


def fake_ports(server: Server, signed_in: bool = True) -> tuple[Ports, FakeLive]:
    """All ports over one server, and the live one to send events with."""
    database, chats, live = open_database(None), FakeChats(server), FakeLive()

    async def close() -> None:
        database.close()

    ports = Ports(
        sign_in=FakeSignIn(server, "u-ann" if signed_in else None),
        chats=chats,
        history=FakeHistory(server),
        presence=FakePresence(server),
        live=live,
        cache=Cache(database),
        outbox=Outbox(database, chats.send),
        close=close,
    )
    return ports, live
