"""The device's own database: the last desk, the last messages of each chat, the outbox's table.

Opened before anything is painted and before supabase is imported. On the web it lives in memory,
because the server that draws the app serves many people and must keep nothing of theirs.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

from desk.backend.rows import desk_of, json_of, json_of_desk, message_of

if TYPE_CHECKING:
    from pathlib import Path

    from desk.model.agent import Desk
    from desk.model.message import Message

log = logging.getLogger(__name__)

KEPT_MESSAGES = 60
"""Messages kept for each chat: one window."""

_TABLES = """
create table if not exists facts (name text primary key, value text not null) without rowid;
create table if not exists messages (
  chat_id text primary key, body text not null, kept_at integer not null default (unixepoch())
) without rowid;
create table if not exists outbox (
  place integer primary key, id text not null unique, chat_id text not null, body text not null,
  written_at text not null, failed text
);
create table if not exists tokens (name text primary key, value text not null) without rowid;
"""


def open_database(folder: Path | None) -> sqlite3.Connection:
    """The app's database in `folder`, or in memory; a broken file is put aside and made anew."""
    if folder is None:
        return _prepared(sqlite3.connect(":memory:", check_same_thread=False))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "desk.sqlite3"
    try:
        return _opened(path)
    except sqlite3.DatabaseError:
        log.exception("The cache %s is broken and was put aside", path)
        path.replace(path.with_suffix(".broken"))
        return _opened(path)


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, timeout=5)
    with suppress(OSError):
        os.chmod(path, 0o600)
    try:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        return _prepared(connection)
    except sqlite3.DatabaseError:
        connection.close()
        raise


def _prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.isolation_level = None
    connection.executescript(_TABLES)
    return connection


class Cache:
    """What the app shows before the network answers. All calls are short and synchronous."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def desk(self) -> Desk | None:
        """The last desk that was kept; None when there is none or it has another shape."""
        text = self._fact("desk")
        if text is None:
            return None
        try:
            return desk_of(json.loads(text))
        except (KeyError, TypeError, ValueError):
            return None

    def keep_desk(self, desk: Desk) -> None:
        """Keep `desk` for the next start."""
        self._keep("desk", json.dumps(json_of_desk(desk)))

    def messages(self, chat_id: str) -> tuple[Message, ...]:
        """The last messages kept for a chat, ascending."""
        row = self._database.execute(
            "select body from messages where chat_id = ?", (chat_id,)
        ).fetchone()
        if row is None:
            return ()
        try:
            return tuple(message_of(item) for item in json.loads(row[0]))
        except (KeyError, TypeError, ValueError):
            return ()

    def keep_messages(self, chat_id: str, messages: tuple[Message, ...]) -> None:
        """Keep the end of a chat."""
        text = json.dumps(json_of(messages[-KEPT_MESSAGES:]))
        self._database.execute(
            "insert or replace into messages (chat_id, body) values (?, ?)", (chat_id, text)
        )

    def device_id(self) -> str:
        """This installation's id: made once."""
        known = self._fact("device_id")
        if known is None:
            import uuid

            known = str(uuid.uuid4())
            self._keep("device_id", known)
        return known

    def forget(self) -> None:
        """Remove everything that belongs to the signed-in person; the device's id stays."""
        self._database.execute("delete from facts where name <> 'device_id'")
        for table in ("messages", "outbox", "tokens"):
            self._database.execute(f"delete from {table}")

    def _fact(self, name: str) -> str | None:
        row = self._database.execute("select value from facts where name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def _keep(self, name: str, value: str) -> None:
        self._database.execute(
            "insert or replace into facts (name, value) values (?, ?)", (name, value)
        )


class DeviceStorage:
    """The session's tokens in the device's database (a file that only its owner can read)."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    async def get_item(self, key: str) -> str | None:
        """The value kept under `key`."""
        row = self._database.execute("select value from tokens where name = ?", (key,)).fetchone()
        return str(row[0]) if row else None

    async def set_item(self, key: str, value: str) -> None:
        """Keep `value` under `key`."""
        self._database.execute(
            "insert or replace into tokens (name, value) values (?, ?)", (key, value)
        )

    async def remove_item(self, key: str) -> None:
        """Forget `key`."""
        self._database.execute("delete from tokens where name = ?", (key,))
