"""Messages on their way: written to the database first, sent in order, each exactly once.

Once, because every try carries the UUID that was made when the message was written, and the
server answers a repeated UUID with the first receipt.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

from desk.backend.errors import BackendError, Broken, NetworkDown, SignedOut, TooMany
from desk.backend.ports import Sent
from desk.model.message import Draft

if TYPE_CHECKING:
    import sqlite3

log = logging.getLogger(__name__)

Send = Callable[[str, str, str], Awaitable[Sent]]
LONGEST_PAUSE = 3.0
TRIES_OF_BROKEN = 5
"""A message that the server keeps failing on is marked, so that it does not hold up the rest."""


class Outbox:
    """Owns the table `outbox`; `run` is its one sender."""

    def __init__(self, database: sqlite3.Connection, send: Send) -> None:
        self._database = database
        self._send = send
        self._work = asyncio.Event()
        self._broken: dict[str, int] = {}
        self._sent_listeners: list[Callable[[Draft, Sent], None]] = []
        self._change_listeners: list[Callable[[str], None]] = []

    def drafts(self, chat_id: str) -> tuple[Draft, ...]:
        """What the server has not confirmed in a chat, in the order it was written."""
        return self._read("where chat_id = ?", chat_id)

    def put(self, draft: Draft) -> None:
        """Keep a message and send it as soon as that is possible."""
        self._database.execute(
            "insert into outbox (id, chat_id, body, written_at) values (?, ?, ?, ?)",
            (draft.id, draft.chat_id, draft.body, draft.written_at.isoformat()),
        )
        self._changed(draft.chat_id)
        self.nudge()

    def retry(self, draft_id: str) -> None:
        """Try a failed message again."""
        self._broken.pop(draft_id, None)
        self._mark(draft_id, None)
        self.nudge()

    def discard(self, draft_id: str) -> None:
        """Give a message up."""
        found = self._read("where id = ?", draft_id)
        self._database.execute("delete from outbox where id = ?", (draft_id,))
        for draft in found:
            self._changed(draft.chat_id)

    def nudge(self) -> None:
        """Something may be sendable now: do not wait for the end of a pause."""
        self._work.set()

    def on_sent(self, listener: Callable[[Draft, Sent], None]) -> Callable[[], None]:
        """Hear each receipt, before the draft disappears."""
        self._sent_listeners.append(listener)
        return lambda: self._sent_listeners.remove(listener)

    def on_change(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Hear the id of each chat whose drafts changed."""
        self._change_listeners.append(listener)
        return lambda: self._change_listeners.remove(listener)

    async def run(self) -> None:
        """Send what waits, forever; cancelling it loses nothing."""
        pause = 0.5
        while True:
            self._work.clear()
            if await self._send_all():
                pause = 0.5
                await self._work.wait()
                continue
            wait = pause * random.uniform(0.7, 1.0)
            try:
                async with asyncio.timeout(wait):
                    await self._work.wait()
            except TimeoutError:
                pause = min(LONGEST_PAUSE, pause * 2)

    async def _send_all(self) -> bool:
        """Send in order until nothing waits (True) or something must wait (False)."""
        while waiting := self._read("where failed is null order by place limit 1"):
            if not await self._send_one(waiting[0]):
                return False
        return True

    async def _send_one(self, draft: Draft) -> bool:
        """Whether the next message may be tried at once."""
        try:
            receipt = await self._send(draft.chat_id, draft.id, draft.body)
        except (NetworkDown, SignedOut, TooMany):
            return False
        except Broken:
            tries = self._broken[draft.id] = self._broken.get(draft.id, 0) + 1
            if tries < TRIES_OF_BROKEN:
                return False
            self._mark(draft.id, Broken.word)
        except BackendError as error:
            log.warning("A message was refused: %s", error.word)
            self._mark(draft.id, error.word)
        else:
            self._confirm(draft, receipt)
        return True

    def _confirm(self, draft: Draft, receipt: Sent) -> None:
        self._database.execute("delete from outbox where id = ?", (draft.id,))
        for listener in tuple(self._sent_listeners):
            listener(draft, receipt)
        self._changed(draft.chat_id)

    def _mark(self, draft_id: str, failed: str | None) -> None:
        self._database.execute("update outbox set failed = ? where id = ?", (failed, draft_id))
        for draft in self._read("where id = ?", draft_id):
            self._changed(draft.chat_id)

    def _changed(self, chat_id: str) -> None:
        for listener in tuple(self._change_listeners):
            listener(chat_id)

    def _read(self, condition: str, *values: str) -> tuple[Draft, ...]:
        order = "" if "order by" in condition else " order by place"
        rows = self._database.execute(
            f"select id, chat_id, body, written_at, failed from outbox {condition}{order}",
            values,
        )
        return tuple(
            Draft(row[0], row[1], row[2], datetime.fromisoformat(row[3]), row[4]) for row in rows
        )
