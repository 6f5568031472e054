"""Rows, errors, the cache and the outbox."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from postgrest.exceptions import APIError
from supabase_auth.errors import AuthApiError, AuthRetryableError

from desk.backend.cache import Cache, DeviceStorage, open_database
from desk.backend.connect import translated
from desk.backend.errors import (
    AtLimit,
    BackendError,
    Broken,
    Ended,
    NetworkDown,
    Refused,
    SignedOut,
    Taken,
)
from desk.backend.outbox import Outbox
from desk.backend.ports import Sent
from desk.backend.rows import chat_of, desk_of, json_of, json_of_desk, message_of
from desk.model.message import Draft
from desk.strings import CATALOGS
from tests.app.support import make

if TYPE_CHECKING:
    from pathlib import Path


def test_a_desk_survives_json_and_back() -> None:
    desk = make.desk(
        ringing=(make.chat(offer=make.offer()),),
        active=(make.active("c2", ended_at=None, wait_seconds=2.5),),
    )
    assert desk_of(json.loads(json.dumps(json_of_desk(desk)))) == desk


def test_a_message_survives_json_and_back() -> None:
    message = make.message(3, author="system", event="agent_joined", data={"agent_name": "Ann"})
    assert message_of(json.loads(json.dumps(json_of(message)))) == message


def test_a_desk_chat_with_nothing_optional_is_read() -> None:
    row: dict[str, Any] = {
        "id": "c1",
        "workspace_id": "w1",
        "site_name": "Shop",
        "status": "ringing",
        "visitor": {"id": "v1", "name": None},
        "started_at": "2026-11-22T10:00:00.5+00:00",
        "page": None,
        "rating": None,
    }
    chat = chat_of(row)
    assert chat.visitor.name is None
    assert chat.page.short == ""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (APIError({"code": "PT409", "hint": "taken", "details": "Ben", "message": "x"}), Taken),
        (APIError({"code": "PT409", "hint": "at_limit", "message": "x"}), AtLimit),
        (APIError({"code": "P0001", "hint": None, "message": "x"}), Broken),
        (APIError({"code": "502", "message": "Bad gateway"}), NetworkDown),
        (APIError({"code": "PGRST303", "message": "JWT expired"}), SignedOut),
        (httpx.ConnectError("refused"), NetworkDown),
        (ConnectionRefusedError(), NetworkDown),
        (TimeoutError(), NetworkDown),
        (AuthRetryableError("away", 502), NetworkDown),
        (AuthApiError("no", 400, "session_not_found"), SignedOut),
        (ValueError("surprise"), Broken),
    ],
)
def test_every_failure_has_its_place_in_the_tree(
    error: Exception, kind: type[BackendError]
) -> None:
    assert type(translated(error)) is kind


def test_a_refusal_tells_who_was_faster() -> None:
    told = translated(APIError({"code": "PT409", "hint": "taken", "details": "Ben", "message": ""}))
    assert isinstance(told, Taken)
    assert told.by == "Ben"


def test_every_error_has_a_sentence() -> None:
    def kinds(kind: type[BackendError]) -> list[type[BackendError]]:
        return [kind, *(deep for child in kind.__subclasses__() for deep in kinds(child))]

    for kind in kinds(BackendError):
        assert kind is Refused or f"error.{kind.word}" in CATALOGS["en"]


def test_the_cache_survives_a_restart(tmp_path: Path) -> None:
    first = open_database(tmp_path)
    cache = Cache(first)
    device, desk = cache.device_id(), make.desk(active=(make.active(),))
    cache.keep_desk(desk)
    cache.keep_messages("c1", tuple(make.message(seq) for seq in range(1, 100)))
    first.close()
    second = Cache(open_database(tmp_path))
    assert second.device_id() == device
    assert second.desk() == desk
    assert [m.seq for m in second.messages("c1")] == list(range(40, 100))


def test_signing_out_leaves_nothing_but_the_devices_id(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    cache = Cache(database)
    device = cache.device_id()
    cache.keep_desk(make.desk())
    cache.keep_messages("c1", (make.message(1),))
    cache.forget()
    assert (cache.desk(), cache.messages("c1"), cache.device_id()) == (None, (), device)
    database.close()


def test_a_broken_cache_is_put_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "desk.sqlite3").write_bytes(b"not a database at all" * 100)
    assert Cache(open_database(tmp_path)).desk() is None
    assert (tmp_path / "desk.broken").exists()
    assert "put aside" in caplog.text


async def test_tokens_are_kept_in_a_file_of_its_owner_only(tmp_path: Path) -> None:
    storage = DeviceStorage(open_database(tmp_path))
    await storage.set_item("session", "secret")
    assert await storage.get_item("session") == "secret"
    assert (tmp_path / "desk.sqlite3").stat().st_mode & 0o077 == 0
    await storage.remove_item("session")
    assert await storage.get_item("session") is None


class Wire:
    """Where the outbox sends: it can be cut before or after the server has the message."""

    def __init__(self) -> None:
        self.stored: dict[str, str] = {}
        self.down = False
        self.lose_answers = 0
        self.refuse: dict[str, BackendError] = {}
        self.order: list[str] = []

    async def send(self, chat_id: str, message_id: str, body: str) -> Sent:
        await asyncio.sleep(0)
        if self.down:
            raise NetworkDown
        if body in self.refuse:
            raise self.refuse[body]
        if message_id not in self.stored:
            self.stored[message_id] = body
            self.order.append(body)
        if self.lose_answers:
            self.lose_answers -= 1
            raise NetworkDown
        return Sent(message_id, len(self.stored), datetime.now(UTC))


def draft(number: int, chat_id: str = "c1") -> Draft:
    return Draft(f"d{number}", chat_id, f"text {number}", make.NOW)


async def settled(outbox: Outbox, condition: Any, seconds: float = 5) -> None:
    """Run the outbox until `condition` holds."""
    task = asyncio.ensure_future(outbox.run())
    async with asyncio.timeout(seconds):
        while not condition():
            outbox.nudge()
            await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_messages_written_offline_are_sent_later_in_order_and_once(tmp_path: Path) -> None:
    wire = Wire()
    wire.down = True
    database = open_database(tmp_path)
    outbox = Outbox(database, wire.send)
    for number in range(5):
        outbox.put(draft(number))
    database.close()
    wire.down, wire.lose_answers = False, 2
    again = Outbox(open_database(tmp_path), wire.send)
    await settled(again, lambda: not again.drafts("c1"))
    assert wire.order == [f"text {number}" for number in range(5)]


async def test_a_refused_message_is_marked_and_does_not_hold_up_the_next(
    tmp_path: Path,
) -> None:
    wire = Wire()
    wire.refuse["text 0"] = Ended()
    outbox = Outbox(open_database(tmp_path), wire.send)
    outbox.put(draft(0))
    outbox.put(draft(1))
    await settled(outbox, lambda: wire.order == ["text 1"])
    assert [d.failed for d in outbox.drafts("c1")] == ["ended"]


async def test_a_failed_message_can_be_tried_again() -> None:
    wire = Wire()
    wire.refuse["text 0"] = Broken()
    outbox = Outbox(open_database(None), wire.send)
    outbox.put(draft(0))
    await settled(outbox, lambda: outbox.drafts("c1")[0].failed == "broken")
    wire.refuse.clear()
    outbox.retry("d0")
    await settled(outbox, lambda: not outbox.drafts("c1"))
    assert wire.order == ["text 0"]


async def test_the_receipt_comes_before_the_draft_goes() -> None:
    wire, heard = Wire(), []
    outbox = Outbox(open_database(None), wire.send)
    outbox.on_sent(lambda sent, receipt: heard.append(("sent", sent.id, receipt.seq)))
    outbox.on_change(lambda chat_id: heard.append(("changed", chat_id, len(outbox.drafts("c1")))))
    outbox.put(replace(draft(0), body="hello"))
    await settled(outbox, lambda: len(heard) == 3)
    assert heard == [("changed", "c1", 1), ("sent", "d0", 1), ("changed", "c1", 0)]
