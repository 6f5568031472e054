"""Turns messages into the rows of a chat window: day separators, system lines, grouped bubbles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, TypeAlias

from desk.model.message import Draft, Message, SendState, send_state

if TYPE_CHECKING:
    from desk.model.chat import Author

GROUP_GAP = timedelta(minutes=3)
"""A pause longer than this starts a new group of bubbles."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the rows: their time zone (None: the device's), and which messages are theirs."""

    zone: tzinfo | None = None
    agent_id: str | None = None
    visitor_read_seq: int = 0

    def wrote(self, message: Message) -> bool:
        """Whether the reader is the agent who wrote it: then the name says nothing new."""
        return self.agent_id is not None and message.agent_id == self.agent_id


@dataclass(frozen=True, slots=True)
class DayRow:
    """A line that says which day begins."""

    day: date


@dataclass(frozen=True, slots=True)
class SystemRow:
    """One sentence of the chat itself, such as "Ann has joined the chat"."""

    message: Message


@dataclass(frozen=True, slots=True)
class BubbleRow:
    """One bubble. `opens` and `closes` tell its place in a group by one author."""

    id: str
    author: Author
    body: str
    at: datetime
    opens: bool
    closes: bool
    name: str | None = None
    state: SendState | None = None
    failed: str | None = None


Row: TypeAlias = DayRow | SystemRow | BubbleRow


def row_key(row: Row) -> str:
    """The row's identity in the list: the same across redraws."""
    if isinstance(row, DayRow):
        return f"day-{row.day.isoformat()}"
    return row.message.id if isinstance(row, SystemRow) else row.id


@dataclass(frozen=True, slots=True)
class _Line:
    """What grouping needs of a message or a draft."""

    id: str
    author: Author
    name: str | None
    body: str
    at: datetime
    state: SendState | None
    failed: str | None = None
    system: Message | None = None


def rows_of(
    messages: tuple[Message, ...],
    drafts: tuple[Draft, ...],
    reader: Reader,
) -> tuple[Row, ...]:
    """The rows of a window, oldest first."""
    confirmed = {message.id for message in messages}
    lines = [_stored(message, reader) for message in messages]
    lines += [_unsent(draft, reader.zone) for draft in drafts if draft.id not in confirmed]
    rows: list[Row] = []
    for index, line in enumerate(lines):
        before = lines[index - 1] if index else None
        after = lines[index + 1] if index + 1 < len(lines) else None
        if before is None or before.at.date() != line.at.date():
            rows.append(DayRow(line.at.date()))
        rows.append(_row(line, before, after))
    return tuple(rows)


def _row(line: _Line, before: _Line | None, after: _Line | None) -> Row:
    if line.system is not None:
        return SystemRow(line.system)
    return BubbleRow(
        id=line.id,
        author=line.author,
        body=line.body,
        at=line.at,
        opens=not _together(before, line),
        closes=not _together(line, after),
        name=line.name,
        state=line.state,
        failed=line.failed,
    )


def _together(first: _Line | None, second: _Line | None) -> bool:
    """Whether two lines belong to one group: one author, one day, little time between."""
    if first is None or second is None or first.system or second.system:
        return False
    return (
        first.author == second.author
        and (first.name == second.name or not (first.name and second.name))
        and first.at.date() == second.at.date()
        and second.at - first.at <= GROUP_GAP
    )


def _stored(message: Message, reader: Reader) -> _Line:
    mine = message.author == "agent"
    return _Line(
        id=message.id,
        author=message.author,
        name=message.author_name if mine and not reader.wrote(message) else None,
        body=message.body,
        at=message.created_at.astimezone(reader.zone),
        state=send_state(message, reader.visitor_read_seq) if mine else None,
        system=message if message.author == "system" else None,
    )


def _unsent(draft: Draft, zone: tzinfo | None) -> _Line:
    return _Line(
        id=draft.id,
        author="agent",
        name=None,
        body=draft.body,
        at=draft.written_at.astimezone(zone),
        state="failed" if draft.failed else "queued",
        failed=draft.failed,
    )
