"""JSON of the SQL API (docs/sql-api.md) to model objects and back: once, here, at the edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, cast

from desk.model.agent import Agent, Desk, Me
from desk.model.chat import Chat, Offer, Visitor, WebPage
from desk.model.message import Message

Json = Mapping[str, Any]


def moment(text: str) -> datetime:
    """A timestamp of PostgREST or Postgres's jsonb as an aware datetime."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _maybe(text: str | None) -> datetime | None:
    return moment(text) if text else None


def chat_of(row: Json) -> Chat:
    """A *desk chat*."""
    plain = {name: row[name] for name in _CHAT_PLAIN if row.get(name) is not None}
    times = {name: _maybe(row.get(name)) for name in _CHAT_TIMES}
    offer, page = row.get("offer"), row.get("page") or {}
    return Chat(
        **plain,
        **cast("dict[str, Any]", times),
        started_at=moment(row["started_at"]),
        visitor=_visitor(row["visitor"]),
        page=WebPage(page.get("url") or "", page.get("title") or ""),
        offer=offer_of(offer) if offer else None,
    )


def message_of(row: Json) -> Message:
    """A message row, or the payload of `message_sent`."""
    data = cast("Mapping[str, object]", row.get("data") or {})
    return Message(
        chat_id=row["chat_id"],
        seq=row["seq"],
        id=row["id"],
        author=row["author"],
        body=row.get("body") or "",
        created_at=moment(row["created_at"]),
        agent_id=row.get("agent_id"),
        author_name=row.get("author_name"),
        event=row.get("event"),
        data={key: str(value) for key, value in data.items() if value is not None},
        cut=bool(row.get("cut")),
    )


def desk_of(answer: Json) -> Desk:
    """The answer of `my_desk()`."""
    return Desk(
        server_time=moment(answer["server_time"]),
        me=_me(answer["me"]),
        workspace_name=answer["workspace"]["name"],
        agents=tuple(_agent(row) for row in answer.get("agents") or ()),
        ringing=tuple(chat_of(row) for row in answer.get("ringing") or ()),
        active=tuple(chat_of(row) for row in answer.get("active") or ()),
    )


def json_of(value: object) -> Any:
    """A model object as the JSON that the functions above read back (for the cache)."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [json_of(item) for item in cast("tuple[object, ...]", value)]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: json_of(getattr(value, field.name)) for field in fields(value)}
    return value


def json_of_desk(desk: Desk) -> Any:
    """A desk in the shape of `my_desk()`'s answer."""
    return json_of(desk) | {"workspace": {"name": desk.workspace_name}}


_CHAT_TIMES = ("last_message_at", "ring_started_at", "ring_until", "accepted_at", "ended_at")
_CHAT_PLAIN = tuple(
    field.name
    for field in fields(Chat)
    if field.name not in {*_CHAT_TIMES, "started_at", "visitor", "page", "offer"}
)
_VISITOR = tuple(field.name for field in fields(Visitor))
_ME = tuple(field.name for field in fields(Me) if field.name != "status_until")
_AGENT = tuple(field.name for field in fields(Agent))


def _visitor(row: Json) -> Visitor:
    return Visitor(**{name: row[name] for name in _VISITOR if row.get(name) is not None})


def offer_of(row: Json) -> Offer:
    """The offer in a desk chat or in `offer_made`."""
    return Offer(row["id"], moment(row["expires_at"]), _maybe(row.get("offered_at")))


def _me(row: Json) -> Me:
    plain = {name: row[name] for name in _ME if row.get(name) is not None}
    return Me(**plain, status_until=_maybe(row.get("status_until")))


def _agent(row: Json) -> Agent:
    return Agent(**{name: row[name] for name in _AGENT if row.get(name) is not None})
