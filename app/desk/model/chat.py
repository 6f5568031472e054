"""A chat as an agent sees it, with its visitor and the offer that rings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

ChatStatus = Literal["ringing", "active", "ended", "missed", "offline"]
EndedBy = Literal["visitor", "agent", "system"]
MissedReason = Literal["no_answer", "all_declined", "visitor_left", "visitor_closed", "agent_lost"]
Author = Literal["visitor", "agent", "system"]

LIVE: frozenset[ChatStatus] = frozenset({"ringing", "active"})


@dataclass(frozen=True, slots=True)
class Visitor:
    """The person who pressed the bell; every field but `id` may be unknown."""

    id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    country: str | None = None
    device: str | None = None
    timezone: str | None = None
    chats: int = 0


@dataclass(frozen=True, slots=True)
class WebPage:
    """The page of the site that the visitor looks at."""

    url: str = ""
    title: str = ""

    @property
    def short(self) -> str:
        """The title, or the address without its scheme when the page has no title."""
        return self.title or self.url.partition("://")[2].rstrip("/") or self.url


@dataclass(frozen=True, slots=True)
class Offer:
    """One ring of one chat at one agent; it stops by itself at `expires_at`."""

    id: str
    expires_at: datetime
    offered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Chat:
    """A *desk chat* (docs/sql-api.md). `offer` is set while it rings at the signed-in agent."""

    id: str
    workspace_id: str
    site_name: str
    status: ChatStatus
    visitor: Visitor
    started_at: datetime
    site_id: str = ""
    department_id: str | None = None
    department_name: str | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    page: WebPage = WebPage()
    first_text: str = ""
    last_text: str = ""
    last_author: Author | None = None
    last_message_at: datetime | None = None
    last_seq: int = 0
    agent_read_seq: int = 0
    visitor_read_seq: int = 0
    unread: int = 0
    ring_started_at: datetime | None = None
    ring_until: datetime | None = None
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: EndedBy | None = None
    missed_reason: MissedReason | None = None
    wait_seconds: float | None = None
    rating: int | None = None
    visitor_here: bool = True
    offer: Offer | None = None

    @property
    def live(self) -> bool:
        """Whether somebody can still write in it."""
        return self.status in LIVE

    @property
    def touched_at(self) -> datetime:
        """When anything last happened in it: what lists are sorted by."""
        return self.last_message_at or self.accepted_at or self.started_at


def waiting_seconds(chat: Chat, now: datetime) -> int:
    """Whole seconds the visitor has waited since the ring began; never negative."""
    since = chat.ring_started_at or chat.started_at
    return max(0, int((now - since).total_seconds()))


def ringing_order(chats: tuple[Chat, ...]) -> tuple[Chat, ...]:
    """The oldest waiting chat goes first (product.md 1.4)."""
    return tuple(sorted(chats, key=lambda chat: chat.ring_started_at or chat.started_at))


def latest_first(chats: tuple[Chat, ...]) -> tuple[Chat, ...]:
    """Active chats in the order of their last message."""
    return tuple(sorted(chats, key=lambda chat: chat.touched_at, reverse=True))


def capped(count: int) -> str:
    """A badge's text: nothing for zero, and never more than 99+."""
    if count <= 0:
        return ""
    return "99+" if count > 99 else str(count)


def talk_seconds(chat: Chat) -> int:
    """How long a chat was talked in: from its acceptance to its end, 0 if nobody accepted."""
    if chat.accepted_at is None or chat.ended_at is None:
        return 0
    return max(0, int((chat.ended_at - chat.accepted_at).total_seconds()))
