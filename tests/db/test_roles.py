"""Who may do what to which table: the matrix, and who hears and speaks on which realtime topic."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import asyncpg
import pytest

if TYPE_CHECKING:
    from tests.db.world import Person, World

TABLES = (
    "workspaces", "sites", "departments", "agents", "agent_departments", "devices",
    "visitors", "visits", "chats", "offers", "messages",
)  # fmt: skip
WRITES = (
    "insert into public.{0} default values",
    "update public.{0} set {1} = {1}",
    "delete from public.{0}",
    "truncate public.{0}",
)


async def people(world: World) -> dict[str, Person]:
    """Everybody there is, around one active chat that has a row in every table."""
    ada = await world.agent("Ada", role="admin")
    visitor = await world.visitor()
    chat = await visitor.start(visit_id=uuid.uuid4())
    await ada.accept(chat)
    plain = await world.agent("Ben")
    other_visitor, anon, stranger = (
        await world.visitor(),
        await world.anon(),
        await world.stranger(),
    )
    await world.found()
    outsider = await world.agent("Zoe", role="owner")
    return {
        "admin": ada, "agent": plain, "visitor": visitor, "other visitor": other_visitor,
        "anon": anon, "stranger": stranger, "agent of another workspace": outsider,
    }  # fmt: skip


async def may(person: Person, sql: str) -> bool:
    """Whether Postgres lets this person run the statement."""
    try:
        await person.run(sql)
    except asyncpg.InsufficientPrivilegeError:
        return False
    return True


@pytest.mark.parametrize("table", TABLES)
async def test_agents_see_their_workspace_and_nobody_sees_more(world: World, table: str) -> None:
    everybody = await people(world)
    assert await world.value(f"select count(*) from public.{table}") > 0
    for who in ("visitor", "other visitor", "stranger"):
        assert await everybody[who].run(f"select * from public.{table}") == [], who
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await everybody["anon"].run(f"select * from public.{table}")
    for who in ("admin", "agent"):
        assert await everybody[who].run(f"select * from public.{table}"), who
    column = "id" if table == "workspaces" else "user_id" if table == "devices" else "workspace_id"
    theirs = {
        row[0]
        for row in await everybody["agent of another workspace"].run(
            f"select {column} from public.{table}"
        )
    }
    assert theirs <= {world.workspace, everybody["agent of another workspace"].user_id}


@pytest.mark.parametrize("table", TABLES)
async def test_nobody_writes_a_table_directly(world: World, table: str) -> None:
    column = await world.admin.fetchval(
        "select attname from pg_attribute where attrelid = $1::regclass and attnum = 1",
        f"public.{table}",
    )
    allowed = [
        f"{who}: {write}"
        for who, person in (await people(world)).items()
        for write in (sql.format(table, column) for sql in WRITES)
        if await may(person, write)
    ]
    assert allowed == []


async def test_private_functions_that_decide_cannot_be_called(world: World) -> None:
    visitor = await world.visitor()
    for call in (
        "private.tick()",
        "private.announce('chat:x', 'chat_ended', '{}')",
        "private.add_event(null, 'x', 'y')",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await visitor.run(f"select {call}")


HEAR = {
    "chat": {"admin", "agent", "visitor"},
    "typing": {"admin", "agent", "visitor"},
    "workspace": {"admin", "agent"},
    "agent": {"admin"},
}


@pytest.mark.parametrize("kind", HEAR)
async def test_only_those_concerned_hear_a_topic_and_clients_speak_only_of_typing(
    world: World, kind: str
) -> None:
    workspace = world.workspace
    everybody = await people(world)
    chat = await world.admin.fetchval("select id from public.chats")
    thing = {
        "chat": chat,
        "typing": chat,
        "workspace": workspace,
        "agent": everybody["admin"].user_id,
    }[kind]
    topic = f"{kind}:{thing}"
    await world.admin.execute(
        "insert into realtime.messages (topic, extension) values ($1, 'broadcast')", topic
    )
    hear, broadcast, presence = set(), set(), set()
    for who, person in everybody.items():
        async with person.connection.transaction():
            await person.connection.execute("select set_config('realtime.topic', $1, true)", topic)
            if await _sees(person, topic):
                hear.add(who)
        if await _may_insert(person, topic, "broadcast"):
            broadcast.add(who)
        if await _may_insert(person, topic, "presence"):
            presence.add(who)
    assert hear == HEAR[kind]
    assert broadcast == (HEAR[kind] if kind == "typing" else set())
    assert presence == (HEAR[kind] if kind == "workspace" else set())


async def _sees(person: Person, topic: str) -> bool:
    rows = await person.run(
        "with t as materialized (select set_config('realtime.topic', $1, true) as topic)"
        " select m.id from t, realtime.messages as m where m.topic = t.topic",
        topic,
    )
    return bool(rows)


async def _may_insert(person: Person, topic: str, extension: str) -> bool:
    try:
        await person.run("select set_config('realtime.topic', $1, false)", topic)
        await person.run(
            "insert into realtime.messages (topic, extension) values ($1, $2)", topic, extension
        )
    except asyncpg.InsufficientPrivilegeError:
        return False
    return True


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "chat:",
        "chat:x",
        "agent:00000000-0000-0000-0000-000000000000; --",
        "other:1",
        "workspace:1:2",
    ],
)
async def test_an_odd_topic_is_heard_by_nobody(world: World, topic: str) -> None:
    ada = await world.agent("Ada")
    [row] = await ada.run("select private.may_hear($1) as may", topic)
    assert row["may"] is False
