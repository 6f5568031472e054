"""Product section 3, as far as it stands: the list of finished chats and its search."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from tests.db.world import refused

if TYPE_CHECKING:
    from typing import Any

    from tests.db.world import Agent, World


async def finished(world: World, agent: Agent, *lines: str, **visitor: str) -> uuid.UUID:
    """A chat that the agent answered and ended."""
    guest = await world.visitor()
    chat = await guest.start(lines[0], visitor=visitor)
    await agent.accept(chat)
    for line in lines[1:]:
        await guest.call("send_message", chat_id=chat, message_id=uuid.uuid4(), body=line)
    await agent.call("end_chat", chat_id=chat)
    return chat


async def found(agent: Agent, **arguments: Any) -> list[str]:
    rows = await agent.run(
        "select public.search_chats($1, $2, $3, $4)",
        arguments.get("filter", {}),
        arguments.get("before"),
        arguments.get("before_id"),
        arguments.get("page_size", 50),
    )
    return [row[0]["id"] for row in rows]


async def test_finished_chats_come_newest_end_first_and_running_ones_not_at_all(
    world: World,
) -> None:
    ada = await world.agent("Ada")
    first, second = await finished(world, ada, "One"), await finished(world, ada, "Two")
    await (await world.visitor()).start("Still ringing")
    assert await found(ada) == [str(second), str(first)]


async def test_pages_follow_each_other_without_gap_or_repeat(world: World) -> None:
    ada = await world.agent("Ada")
    chats = [str(await finished(world, ada, f"Chat {n}")) for n in range(5)]
    await world.admin.execute("update public.chats set ended_at = '2026-01-01' where true")
    seen: list[str] = []
    while page := await found(
        ada,
        page_size=2,
        before=await world.admin.fetchval("select '2026-01-01'::timestamptz") if seen else None,
        before_id=uuid.UUID(seen[-1]) if seen else None,
    ):
        seen += page
    assert sorted(seen) == sorted(chats)
    assert len(seen) == 5


@pytest.mark.parametrize(
    "text",
    ["walnut", "WALN", "walnut shelf", "maria", "keller@", "maria.keller@example.com", "Straße"],
)
async def test_words_said_and_who_said_them_are_found(world: World, text: str) -> None:
    ada = await world.agent("Ada")
    chat = await finished(
        world,
        ada,
        "Hello",
        "Do you sell a walnut shelf to Berliner Straße?",
        name="Maria Keller",
        email="maria.keller@example.com",
    )
    await finished(world, ada, "Something else")
    assert await found(ada, filter={"text": text}) == [str(chat)]


@pytest.mark.parametrize(
    "text", ["walnut & !oak", "'; drop table chats; --", ":*", "a\\'b", "((", "🔔"]
)
async def test_odd_searches_are_no_errors(world: World, text: str) -> None:
    ada = await world.agent("Ada")
    await finished(world, ada, "Hello")
    await found(ada, filter={"text": text})


async def test_an_empty_search_is_the_whole_list(world: World) -> None:
    ada = await world.agent("Ada")
    chat = await finished(world, ada, "Hello")
    assert await found(ada, filter={"text": "  "}) == [str(chat)]


async def test_system_lines_are_not_searched(world: World) -> None:
    ada = await world.agent("Ada")
    await finished(world, ada, "Hello")
    assert await found(ada, filter={"text": "joined"}) == []


async def test_filters_narrow_the_list(world: World) -> None:
    ada, ben = await world.agent("Ada"), await world.agent("Ben")
    first, second = await finished(world, ada, "One"), await finished(world, ben, "Two")
    guest = await world.visitor()
    missed = await guest.start()
    await guest.call("end_chat", chat_id=missed)
    assert await found(ada, filter={"agent_id": str(ben.id)}) == [str(second)]
    assert await found(ada, filter={"status": "missed"}) == [str(missed)]
    assert await found(ada, filter={"status": "ended", "site_id": str(world.site)}) == [
        str(second),
        str(first),
    ]
    assert await found(ada, filter={"from": "2999-01-01"}) == []


async def test_history_of_another_workspace_is_not_found(world: World) -> None:
    ada = await world.agent("Ada")
    await finished(world, ada, "Secret walnut", name="Maria")
    await world.found()
    zoe = await world.agent("Zoe")
    assert (
        await found(zoe)
        == await found(zoe, filter={"text": "walnut"})
        == await found(zoe, filter={"text": "maria"})
        == []
    )


async def test_a_visitor_has_no_history_of_others(world: World) -> None:
    ada = await world.agent("Ada")
    await finished(world, ada, "Secret")
    guest = await world.visitor()
    with refused("not_found"):
        await guest.run("select public.search_chats()")
    assert await guest.run("select public.my_chats($1)", guest.site_key) == []
