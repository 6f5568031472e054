"""The desk: what rings, who took it, how the agent is there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from desk.backend.errors import AtLimit, Ended, NetworkDown, SignedOut, Stale, Taken
from desk.backend.ports import Device, Ports
from desk.backend.rows import json_of
from desk.features.chat.store import ChatsStore
from desk.features.history.store import PAGE, HistoryStore
from desk.features.sign_in.store import SignInStore
from desk.features.visitors.store import VisitorsStore
from desk.stores import Desk, Session
from tests.app.support import make
from tests.app.support.fakes import FakeLive, Server, fake_ports
from tests.app.support.waiting import until


@dataclass
class Bench:
    """A started desk and everything around it."""

    server: Server
    ports: Ports
    live: FakeLive
    session: Session
    desk: Desk

    def hear(self, event: str, payload: Any, topic: str = "agent:u-ann") -> None:
        self.live.hear(topic, event, payload)

    def notice(self) -> str:
        return self.desk.notices.latest.key if self.desk.notices.latest else ""


Start = Callable[[Server], Awaitable[Bench]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts desks and stops them at the end."""
    started: list[Desk] = []

    async def begin(server: Server) -> Bench:
        ports, live = fake_ports(server)
        session = Session(ports)
        await session.start()
        desk = Desk(ports, session, Device("device-1", "linux", "test"))
        await desk.start()
        started.append(desk)
        await until(lambda: desk.loaded or desk.problem or session.phase == "signed_out")
        return Bench(server, ports, live, session, desk)

    yield begin
    for desk in started:
        await desk.stop()


def ringing(chat_id: str = "c1") -> Any:
    now = datetime.now(UTC)
    return make.chat(chat_id, offer=make.offer(30, now), ring_started_at=now)


def offer_made(chat: Any) -> dict[str, Any]:
    offer = {"id": "o1", "chat_id": chat.id, "expires_at": chat.offer.expires_at.isoformat()}
    return {"offer": offer, "chat": json_of(replace(chat, offer=None))}


async def test_an_offer_rings_and_stops_everywhere_when_a_colleague_takes_it(start: Start) -> None:
    bench = await start(Server())
    bench.hear("offer_made", offer_made(ringing()))
    assert bench.desk.rings_now()
    bench.hear(
        "offer_withdrawn", {"chat_id": "c1", "offer_id": "o1", "outcome": "taken", "by": "Ben"}
    )
    assert not bench.desk.rings_now()
    assert bench.desk.ringing == ()
    assert bench.notice() == "visitors.taken"


async def test_an_offer_that_nobody_ended_stops_by_itself(start: Start) -> None:
    bench = await start(Server())
    late = make.chat(offer=make.offer(-1, datetime.now(UTC)))
    bench.hear("offer_made", offer_made(late))
    assert bench.desk.ringing
    assert not bench.desk.rings_now()


async def test_accepting_moves_the_chat_to_mine(start: Start) -> None:
    server = Server(make.desk(ringing=(ringing(),)))
    server.add(ringing())
    bench = await start(server)
    store = VisitorsStore(bench.desk)
    assert await store.accept(bench.desk.ringing[0])
    assert bench.desk.ringing == ()
    assert [chat.id for chat in bench.desk.active] == ["c1"]


async def test_losing_the_race_says_who_was_faster(start: Start) -> None:
    server = Server(make.desk(ringing=(ringing(),)))
    server.errors["accept"] = Taken("", "Ben")
    bench = await start(server)
    assert not await VisitorsStore(bench.desk).accept(bench.desk.ringing[0])
    assert bench.desk.ringing == ()
    assert bench.notice() == "visitors.taken"


async def test_at_the_limit_the_card_stays_and_may_be_taken_anyway(start: Start) -> None:
    server = Server(make.desk(ringing=(ringing(),)))
    server.add(ringing())
    server.errors["accept"] = AtLimit()
    bench = await start(server)
    store, chat = VisitorsStore(bench.desk), bench.desk.ringing[0]
    assert not await store.accept(chat)
    assert store.at_limit == chat
    assert await store.accept(chat, over_limit=True)
    assert store.at_limit is None
    assert server.count("accept_anyway") == 1


