"""Messages of one chat: order, gaps and what the agent wrote but the server has not confirmed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from desk.model.chat import Author

SystemEvent = Literal["agent_joined", "chat_ended", "chat_missed", "nobody_there", "rings_again"]
SendState = Literal["queued", "sent", "read", "failed"]

LONGEST = 10_000
"""Characters in one message (product.md 2)."""


@dataclass(frozen=True, slots=True)
class Message:
    """A stored message. `seq` starts at 1 in each chat and has no gaps."""

    chat_id: str
    seq: int
    id: str
    author: Author
    body: str
    created_at: datetime
    agent_id: str | None = None
    author_name: str | None = None
    event: SystemEvent | None = None
    data: dict[str, str] = field(default_factory=dict[str, str])
    cut: bool = False
    """The body was shortened on its way; the database has the rest."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message written here that the server has not confirmed yet."""

    id: str
    chat_id: str
    body: str
    written_at: datetime
    failed: str | None = None
    """The stable word of the refusal, or None while it is only queued."""


def merge(known: tuple[Message, ...], news: Iterable[Message]) -> tuple[Message, ...]:
    """Put `news` in their places by `seq`; a whole message replaces one that was cut."""
    fresh = list(news)
    if known and len(fresh) == 1 and fresh[0].seq == known[-1].seq + 1:
        return (*known, fresh[0])
    by_seq = {message.seq: message for message in known}
    for message in fresh:
        held = by_seq.get(message.seq)
        if held is None or held.cut or not message.cut:
            by_seq[message.seq] = message
    merged = tuple(by_seq[seq] for seq in sorted(by_seq))
    return known if merged == known else merged


def contiguous_until(messages: tuple[Message, ...]) -> int:
    """The last `seq` before the first gap (0 when empty): where a catch-up starts."""
    if not messages:
        return 0
    last = messages[0].seq
    for message in messages[1:]:
        if message.seq != last + 1:
            return last
        last = message.seq
    return last


def has_gap(messages: tuple[Message, ...]) -> bool:
    """Whether a message between the first and the last is missing."""
    return bool(messages) and messages[-1].seq - messages[0].seq + 1 != len(messages)


def send_state(message: Message, visitor_read_seq: int) -> SendState:
    """How far an agent's stored message has come."""
    return "read" if message.seq <= visitor_read_seq else "sent"
