"""The signed-in agent, the colleagues, and what one call to the desk brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from desk.model.chat import Chat

Status = Literal["online", "away", "invisible", "offline"]
Role = Literal["owner", "admin", "agent"]
StatusReason = Literal["chosen", "missed_three", "until_passed"]

STATUSES: tuple[Status, ...] = ("online", "away", "invisible", "offline")


@dataclass(frozen=True, slots=True)
class Me:
    """The signed-in agent."""

    agent_id: str
    user_id: str
    workspace_id: str
    role: Role
    display_name: str
    status: Status
    title: str | None = None
    photo: str | None = None
    status_until: datetime | None = None
    max_chats: int = 0

    @property
    def may_exceed_limit(self) -> bool:
        """Admins and owners may take a chat over their limit (product.md 1.6)."""
        return self.role in ("owner", "admin")


@dataclass(frozen=True, slots=True)
class Agent:
    """A colleague in the workspace."""

    id: str
    user_id: str
    display_name: str
    role: Role
    online: bool
    title: str | None = None
    photo: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the app starts from: one answer of `my_desk()`."""

    server_time: datetime
    me: Me
    workspace_name: str
    agents: tuple[Agent, ...]
    ringing: tuple[Chat, ...]
    active: tuple[Chat, ...]