async def test_pressing_accept_twice_asks_once(start: Start) -> None:
    server = Server(make.desk(ringing=(ringing(),)))
    server.add(ringing())
    bench = await start(server)
    store, chat = VisitorsStore(bench.desk), bench.desk.ringing[0]
    store.accepting = frozenset({"c1"})
    assert not await store.accept(chat)
    assert server.count("accept") == 0


async def test_declining_hides_the_card_at_once_and_undo_brings_it_back(start: Start) -> None:
    server = Server(make.desk(ringing=(ringing(),)))
    bench = await start(server)
    store = VisitorsStore(bench.desk)
    await store.decline(bench.desk.ringing[0], "Maya", " busy ")
    assert bench.desk.ringing == ()
    assert ("decline", ("c1", "busy")) in server.calls
    notice = bench.desk.notices.latest
    assert notice is not None
    assert notice.seconds == 5
    assert notice.act is not None
    await notice.act()
    await until(lambda: bench.desk.ringing)


async def test_a_declined_chat_stays_hidden_through_a_refresh(start: Start) -> None:
    server = Server(make.desk(ringing=(ringing(),)))
    bench = await start(server)
    await VisitorsStore(bench.desk).decline(bench.desk.ringing[0], "Maya")
    await bench.desk.refresh()
    assert bench.desk.ringing == ()


async def test_a_decline_that_fails_brings_the_card_back(start: Start) -> None:
    server = Server(make.desk(ringing=(ringing(),)))
    server.errors["decline"] = NetworkDown()
    bench = await start(server)
    await VisitorsStore(bench.desk).decline(bench.desk.ringing[0], "Maya")
    await until(lambda: bench.desk.ringing)
    assert bench.notice() == "error.network"


async def test_undo_after_five_seconds_says_that_it_is_too_late(start: Start) -> None:
    server = Server(make.desk(ringing=(ringing(),)))
    server.errors["undo_decline"] = Stale()
    bench = await start(server)
    await VisitorsStore(bench.desk).undo("c1")
    assert bench.notice() == "visitors.undo_late"


async def test_a_ringing_chat_can_be_read_without_taking_it(start: Start) -> None:
    server = Server(make.desk(ringing=(ringing(),)))
    server.add(ringing(), make.message(1), make.message(2, author="system"), make.message(3))
    bench = await start(server)
    store, chat = VisitorsStore(bench.desk), bench.desk.ringing[0]
    await store.toggle_preview(chat)
    assert [message.seq for message in store.previewed(chat)] == [1, 3]
    assert server.count("accept") == server.count("mark_read") == 0


async def test_a_visitors_message_raises_the_unread_count(start: Start) -> None:
    server = Server(make.desk(active=(make.active(unread=0, last_seq=1),)))
    bench = await start(server)
    store = ChatsStore(bench.desk)
    bench.hear("message_sent", json_of(make.message(2, "news")))
    bench.hear("message_sent", json_of(make.message(2, "news")))
    assert store.unread() == 1
    assert store.chats[0].last_text == "news"


async def test_a_chat_that_ended_leaves_the_list(start: Start) -> None:
    server = Server(make.desk(active=(make.active(),)))
    server.add(make.active(status="ended", ended_at=make.NOW))
    bench = await start(server)
    changed = {"chat_id": "c1", "status": "ended", "agent_id": "a-ann", "last_seq": 2}
    bench.hear("chat_changed", changed, "workspace:w1")
    await until(lambda: not bench.desk.active)


async def test_three_missed_rings_make_me_away_and_offer_one_tap_back(start: Start) -> None:
    bench = await start(Server())
    bench.hear("status_changed", {"status": "away", "status_until": None, "reason": "missed_three"})
    assert bench.desk.me is not None
    assert bench.desk.me.status == "away"
    notice = bench.desk.notices.latest
    assert notice is not None
    assert notice.act is not None
    await notice.act()
    assert bench.desk.me.status == "online"


