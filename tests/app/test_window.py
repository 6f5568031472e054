"""The window of one chat: order, gaps, drafts, reading, typing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from desk.backend.errors import NetworkDown, NotFound
from desk.backend.ports import Device
from desk.backend.rows import json_of
from desk.features.chat.store import ChatsStore
from desk.features.chat.window import WINDOW, ChatWindow
from desk.model.message import LONGEST
from desk.stores import Desk, Session
from tests.app.support import make
from tests.app.support.fakes import Server, fake_ports
from tests.app.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


class Bench:
    """One active chat, opened."""

    def __init__(self, count: int = 3) -> None:
        chat = make.active(last_seq=count, unread=0, agent_read_seq=count)
        self.server = Server(make.desk(active=(chat,)))
        self.server.add(chat, *(make.message(seq) for seq in range(1, count + 1)))
        self.ports, self.live = fake_ports(self.server)
        session = Session(self.ports)
        self.session = session
        self.desk: Desk

    async def open(self, meanwhile: Callable[[], None] = lambda: None) -> ChatWindow:
        await self.session.start()
        self.desk = Desk(self.ports, self.session, Device("d", "linux", "t"))
        await self.desk.start()
        await until(lambda: self.desk.loaded)
        self.store = ChatsStore(self.desk)
        self.store.open("c1")
        meanwhile()
        assert self.store.window is not None
        await until(lambda: not self.window.busy)
        return self.store.window

    @property
    def window(self) -> ChatWindow:
        assert self.store.window is not None
        return self.store.window

    def seqs(self) -> list[int]:
        return [message.seq for message in self.window.messages]

    def arrive(self, seq: int, *, stored: bool = True, **changes: Any) -> None:
        message = make.message(seq, **changes)
        if stored:
            self.server.messages["c1"].append(replace(message, cut=False))
            self.server.chats["c1"] = replace(self.server.chats["c1"], last_seq=seq)
        self.live.hear("chat:c1", "message_sent", json_of(message))
        self.live.hear("agent:u-ann", "message_sent", json_of(message))


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    await made.open()
    yield made
    await made.store.stop()
    await made.desk.stop()


async def test_a_message_heard_twice_is_shown_once(bench: Bench) -> None:
    bench.arrive(4)
    bench.arrive(4, stored=False)
    assert bench.seqs() == [1, 2, 3, 4]


async def test_a_message_that_comes_while_the_window_opens_hides_none_before_it() -> None:
    bench = Bench()
    await bench.open(meanwhile=lambda: bench.arrive(4))
    assert bench.seqs() == [1, 2, 3, 4]
    await bench.store.stop()
    await bench.desk.stop()


async def test_a_gap_is_filled_from_the_database(bench: Bench) -> None:
    bench.server.messages["c1"] += [make.message(4), make.message(5)]
    bench.arrive(6)
    await until(lambda: bench.seqs() == [1, 2, 3, 4, 5, 6])


async def test_a_cut_message_is_completed(bench: Bench) -> None:
    whole = make.message(4, "the whole text")
    bench.server.messages["c1"].append(whole)
    bench.arrive(4, stored=False, body="the wh", cut=True)
    await until(lambda: bench.window.messages[-1].body == "the whole text")


async def test_after_an_outage_the_window_catches_up(bench: Bench) -> None:
    bench.server.messages["c1"] += [make.message(4), make.message(5)]
    bench.server.chats["c1"] = replace(bench.server.chats["c1"], last_seq=5)
    await bench.live.rejoin()
    assert bench.seqs() == [1, 2, 3, 4, 5]


async def test_what_i_write_is_queued_then_stored_once_in_its_place(bench: Bench) -> None:
    assert bench.window.send("  hello  ")
    assert [draft.body for draft in bench.window.drafts] == ["hello"]
    await until(lambda: bench.seqs() == [1, 2, 3, 4])
    stored = bench.server.messages["c1"][-1]
    bench.live.hear("chat:c1", "message_sent", json_of(stored))
    assert bench.seqs() == [1, 2, 3, 4]
    assert bench.window.drafts == ()


async def test_what_i_write_offline_waits_and_is_sent_afterwards(bench: Bench) -> None:
    bench.server.errors["send"] = NetworkDown()
    bench.window.send("one")
    bench.window.send("two")
    await until(lambda: bench.server.count("send"))
    assert [draft.body for draft in bench.window.drafts] == ["one", "two"]
    bench.server.errors.clear()
    await bench.live.rejoin()
    await until(lambda: not bench.window.drafts)
    assert [m.body for m in bench.server.messages["c1"][3:]] == ["one", "two"]


async def test_nothing_empty_and_nothing_too_long_is_sent(bench: Bench) -> None:
    assert not bench.window.send("   ")
    assert not bench.window.send("x" * (LONGEST + 1))
    assert bench.desk.notices.latest is not None
    assert bench.desk.notices.latest.key == "chat.too_long"


async def test_an_open_window_reads_what_arrives_if_somebody_is_there(bench: Bench) -> None:
    bench.arrive(4)
    await until(lambda: ("mark_read", ("c1", 4)) in bench.server.calls)
    assert bench.store.unread() == 0
    bench.desk.here(False)
    bench.arrive(5)
    assert ("mark_read", ("c1", 5)) not in bench.server.calls
    assert bench.store.unread() == 1


async def test_the_visitors_reading_shows(bench: Bench) -> None:
    bench.live.hear("chat:c1", "messages_read", {"by": "visitor", "seq": 2})
    assert bench.window.chat is not None
    assert bench.window.chat.visitor_read_seq == 2


async def test_typing_shows_until_the_message_comes(bench: Bench) -> None:
    bench.live.hear("typing:c1", "typing", {"by": "agent", "name": "Ben"})
    assert not bench.window.typing.on
    bench.live.hear("typing:c1", "typing", {"by": "visitor", "name": "Maya"})
    assert bench.window.typing.on
    bench.arrive(4)
    assert not bench.window.typing.on


async def test_my_typing_is_told_at_most_every_two_seconds(bench: Bench) -> None:
    for _ in range(20):
        bench.window.say_typing()
    assert bench.live.said == [("typing:c1", "typing", {"by": "agent", "name": "Ann Lee"})]


async def test_ending_makes_the_chat_read_only(bench: Bench) -> None:
    await bench.window.end()
    assert not bench.window.may_write
    assert bench.desk.active == ()
    assert not bench.window.send("too late")


async def test_leaving_a_chat_leaves_its_topics(bench: Bench) -> None:
    bench.store.open(None)
    assert {watch.topic for watch in bench.live.watches} == {"agent:u-ann", "workspace:w1"}


async def test_the_window_is_one_screenful_and_grows_on_demand() -> None:
    bench = Bench(count=500)
    window = await bench.open()
    assert bench.seqs() == list(range(441, 501))
    await window.load_older()
    assert bench.seqs()[0] == 401
    bench.arrive(501)
    assert len(window.messages) == 100
    window.send("back to the end")
    await until(lambda: len(window.messages) == WINDOW)
    await bench.store.stop()
    await bench.desk.stop()


async def test_a_chat_that_does_not_exist_says_so(bench: Bench) -> None:
    bench.server.errors["chat"] = NotFound()
    bench.store.open("c404")
    await until(lambda: bench.window.problem == "not_found")
