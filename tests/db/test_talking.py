"""Product section 2: messages, read marks and ends of a chat."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from tests.db.world import Agent, Visitor, refused

if TYPE_CHECKING:
    from tests.db.world import Person, World


async def say(
    person: Person, chat: uuid.UUID, body: str, message: uuid.UUID | None = None
) -> dict[str, object]:
    return await person.call(
        "send_message", chat_id=chat, message_id=message or uuid.uuid4(), body=body
    )


@pytest.fixture
async def talk(world: World) -> tuple[Agent, Visitor, uuid.UUID]:
    """An agent and a visitor in an active chat."""
    agent, visitor = await world.agent("Ada"), await world.visitor()
    chat = await visitor.start("Hello")
    await agent.accept(chat)
    return agent, visitor, chat


Talk = tuple[Agent, Visitor, uuid.UUID]


async def test_sequence_numbers_have_no_gaps_when_both_sides_write_at_once(talk: Talk) -> None:
    agent, visitor, chat = talk
    for n in range(10):
        await asyncio.gather(say(agent, chat, f"a{n}"), say(visitor, chat, f"v{n}"))
    said = await visitor.call("messages_since", chat_id=chat, seq=0)
    assert [m["seq"] for m in said] == list(range(1, 23))
    assert [m["created_at"] for m in said] == sorted(m["created_at"] for m in said)


async def test_a_repeated_message_is_stored_once(talk: Talk) -> None:
    _, visitor, chat = talk
    message = uuid.uuid4()
    first, again = (
        await say(visitor, chat, "Once", message),
        await say(visitor, chat, "Once", message),
    )
    assert first == again
    assert len(await visitor.call("messages_since", chat_id=chat, seq=2)) == 1


async def test_the_same_message_sent_twice_at_once_is_stored_once(world: World, talk: Talk) -> None:
    _, visitor, chat = talk
    other = await world.visitor()
    other.user_id = visitor.user_id
    message = uuid.uuid4()
    first, again = await asyncio.gather(
        say(visitor, chat, "Once", message), say(other, chat, "Once", message)
    )
    assert first == again


async def test_a_message_id_of_another_chat_is_refused(world: World, talk: Talk) -> None:
    _, visitor, chat = talk
    other = await world.visitor()
    theirs, message = await other.start(), uuid.uuid4()
    await say(visitor, chat, "Mine", message)
    with refused("invalid"):
        await say(other, theirs, "Stolen", message)


@pytest.mark.parametrize("body", ["", "  \n\t ", "x" * 10_001])
async def test_an_empty_or_too_long_message_is_refused(talk: Talk, body: str) -> None:
    _, visitor, chat = talk
    with refused("invalid"):
        await say(visitor, chat, body)


async def test_ten_thousand_characters_of_any_script_are_kept_whole(talk: Talk) -> None:
    _, visitor, chat = talk
    body = ("🔔é你" + "\u202e" + "<script>") * 833
    await say(visitor, chat, body)
    [kept] = await visitor.call("messages_since", chat_id=chat, seq=2)
    assert kept["body"] == body
    [(_, event)] = [h for h in await _heard(visitor, chat) if h[1].get("seq") == 3]
    assert event["cut"] is True
    assert event["body"] == body[:1000]


async def _heard(visitor: Visitor, chat: uuid.UUID) -> list[tuple[str, dict[str, object]]]:
    async with visitor.connection.transaction():
        await visitor.connection.execute("reset role")
        rows = await visitor.connection.fetch(
            "select event, payload from realtime.messages where topic = $1", f"chat:{chat}"
        )
    return [(row["event"], row["payload"]) for row in rows]


async def test_a_stranger_cannot_read_write_end_or_learn_of_a_chat(
    world: World, talk: Talk
) -> None:
    _, _, chat = talk
    for person in (await world.visitor(), await world.stranger()):
        with refused("not_found"):
            await say(person, chat, "Hi")
        with refused("not_found"):
            await person.call("messages_since", chat_id=chat, seq=0)
        with refused("not_found"):
            await person.call("end_chat", chat_id=chat)
        with refused("not_found"):
            await person.call("mark_read", chat_id=chat, seq=1)
        with refused("not_found"):
            await person.call("accept_chat", chat_id=chat)
        with refused("not_found"):
            await person.call("chat_seen", chat_id=chat)


async def test_an_agent_of_another_workspace_is_a_stranger(world: World, talk: Talk) -> None:
    _, _, chat = talk
    await world.found()
    other = await world.agent("Zoe", role="owner")
    for call in ("accept_chat", "decline_chat", "undo_decline", "desk_chat", "end_chat"):
        with refused("not_found"):
            await other.call(call, chat_id=chat)
    assert await other.run("select * from public.chats") == []


async def test_an_agent_who_is_not_the_chats_own_cannot_write(world: World, talk: Talk) -> None:
    _, _, chat = talk
    ben = await world.agent("Ben")
    with refused("taken"):
        await say(ben, chat, "Me too")


async def test_an_agent_cannot_write_before_accepting(world: World) -> None:
    ada = await world.agent("Ada")
    chat = await (await world.visitor()).start()
    with refused("forbidden"):
        await say(ada, chat, "Hi")


async def test_the_visitor_can_keep_writing_while_it_rings(world: World) -> None:
    await world.agent("Ada")
    visitor = await world.visitor()
    chat = await visitor.start()
    assert (await say(visitor, chat, "One more thing"))["seq"] == 2


async def test_what_is_written_into_a_missed_chat_is_kept(world: World) -> None:
    await world.agent("Ada")
    visitor = await world.visitor()
    chat = await visitor.start()
    await visitor.call("end_chat", chat_id=chat)
    assert (await say(visitor, chat, "Please call me"))["seq"] == 3


async def test_thirty_messages_within_ten_seconds_are_enough(talk: Talk) -> None:
    _, visitor, chat = talk
    for n in range(28):
        await say(visitor, chat, str(n))
    with refused("too_many"):
        await say(visitor, chat, "flood")


async def test_a_visitor_in_a_chat_who_starts_one_in_another_tab_stays_in_it(talk: Talk) -> None:
    _, visitor, chat = talk
    answer = await visitor.start_whole("From the other tab")
    assert (answer["chat"]["id"], answer["message"]["seq"]) == (str(chat), 3)


async def test_starting_twice_with_the_same_ids_is_one_chat(world: World) -> None:
    await world.agent("Ada")
    visitor = await world.visitor()
    ids: dict[str, Any] = {"chat_id": uuid.uuid4(), "message_id": uuid.uuid4()}
    first, again = await visitor.start_whole(**ids), await visitor.start_whole(**ids)
    assert first["message"] == again["message"]
    assert len(await visitor.run("select public.my_chats($1)", visitor.site_key)) == 1


async def test_forged_ids_of_another_visitor_are_refused(world: World) -> None:
    await world.agent("Ada")
    chat = await (await world.visitor()).start()
    with refused("invalid"):
        await (await world.visitor()).start_whole(chat_id=chat)


async def test_starting_needs_a_known_site_and_an_account(world: World) -> None:
    visitor = await world.visitor()
    with refused("not_found"):
        await visitor.start_whole(site_key="no-such-site")


async def test_a_visitor_cannot_start_chats_without_end(world: World) -> None:
    visitor = await world.visitor()
    for _ in range(20):
        await visitor.start()
    with refused("too_many"):
        await visitor.start()


async def test_a_new_chat_after_the_end_is_linked_to_the_old_one(world: World, talk: Talk) -> None:
    _, visitor, chat = talk
    await visitor.call("end_chat", chat_id=chat)
    with refused("ended"):
        await say(visitor, chat, "Still there?")
    new = await visitor.start(visitor={"previous_chat_id": str(chat)})
    assert (await world.chat(new))["previous_chat_id"] == chat


async def test_a_chat_cannot_be_linked_to_another_visitors(world: World, talk: Talk) -> None:
    _, _, chat = talk
    new = await (await world.visitor()).start(visitor={"previous_chat_id": str(chat)})
    assert (await world.chat(new))["previous_chat_id"] is None


async def test_read_marks_only_go_forward_and_never_past_the_end(world: World, talk: Talk) -> None:
    agent, visitor, chat = talk
    for seq in (2, 1, 99):
        await visitor.call("mark_read", chat_id=chat, seq=seq)
    await agent.call("mark_read", chat_id=chat, seq=1)
    row = await world.chat(chat)
    assert (row["visitor_read_seq"], row["agent_read_seq"]) == (2, 1)


async def test_unread_counts_what_the_visitor_said_since_the_agent_read(talk: Talk) -> None:
    agent, visitor, chat = talk
    await say(visitor, chat, "one")
    await say(visitor, chat, "two")
    assert (await agent.call("my_desk"))["counts"]["unread"] == 3
    await agent.call("mark_read", chat_id=chat, seq=3)
    assert (await agent.call("my_desk"))["counts"]["unread"] == 1


async def test_another_agents_look_does_not_mark_as_read(world: World, talk: Talk) -> None:
    _, _, chat = talk
    ben = await world.agent("Ben")
    await ben.call("mark_read", chat_id=chat, seq=2)
    assert (await world.chat(chat))["agent_read_seq"] == 0


@pytest.mark.parametrize("who", ["agent", "visitor"])
async def test_either_side_can_end_and_both_are_told(world: World, talk: Talk, who: str) -> None:
    agent, visitor, chat = talk
    person = agent if who == "agent" else visitor
    await person.call("end_chat", chat_id=chat)
    await person.call("end_chat", chat_id=chat)
    row = await world.chat(chat)
    assert (row["status"], row["ended_by"]) == ("ended", who)
    assert [p["ended_by"] for e, p in await world.heard(f"chat:{chat}") if e == "chat_ended"] == [
        who
    ]
    said = await visitor.call("messages_since", chat_id=chat, seq=2)
    assert [(m["event"], m["data"]) for m in said] == [("chat_ended", {"ended_by": who})]


async def test_only_its_agent_or_an_admin_ends_a_chat(world: World, talk: Talk) -> None:
    _, _, chat = talk
    with refused("taken"):
        await (await world.agent("Ben")).call("end_chat", chat_id=chat)
    await (await world.agent("Cleo", role="admin")).call("end_chat", chat_id=chat)
    assert (await world.chat(chat))["ended_by"] == "agent"


async def test_an_agent_cannot_end_what_still_rings(world: World) -> None:
    ada = await world.agent("Ada")
    chat = await (await world.visitor()).start()
    with refused("forbidden"):
        await ada.call("end_chat", chat_id=chat)


async def test_an_end_makes_room_for_who_waits(world: World) -> None:
    ada = await world.agent("Ada", max_chats=1)
    await world.agent("Ben")
    first = await (await world.visitor()).start()
    await ada.accept(first)
    second = await (await world.visitor()).start()
    assert await ada.rung_for() == []
    await ada.call("end_chat", chat_id=first)
    assert await ada.rung_for() == [str(second)]


async def test_messages_come_in_pages(talk: Talk) -> None:
    _, visitor, chat = talk
    for n in range(5):
        await say(visitor, chat, str(n))
    page = await visitor.call("messages_since", chat_id=chat, seq=2, page_size=2)
    assert [m["seq"] for m in page] == [3, 4]


async def test_what_a_visitor_tells_of_themselves_is_kept_and_bounded(world: World) -> None:
    visitor = await world.visitor()
    chat = await visitor.start(
        visitor={
            "name": "Maria",
            "device": "toaster",
            "page": {"url": "https://shop/x", "title": "X"},
        },
        visit_id=uuid.uuid4(),
    )
    row = await world.admin.fetchrow(
        "select v.name, v.device, c.page_url, s.page_title"
        " from public.chats c join public.visitors v on v.id = c.visitor_id"
        " join public.visits s on s.id = c.visit_id where c.id = $1",
        chat,
    )
    assert row is not None
    assert tuple(row) == ("Maria", None, "https://shop/x", "X")
    with refused("invalid"):
        await (await world.visitor()).start(visitor={"name": "x" * 121})


async def test_a_message_reaches_the_topics_of_the_chat_and_its_agent(
    world: World, talk: Talk
) -> None:
    agent, visitor, chat = talk
    await say(visitor, chat, "Where is my order?")
    for topic in (f"chat:{chat}", f"agent:{agent.user_id}"):
        sent = [p for e, p in await world.heard(topic) if e == "message_sent" and p["seq"] == 3]
        assert [(p["author"], p["body"], p["cut"]) for p in sent] == [
            ("visitor", "Where is my order?", False)
        ]


async def test_custom_attributes_add_up_and_wrong_ones_cost_no_chat(world: World) -> None:
    visitor = await world.visitor()
    await visitor.start(visitor={"attributes": {"plan": "oak", "seats": 3}})
    await visitor.start(visitor={"attributes": {"seats": 4}})
    for wrong in ([], "x", None, {"long": "x" * 5_000}):
        await visitor.start(visitor={"attributes": wrong})
    kept = await world.value("select attributes from public.visitors")
    assert kept == {"plan": "oak", "seats": 4}