async def test_a_rejoin_brings_what_was_missed(start: Start) -> None:
    server = Server()
    bench = await start(server)
    server.desk = make.desk(ringing=(ringing("c9"),))
    await bench.live.rejoin()
    assert [chat.id for chat in bench.desk.ringing] == ["c9"]


async def test_the_first_lists_come_from_the_cache(start: Start) -> None:
    server = Server(make.desk(active=(make.active(),), ringing=(ringing("c2"),)))
    ports, _live = fake_ports(server)
    ports.cache.keep_desk(server.desk)
    server.errors["*"] = NetworkDown()
    session = Session(ports)
    await session.start()
    desk = Desk(ports, session, Device("d", "linux", "t"))
    await desk.start()
    assert [chat.id for chat in desk.active] == ["c1"]
    assert desk.ringing == ()
    assert server.count("desk") == 0
    await desk.stop()


async def test_somebody_elses_cache_is_not_shown(start: Start) -> None:
    server = Server()
    ports, _live = fake_ports(server)
    ports.cache.keep_desk(make.desk(me=make.me(user_id="u-ben"), active=(make.active(),)))
    session = Session(ports)
    await session.start()
    desk = Desk(ports, session, Device("d", "linux", "t"))
    await desk.start()
    assert desk.active == ()
    await desk.stop()


async def test_the_device_is_registered_and_gives_signs_of_life(start: Start) -> None:
    bench = await start(Server())
    await until(lambda: bench.server.count("device_seen"))
    assert bench.server.count("register_device") == 1
    await bench.desk.sign_out()
    assert bench.server.count("forget_device") == 1
    assert bench.session.phase == "signed_out"


async def test_an_ended_session_asks_for_the_password_and_says_why(start: Start) -> None:
    server = Server()
    server.errors["desk"] = SignedOut()
    bench = await start(server)
    assert bench.session.phase == "signed_out"
    assert SignInStore(bench.session).problem == "error.signed_out"


async def test_without_network_and_cache_the_screen_says_so(start: Start) -> None:
    server = Server()
    server.errors["desk"] = NetworkDown()
    bench = await start(server)
    assert bench.desk.problem == "network"
    server.errors.clear()
    await bench.desk.reload()
    assert bench.desk.loaded


async def test_history_searches_when_the_typing_pauses(start: Start) -> None:
    server = Server()
    server.history = [
        make.chat(f"h{n}", status="ended", ended_at=make.NOW, last_text=f"lamp {n}")
        for n in range(PAGE + 5)
    ]
    bench = await start(server)
    store = HistoryStore(bench.desk)
    store.show()
    await until(lambda: store.loaded)
    assert len(store.chats) == PAGE
    await store.load_more()
    assert len({chat.id for chat in store.chats}) == PAGE + 5
    assert not store.more
    for text in ("l", "la", "lamp 3"):
        store.search(text)
    await until(lambda: store.searched == "lamp 3")
    assert server.count("search") == 3
    await store.stop()


async def test_a_missing_transcript_says_so(start: Start) -> None:
    bench = await start(Server())
    store = HistoryStore(bench.desk)
    store.open("nowhere")
    await until(lambda: store.transcript and not store.transcript.busy)
    assert store.transcript is not None
    assert store.transcript.problem == "not_found"
    await store.stop()


async def test_a_wrong_password_is_told(start: Start) -> None:
    server = Server()
    ports, _live = fake_ports(server, signed_in=False)
    session = Session(ports)
    store = SignInStore(session)
    await store.sign_in("", "")
    assert store.problem == "sign_in.need_both"
    server.errors["sign_in"] = NetworkDown()
    await store.sign_in("a@b.c", "x")
    assert store.problem == "error.network"
    server.errors.clear()
    await store.sign_in("a@b.c", "x")
    assert session.phase == "signed_in"


async def test_a_gone_chat_is_taken_off_the_screen(start: Start) -> None:
    server = Server(make.desk(ringing=(ringing(),)))
    server.errors["accept"] = Ended()
    bench = await start(server)
    assert not await VisitorsStore(bench.desk).accept(bench.desk.ringing[0])
    assert bench.desk.ringing == ()
