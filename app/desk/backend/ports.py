"""What stores may ask of the outside world. Every method may raise a `BackendError`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from desk.model.agent import Desk, Status
    from desk.model.chat import Chat
    from desk.model.message import Draft, Message

Event = Mapping[str, Any]
OnEvent = Callable[[str, Event], None]
CatchUp = Callable[[], Awaitable[None]]
LinkState = Literal["connecting", "connected", "reconnecting"]


@dataclass(frozen=True, slots=True)
class Sent:
    """The server's receipt for a message."""

    id: str
    seq: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StatusNow:
    """What the server holds as the agent's status."""

    status: Status
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Device:
    """This installation of the app; `id` is made once and kept."""

    id: str
    platform: str
    name: str


@dataclass(frozen=True, slots=True)
class After:
    """Where a keyset page of the history goes on: the last row of the page before."""

    ended_at: datetime
    chat_id: str


class SignInPort(Protocol):
    """Who the person at this device is."""

    async def restore(self) -> str | None:
        """The user's id when a session is kept here, else None. Works without a network."""
        ...

    async def sign_in(self, email: str, password: str) -> str:
        """The user's id; raises WrongPassword."""
        ...

    async def sign_out(self) -> None:
        """Forget the session here, and on the server when it can be reached."""
        ...


class ChatsPort(Protocol):
    """Chats and their messages."""

    async def desk(self) -> Desk:
        """Everything the app starts from; raises NotAnAgent."""
        ...

    async def chat(self, chat_id: str) -> Chat: ...

    async def accept(self, chat_id: str, over_limit: bool = False) -> Chat: ...

    async def decline(self, chat_id: str, reason: str | None = None) -> None: ...

    async def undo_decline(self, chat_id: str) -> None: ...

    async def end(self, chat_id: str) -> None: ...

    async def mark_read(self, chat_id: str, seq: int) -> None: ...

    async def send(self, chat_id: str, message_id: str, body: str) -> Sent: ...

    async def messages_since(self, chat_id: str, seq: int) -> tuple[Message, ...]:
        """Everything after `seq`, ascending, however many pages that takes."""
        ...

    async def messages_before(self, chat_id: str, seq: int, count: int) -> tuple[Message, ...]:
        """The last `count` messages before `seq`, ascending."""
        ...


class HistoryPort(Protocol):
    """Finished chats."""

    async def search(self, text: str, after: After | None, count: int) -> tuple[Chat, ...]:
        """One page, newest end first."""
        ...


class PresencePort(Protocol):
    """Whether and how this agent is there."""

    async def set_status(self, status: Status) -> StatusNow: ...

    async def register_device(self, device: Device) -> None: ...

    async def device_seen(self, device_id: str) -> StatusNow: ...

    async def forget_device(self, device_id: str) -> None: ...


class Watch(Protocol):
    """One joined topic, kept joined until it is closed."""

    def close(self) -> None: ...


class LivePort(Protocol):
    """Realtime. Events are an optimisation; `catch_up` runs after every (re)join."""

    def open(self, on_state: Callable[[LinkState], None]) -> None:
        """Begin; `on_state` hears every change of the link."""
        ...

    def watch(
        self,
        topic: str,
        on_event: OnEvent,
        catch_up: CatchUp | None = None,
        *,
        essential: bool = False,
    ) -> Watch:
        """Keep a topic joined; the link counts as connected when every essential one is."""
        ...

    def say(self, topic: str, event: str, payload: Event) -> None:
        """Send to a watched topic if it is joined now; otherwise drop it."""
        ...

    def wake(self) -> None:
        """The device slept or the network changed: check the link now."""
        ...

    async def close(self) -> None: ...


class CachePort(Protocol):
    """The device's own memory: what to show before the network answers."""

    def desk(self) -> Desk | None: ...

    def keep_desk(self, desk: Desk) -> None: ...

    def messages(self, chat_id: str) -> tuple[Message, ...]: ...

    def keep_messages(self, chat_id: str, messages: tuple[Message, ...]) -> None: ...

    def device_id(self) -> str: ...

    def forget(self) -> None:
        """Remove everything that belongs to the signed-in person."""
        ...


class OutboxPort(Protocol):
    """Messages on their way: kept until the server has them, sent in order and once."""

    def drafts(self, chat_id: str) -> tuple[Draft, ...]: ...

    def put(self, draft: Draft) -> None: ...

    def retry(self, draft_id: str) -> None: ...

    def discard(self, draft_id: str) -> None: ...

    def nudge(self) -> None:
        """The network may be back: try now."""
        ...

    async def run(self) -> None:
        """Send what waits until cancelled; what is refused is marked as failed."""
        ...

    def on_sent(self, listener: Callable[[Draft, Sent], None]) -> Callable[[], None]: ...

    def on_change(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """`listener` hears the id of each chat whose drafts changed."""
        ...


class SessionStorage(Protocol):
    """Where the session's tokens are kept: the device's database, or one browser."""

    async def get_item(self, key: str) -> str | None: ...

    async def set_item(self, key: str, value: str) -> None: ...

    async def remove_item(self, key: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything a session needs of the outside world, handed to the stores."""

    sign_in: SignInPort
    chats: ChatsPort
    history: HistoryPort
    presence: PresencePort
    live: LivePort
    cache: CachePort
    outbox: OutboxPort
    close: Callable[[], Awaitable[None]]
