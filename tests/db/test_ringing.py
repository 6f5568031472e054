"""Product section 1: who is rung when a visitor writes, and what accept, decline and silence do."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

import pytest

from tests.db.world import refused

if TYPE_CHECKING:
    from tests.db.world import World


async def test_the_first_message_rings_every_eligible_agent(world: World) -> None:
    ada, ben = await world.agent("Ada"), await world.agent("Ben")
    visitor = await world.visitor()
    answer = await visitor.start_whole("Is the bench oak?")
    assert answer["chat"]["status"] == "ringing"
    assert answer["message"]["seq"] == 1
    assert answer["message"]["body"] == "Is the bench oak?"
    assert await ada.rung_for() == await ben.rung_for() == [answer["chat"]["id"]]


@pytest.mark.parametrize("status", ["away", "invisible", "offline"])
async def test_an_agent_who_is_not_online_is_not_rung(world: World, status: str) -> None:
    ada, ben = await world.agent("Ada"), await world.agent("Ben")
    await ben.call("set_status", status=status)
    await (await world.visitor()).start()
    assert len(await ada.rung_for()) == 1
    assert await ben.rung_for() == []


async def test_an_agent_without_a_connected_device_is_not_rung(world: World) -> None:
    await world.agent("Ada", here=False)
    assert (await (await world.visitor()).start_whole())["chat"]["status"] == "offline"


async def test_an_agent_at_the_limit_is_not_rung(world: World) -> None:
    ada = await world.agent("Ada", max_chats=1)
    await ada.accept(await (await world.visitor()).start())
    assert (await (await world.visitor()).start_whole())["chat"]["status"] == "offline"


async def test_only_the_department_that_was_asked_for_is_rung(world: World) -> None:
    repairs = await world.add_department("Repairs")
    ada = await world.agent("Ada")
    ben = await world.agent("Ben", departments=[repairs])
    await (await world.visitor()).start(department_id=repairs)
    assert await ada.rung_for() == []
    assert len(await ben.rung_for()) == 1


async def test_with_nobody_eligible_the_message_is_kept_as_an_offline_message(world: World) -> None:
    visitor = await world.visitor()
    answer = await visitor.start_whole("Anybody?")
    chat = uuid.UUID(answer["chat"]["id"])
    said = await visitor.call("messages_since", chat_id=chat, seq=0)
    assert answer["chat"]["status"] == "offline"
    assert [(m["author"], m["event"]) for m in said] == [
        ("visitor", None),
        ("system", "nobody_there"),
    ]


async def test_round_robin_rings_the_least_recently_accepted_first(world: World) -> None:
    await world.set_department(world.department, routing="round_robin")
    ada, ben = await world.agent("Ada"), await world.agent("Ben")
    first = await (await world.visitor()).start()
    [winner] = [a for a in (ada, ben) if await a.rung_for()]
    await winner.accept(first)
    await (await world.visitor()).start()
    [other] = [a for a in (ada, ben) if await a.rung_for()]
    assert other is not winner


async def test_least_busy_rings_who_has_the_fewest_active_chats(world: World) -> None:
    ada, ben = await world.agent("Ada"), await world.agent("Ben")
    await ada.accept(await (await world.visitor()).start())
    await ben.accept(await (await world.visitor()).start())
    await ben.accept(await (await world.visitor()).start())
    await world.set_department(world.department, routing="least_busy")
    await (await world.visitor()).start()
    assert len(await ada.rung_for()) == 1
    assert await ben.rung_for() == []


async def test_a_returning_visitor_rings_at_the_agent_they_know(world: World) -> None:
    await world.set_department(world.department, routing="round_robin")
    ada, ben = await world.agent("Ada"), await world.agent("Ben")
    visitor = await world.visitor()
    first = await visitor.start()
    [known] = [a for a in (ada, ben) if await a.rung_for()]
    await known.accept(first)
    await known.call("end_chat", chat_id=first)
    await visitor.start()
    assert len(await known.rung_for()) == 1


async def test_an_unanswered_offer_moves_on_after_thirty_seconds(world: World) -> None:
    await world.set_department(world.department, routing="round_robin")
    ada, ben = await world.agent("Ada"), await world.agent("Ben")
    chat = await (await world.visitor()).start()
    [first] = [a for a in (ada, ben) if await a.rung_for()]
    await world.later(29)
    assert len(await first.rung_for()) == 1
    await world.later(31)
    [second] = [a for a in (ada, ben) if await a.rung_for()]
    assert second is not first
    assert (await world.outcomes(chat))[first.name] == "expired"


async def test_nobody_answering_for_two_minutes_makes_a_missed_chat(world: World) -> None:
    ada = await world.agent("Ada")
    chat = await (await world.visitor()).start()
    await world.later(119)
    assert (await world.chat(chat))["status"] == "ringing"
    await world.later(121)
    row = await world.chat(chat)
    assert (row["status"], row["missed_reason"]) == ("missed", "no_answer")
    assert await world.outcomes(chat) == {"Ada": "expired"}
    assert await ada.rung_for() == []


async def test_a_ring_that_ends_goes_on_in_the_fallback_department(world: World) -> None:
    backup = await world.add_department("Backup")
    await world.set_department(world.department, fallback_department_id=backup)
    await world.agent("Ada")
    ben = await world.agent("Ben", departments=[backup])
    chat = await (await world.visitor()).start()
    assert await ben.rung_for() == []
    await world.later(121)
    assert await ben.rung_for() == [str(chat)]
    await world.later(245)
    assert (await world.chat(chat))["missed_reason"] == "no_answer"


async def test_exactly_one_of_many_who_press_at_once_wins(world: World) -> None:
    agents = [await world.agent(f"Agent {n}") for n in range(6)]
    chat = await (await world.visitor()).start()
    answers = await asyncio.gather(*(a.accept(chat) for a in agents), return_exceptions=True)
    winners = [a for a in answers if isinstance(a, dict)]
    losers = [a for a in answers if not isinstance(a, dict)]
    assert len(winners) == 1
    assert {getattr(loser, "hint", None) for loser in losers} == {"taken"}
    assert {getattr(loser, "detail", None) for loser in losers} == {winners[0]["agent_name"]}
    assert sorted((await world.outcomes(chat)).values(), key=str) == ["accepted"] + ["taken"] * 5


async def test_the_same_agent_may_accept_again_on_a_second_device(world: World) -> None:
    ada = await world.agent("Ada")
    chat = await (await world.visitor()).start()
    first, second = await ada.accept(chat), await ada.accept(chat)
    assert first["status"] == second["status"] == "active"
    assert first["last_seq"] == second["last_seq"] == 2


async def test_accepting_over_the_limit_is_refused_unless_an_admin_insists(world: World) -> None:
    admin = await world.agent("Ada", role="admin", max_chats=1)
    plain = await world.agent("Ben", max_chats=1)
    await world.agent("Cleo")
    chats = [await (await world.visitor()).start() for _ in range(4)]
    await admin.accept(chats[0])
    await plain.accept(chats[1])
    for agent in (admin, plain):
        with refused("at_limit"):
            await agent.accept(chats[2])
    with refused("at_limit"):
        await plain.accept(chats[2], over_limit=True)
    assert (await admin.accept(chats[2], over_limit=True))["status"] == "active"


async def test_two_accepts_at_once_cannot_pass_the_limit_together(world: World) -> None:
    ada = await world.agent("Ada", max_chats=1)
    same = await world.agent("Ben", here=False)
    same.user_id = ada.user_id
    chats = [await (await world.visitor()).start() for _ in range(2)]
    answers = await asyncio.gather(
        ada.accept(chats[0]), same.accept(chats[1]), return_exceptions=True
    )
    assert sorted(
        getattr(a, "hint", "won") if not isinstance(a, dict) else "won" for a in answers
    ) == ["at_limit", "won"]


async def test_an_agent_whose_device_is_gone_can_still_accept(world: World) -> None:
    ada = await world.agent("Ada")
    chat = await (await world.visitor()).start()
    await world.admin.execute(
        "update public.devices set seen_at = now() - interval '5 minutes' where true"
    )
    assert (await ada.accept(chat))["status"] == "active"


async def test_an_accept_is_told_to_both_sides(world: World) -> None:
    ada, ben = await world.agent("Ada"), await world.agent("Ben")
    visitor = await world.visitor()
    chat = await visitor.start()
    await ada.accept(chat)
    said = await visitor.call("messages_since", chat_id=chat, seq=1)
    assert [(m["event"], m["data"]) for m in said] == [("agent_joined", {"agent_name": "Ada"})]
    assert "chat_accepted" in [event for event, _ in await world.heard(f"chat:{chat}")]
    [(_, taken)] = [
        h for h in await world.heard(f"agent:{ben.user_id}") if h[0] == "offer_withdrawn"
    ]
    assert (taken["outcome"], taken["by"]) == ("taken", "Ada")
    assert ("offer_withdrawn", "accepted") in [
        (e, p.get("outcome")) for e, p in await world.heard(f"agent:{ada.user_id}")
    ]


async def test_a_chat_that_is_over_cannot_be_accepted(world: World) -> None:
    ada = await world.agent("Ada")
    visitor = await world.visitor()
    chat = await visitor.start()
    await visitor.call("end_chat", chat_id=chat)
    with refused("ended"):
        await ada.accept(chat)


async def test_an_agent_of_another_department_may_not_accept(world: World) -> None:
    repairs = await world.add_department("Repairs")
    await world.agent("Ada")
    ben = await world.agent("Ben", departments=[repairs])
    chat = await (await world.visitor()).start()
    with refused("forbidden"):
        await ben.accept(chat)


async def test_a_decline_hides_the_chat_from_that_agent_alone(world: World) -> None:
    ada, ben = await world.agent("Ada"), await world.agent("Ben")
    chat = await (await world.visitor()).start()
    await ada.decline(chat, "In a meeting")
    assert (await ada.call("my_desk"))["ringing"] == []
    assert await ben.rung_for() == [str(chat)]
    assert (await world.chat(chat))["status"] == "ringing"


async def test_a_decline_can_be_undone_for_five_seconds(world: World) -> None:
    ada = await world.agent("Ada")
    await world.agent("Ben")
    chat = await (await world.visitor()).start()
    await ada.decline(chat)
    await ada.call("undo_decline", chat_id=chat)
    assert await ada.rung_for() == [str(chat)]
    await ada.decline(chat)
    await world.admin.execute(
        "update public.offers set decided_at = decided_at - interval '6 seconds'"
        " where outcome = 'declined'"
    )
    with refused("stale"):
        await ada.call("undo_decline", chat_id=chat)


async def test_when_all_have_declined_the_chat_is_missed_at_once(world: World) -> None:
    ada, ben = await world.agent("Ada"), await world.agent("Ben")
    chat = await (await world.visitor()).start()
    await ada.decline(chat)
    await ben.decline(chat)
    assert (await world.chat(chat))["missed_reason"] == "all_declined"


async def test_undoing_the_last_decline_rings_again_at_that_agent_alone(world: World) -> None:
    ada, ben = await world.agent("Ada"), await world.agent("Ben")
    chat = await (await world.visitor()).start()
    await ada.decline(chat)
    await ben.decline(chat)
    await ben.call("undo_decline", chat_id=chat)
    assert (await world.chat(chat))["status"] == "ringing"
    assert await ben.rung_for() == [str(chat)]
    assert await ada.rung_for() == []


async def test_when_all_have_declined_the_fallback_department_rings_at_once(world: World) -> None:
    backup = await world.add_department("Backup")
    await world.set_department(world.department, fallback_department_id=backup)
    ada = await world.agent("Ada")
    ben = await world.agent("Ben", departments=[backup])
    chat = await (await world.visitor()).start()
    await ada.decline(chat)
    assert await ben.rung_for() == [str(chat)]


async def test_a_chat_that_was_taken_cannot_be_declined(world: World) -> None:
    ada, ben = await world.agent("Ada"), await world.agent("Ben")
    chat = await (await world.visitor()).start()
    await ada.accept(chat)
    with refused("taken"):
        await ben.decline(chat)


async def test_three_offers_expired_in_a_row_make_an_agent_away(world: World) -> None:
    ada = await world.agent("Ada")
    for _ in range(3):
        await (await world.visitor()).start()
    await world.later(121)
    desk = await ada.call("my_desk")
    assert desk["me"]["status"] == "away"
    assert ("status_changed", "missed_three") in [
        (e, p.get("reason")) for e, p in await world.heard(f"agent:{ada.user_id}")
    ]


async def test_a_decline_breaks_the_row_of_expired_offers(world: World) -> None:
    ada = await world.agent("Ada")
    for _ in range(2):
        await (await world.visitor()).start()
    await world.later(121)
    await ada.decline(await (await world.visitor()).start())
    await (await world.visitor()).start()
    await world.later(250)
    assert (await ada.call("my_desk"))["me"]["status"] == "online"


async def test_an_agent_who_comes_online_is_rung_for_who_waits(world: World) -> None:
    await world.agent("Ada")
    chat = await (await world.visitor()).start()
    ben = await world.agent("Ben")
    assert await ben.rung_for() == [str(chat)]


async def test_an_agent_who_goes_away_stops_ringing(world: World) -> None:
    ada = await world.agent("Ada")
    await (await world.visitor()).start()
    await ada.call("set_status", status="away")
    assert ("offer_withdrawn", "withdrawn") in [
        (e, p.get("outcome")) for e, p in await world.heard(f"agent:{ada.user_id}")
    ]


async def test_the_oldest_waiting_chat_rings_first_at_an_agent_who_becomes_free(
    world: World,
) -> None:
    await world.set_department(world.department, routing="round_robin", ring_seconds=3600)
    ada = await world.agent("Ada")
    ben = await world.agent("Ben")
    chats = [await (await world.visitor()).start() for _ in range(2)]
    await ben.call("set_status", status="away")
    rung = await ada.rung_for()
    assert sorted(rung) == sorted(str(chat) for chat in chats)


async def test_a_status_with_an_end_returns_to_online_and_rings(world: World) -> None:
    ada = await world.agent("Ada")
    await world.agent("Ben")
    await ada.call(
        "set_status",
        status="away",
        until=await world.admin.fetchval("select now() + interval '40 seconds'"),
    )
    chat = await (await world.visitor()).start()
    assert await ada.rung_for() == []
    await world.later(41)
    assert await ada.rung_for() == [str(chat)]


async def test_a_visitor_who_leaves_while_it_rings_has_thirty_seconds(world: World) -> None:
    await world.agent("Ada")
    visitor = await world.visitor()
    chat = await visitor.start()
    await visitor.call("chat_seen", chat_id=chat, here=False)
    await world.later(29, visitor_here=False)
    assert (await world.chat(chat))["status"] == "ringing"
    await world.later(31, visitor_here=False)
    assert (await world.chat(chat))["missed_reason"] == "visitor_left"


async def test_a_visitor_on_a_phone_has_ninety_seconds(world: World) -> None:
    await world.agent("Ada")
    visitor = await world.visitor()
    chat = await visitor.start(visitor={"device": "phone"})
    await visitor.call("chat_seen", chat_id=chat, here=False)
    await world.later(89, visitor_here=False)
    assert (await world.chat(chat))["status"] == "ringing"
    await world.later(91, visitor_here=False)
    assert (await world.chat(chat))["missed_reason"] == "visitor_left"


async def test_a_visitor_who_comes_back_in_time_keeps_the_ring(world: World) -> None:
    await world.agent("Ada")
    visitor = await world.visitor()
    chat = await visitor.start()
    await visitor.call("chat_seen", chat_id=chat, here=False)
    assert (await visitor.call("chat_seen", chat_id=chat))["status"] == "ringing"
    await world.later(35)
    assert (await world.chat(chat))["status"] == "ringing"


async def test_a_page_that_falls_silent_counts_as_left(world: World) -> None:
    await world.agent("Ada")
    chat = await (await world.visitor()).start()
    await world.later(51, visitor_here=False)
    assert (await world.chat(chat))["missed_reason"] == "visitor_left"


async def test_a_visitor_who_ends_while_it_rings_makes_it_missed_at_once(world: World) -> None:
    ada = await world.agent("Ada")
    visitor = await world.visitor()
    chat = await visitor.start()
    await visitor.call("end_chat", chat_id=chat)
    assert (await world.chat(chat))["missed_reason"] == "visitor_closed"
    assert await ada.rung_for() == []


async def test_the_visitor_is_told_their_place_in_line(world: World) -> None:
    await world.agent("Ada")
    first, second = await world.visitor(), await world.visitor()
    await first.start()
    chat = await second.start()
    assert (await second.call("chat_seen", chat_id=chat))["place"] == 2


async def test_a_missed_chat_can_ring_again(world: World) -> None:
    ada = await world.agent("Ada")
    visitor = await world.visitor()
    chat = await visitor.start()
    await ada.decline(chat)
    await world.admin.execute(
        "update public.chats set ended_at = ended_at - interval '1 minute' where id = $1", chat
    )
    assert (await visitor.call("ring_again", chat_id=chat))["status"] == "ringing"
    assert await ada.rung_for() == [str(chat)]


async def test_ringing_again_at_once_is_refused(world: World) -> None:
    visitor = await world.visitor()
    chat = await visitor.start()
    with refused("too_many"):
        await visitor.call("ring_again", chat_id=chat)


async def test_a_late_tick_does_everything_that_is_due(world: World) -> None:
    await world.agent("Ada")
    chats = [await (await world.visitor()).start() for _ in range(3)]
    await world.later(3600)
    assert {(await world.chat(chat))["status"] for chat in chats} == {"missed"}


async def test_two_ticks_at_once_do_the_work_once(world: World) -> None:
    await world.set_department(world.department, routing="round_robin")
    await world.agent("Ada")
    chat = await (await world.visitor()).start()
    person, other = await world.stranger(), await world.stranger()
    await asyncio.gather(
        *(
            p.connection.execute("select private.tick(now() + interval '121 seconds')")
            for p in (person, other)
        )
    )
    assert len([m for m in await world.heard(f"chat:{chat}") if m[0] == "chat_missed"]) == 1
