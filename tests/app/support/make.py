"""Believable model objects with as little typing as possible."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from desk.model.agent import Agent, Desk, Me
from desk.model.chat import Chat, Offer, Visitor, WebPage
from desk.model.message import Message

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def me(**changes: Any) -> Me:
    """Ann, an agent who is online."""
    values: dict[str, Any] = {
        "agent_id": "a-ann",
        "user_id": "u-ann",
        "workspace_id": "w1",
        "role": "agent",
        "display_name": "Ann Lee",
        "status": "online",
        "max_chats": 3,
    }
    return Me(**{**values, **changes})


def chat(chat_id: str = "c1", **changes: Any) -> Chat:
    """A chat that rings, unless `changes` say otherwise."""
    values: dict[str, Any] = {
        "id": chat_id,
        "workspace_id": "w1",
        "site_name": "Oak & Linen",
        "status": "ringing",
        "visitor": Visitor(f"v-{chat_id}", name="Maya Torres", country="ES", device="phone"),
        "started_at": NOW,
        "page": WebPage("https://oak.example/sofas", "Sofas"),
        "first_text": "Hello, is the linen sofa in stock?",
        "last_text": "Hello, is the linen sofa in stock?",
        "last_author": "visitor",
        "last_message_at": NOW,
        "last_seq": 1,
        "unread": 1,
    }
    return Chat(**{**values, **changes})


def active(chat_id: str = "c1", **changes: Any) -> Chat:
    """A chat that Ann talks in."""
    values: dict[str, Any] = {
        "status": "active",
        "agent_id": "a-ann",
        "agent_name": "Ann Lee",
        "accepted_at": NOW,
    }
    return chat(chat_id, **{**values, **changes})


def offer(seconds: float = 30, since: datetime = NOW) -> Offer:
    """An offer that ends in `seconds`."""
    return Offer("o1", since + timedelta(seconds=seconds), since)


def message(seq: int, body: str = "", chat_id: str = "c1", **changes: Any) -> Message:
    """Message number `seq`, by the visitor unless `changes` say otherwise."""
    values: dict[str, Any] = {
        "chat_id": chat_id,
        "seq": seq,
        "id": f"{chat_id}-m{seq}",
        "author": "visitor",
        "body": body or f"message {seq}",
        "created_at": NOW + timedelta(seconds=seq),
    }
    return Message(**{**values, **changes})


def desk(**changes: Any) -> Desk:
    """An empty desk of Ann's."""
    values: dict[str, Any] = {
        "server_time": datetime.now(UTC),
        "me": me(),
        "workspace_name": "Oak & Linen",
        "agents": (Agent("a-ann", "u-ann", "Ann Lee", "agent", True),),
        "ringing": (),
        "active": (),
    }
    return Desk(**{**values, **changes})
