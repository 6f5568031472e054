"""What a caller may do on a private topic, as the policies on `realtime.messages` say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.caller import Caller
    from gateway.database import Database

QUERY = "select gateway.authorize($1, $2, $3, $4, $5)"


@dataclass(frozen=True, slots=True)
class Rights:
    """What is allowed on one topic."""

    broadcast: bool
    presence: bool


EVERYTHING = Rights(broadcast=True, presence=True)


async def may_read(database: Database, caller: Caller, topic: str) -> Rights:
    """Whether the caller may hear broadcasts and see presence."""
    return await _ask(database, caller, topic, writing=False)


async def may_write(database: Database, caller: Caller, topic: str) -> Rights:
    """Whether the caller may broadcast and track presence."""
    return await _ask(database, caller, topic, writing=True)


async def _ask(database: Database, caller: Caller, topic: str, *, writing: bool) -> Rights:
    flags: str = await database.admin.fetchval(
        QUERY, topic, caller.role, caller.claims_text, caller.user_id, writing
    )
    return Rights(broadcast="b" in flags, presence="p" in flags)
