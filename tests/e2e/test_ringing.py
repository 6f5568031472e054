"""Ringing: one winner, declines, nobody answers, the visitor leaves (product section 1)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.e2e.scene import ADA, BEN

if TYPE_CHECKING:
    from tests.e2e.agent import AgentApp
    from tests.e2e.scene import Scene
    from tests.e2e.visitor import Visitor

HEARD_MS = 2_500


async def two_agents_and_a_ring(scene: Scene) -> tuple[AgentApp, AgentApp, Visitor]:
    ada, ben, visitor = await asyncio.gather(scene.agent(ADA), scene.agent(BEN), scene.visitor())
    await visitor.rings("Is anybody there?")
    await asyncio.gather(ada.rings(), ben.rings())
    return ada, ben, visitor


async def test_the_first_ring_is_heard_as_soon_as_it_is_seen(scene: Scene) -> None:
    ada, visitor = await asyncio.gather(scene.agent(ADA), scene.visitor())
    await visitor.rings("Is anybody there?")
    await ada.card.first.wait_for()
    await ada.page.wait_for_function("() => window.ring.playing", timeout=HEARD_MS)
    await ada.does_not_see("The ring cannot be heard here.")


async def test_of_two_who_accept_at_once_one_wins_and_the_other_reads_who(scene: Scene) -> None:
    ada, ben, visitor = await two_agents_and_a_ring(scene)
    await asyncio.gather(ada.accept(), ben.accept())
    chat = await scene.latest_chat()
    name = await scene.agent_of(chat)
    winner, other = (ada, ben) if name == "Ada Moreno" else (ben, ada)
    await asyncio.gather(
        winner.sees(f"{name} has joined the chat"),
        visitor.sees(f"{name} has joined the chat"),
        other.sees(f"Taken by {name}."),
        other.is_quiet(),
        winner.is_quiet(),
    )
    offers = await scene.sql("select outcome from public.offers where chat_id = $1", chat)
    assert sorted(offer["outcome"] for offer in offers) == ["accepted", "taken"]


async def test_a_ring_that_all_decline_ends_with_an_apology(scene: Scene) -> None:
    ada, ben, visitor = await two_agents_and_a_ring(scene)
    await ada.decline()
    await ada.is_quiet()
    await ben.rings()
    await ben.decline()
    await visitor.sees("Sorry, nobody could answer")
    assert await scene.how_it_went() == ("missed", "all_declined")


async def test_a_decline_that_is_undone_rings_again(scene: Scene) -> None:
    ada, _, visitor = await two_agents_and_a_ring(scene)
    await ada.decline()
    await ada.is_quiet()
    await ada.tap(ada.page.get_by_role("button", name="Undo"))
    await ada.rings()
    await ada.accept()
    await visitor.sees("Ada Moreno has joined the chat")


async def test_what_nobody_answers_is_missed_and_can_ring_again(scene: Scene) -> None:
    await scene.sql("update public.departments set ring_seconds = 10")
    ada, visitor = await asyncio.gather(scene.agent(ADA), scene.visitor())
    await visitor.rings("Is anybody there?")
    await ada.rings()
    await visitor.sees_late("Sorry, nobody could answer")
    await ada.is_quiet()
    assert await scene.how_it_went() == ("missed", "no_answer")
    chat = await scene.latest_chat()
    await scene.until(
        "select ended_at < now() - interval '3 s' from public.chats where id = $1", chat
    )
    await visitor.does("Ring again")
    await ada.rings()
    await ada.accept()
    await visitor.sees("Ada Moreno has joined the chat")


async def test_a_visitor_who_leaves_while_it_rings_is_missed_after_the_grace(scene: Scene) -> None:
    await scene.sql("update public.sites set leave_seconds = 5")
    ada, visitor = await asyncio.gather(scene.agent(ADA), scene.visitor())
    await visitor.rings("Is anybody there?")
    await ada.rings()
    await visitor.leave()
    await ada.is_quiet()
    assert await scene.how_it_went() == ("missed", "visitor_left")


async def test_a_visitor_who_returns_in_time_keeps_the_ring(scene: Scene) -> None:
    await scene.sql("update public.sites set leave_seconds = 10")
    ada, visitor = await asyncio.gather(scene.agent(ADA), scene.visitor())
    await visitor.rings("Is anybody there?")
    await ada.rings()
    chat = await scene.latest_chat()
    await visitor.leave()
    await scene.until("select visitor_left_at is not null from public.chats where id = $1", chat)
    await visitor.open("delivery.html")
    await visitor.sees("Is anybody there?")
    await scene.until("select visitor_left_at is null from public.chats where id = $1", chat)
    await scene.sql("select private.tick(now())")
    await ada.rings()
    await ada.accept()
    await visitor.sees("Ada Moreno has joined the chat")
    assert await scene.latest_chat() == chat


async def test_a_page_change_keeps_the_chat(scene: Scene) -> None:
    ada, visitor = await asyncio.gather(scene.agent(ADA), scene.visitor())
    await visitor.rings("Do you deliver to Norway?")
    await ada.rings()
    await ada.accept()
    await visitor.sees("Ada Moreno has joined the chat")
    await visitor.page.get_by_role("link", name="Delivery").click()
    await visitor.page.wait_for_url("**/delivery.html")
    await visitor.sees("Ada Moreno has joined the chat")
    await ada.write("We do, within a week.")
    await visitor.sees("We do, within a week.")
    await visitor.write("Lovely")
    await ada.sees("Lovely")
