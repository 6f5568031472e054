"""The pages that people wait for cost the same at a million messages as at 100 thousand.

Cost is the number of buffers touched, and no page may scan a big table.
Floor: the same page in the smaller database.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benchmarks import lab

if TYPE_CHECKING:
    import uuid

    from gateway.postgres import Cluster
    from tests.db.world import Agent, World

GOAL = 1.1
MESSAGES_A_CHAT = 10
LONG_CHAT = 400
CHATS_A_VISITOR = 3  # the index of visitors is equally deep at all sizes measured
WARM_UP = 5  # a prepared statement gets its lasting plan at the sixth run

VISITORS = """
insert into public.visitors (id, workspace_id, name, email)
select md5('v' || n)::uuid, $1, 'Visitor ' || n, 'v' || n || '@example.com'
from generate_series(1, $2::int) as n
"""
CHATS = """
insert into public.chats (
  id, workspace_id, site_id, visitor_id, agent_id, status, ended_by,
  started_at, ended_at, last_message_at, first_text, last_text, last_seq
)
select
  md5('c' || n)::uuid, $1, $2, md5('v' || (1 + n % ($4::int / $7::int)))::uuid, $3,
  'ended', 'agent',
  now() - make_interval(mins => n), now() - make_interval(mins => n) + interval '9 min',
  now() - make_interval(mins => n),
  'hello', 'thank you', case when n = 1 then $5::int else $6::int end
from generate_series(1, $4::int) as n
"""
MESSAGES = """
insert into public.messages (chat_id, seq, id, workspace_id, author, body, created_at)
select
  c.id, s, gen_random_uuid(), c.workspace_id,
  case when s % 2 = 1 then 'visitor' else 'agent' end,
  'message ' || s || ' about '
    || (array['lamps', 'walnut', 'delivery', 'returns', 'oak', 'dimmers'])[1 + s % 6],
  c.started_at + make_interval(secs => s)
from public.chats as c cross join lateral generate_series(1, c.last_seq) as s
order by c.started_at
"""
SCANS = """
select coalesce(sum(seq_scan), 0)::int from pg_stat_user_tables
where schemaname = 'public' and relname in ('messages', 'chats', 'visitors')
"""


async def buffers_at(cluster: Cluster, messages: int) -> dict[str, int]:
    """The buffers of each page in a database of so many messages.

    Raises AssertionError when a page scans a big table.
    """
    async with lab.world(cluster, f"pages_{messages}") as world:
        agent = await world.agent("Ada")
        pages = questions(await fill(world, agent, messages), messages // MESSAGES_A_CHAT // 2)
        before = await scans(world)
        found = {name: await buffers(agent, asked) for name, asked in pages.items()}
        await agent.run("select pg_stat_force_next_flush()")
        if (after := await scans(world)) != before:
            raise AssertionError(f"{after - before} sequential scans at {messages} messages")
    return found


async def fill(world: World, agent: Agent, messages: int) -> uuid.UUID:
    """Fill the workspace with past chats, one of them long; its id."""
    chats = messages // MESSAGES_A_CHAT
    await world.admin.execute(VISITORS, world.workspace, chats // CHATS_A_VISITOR)
    sizes = (chats, LONG_CHAT, MESSAGES_A_CHAT, CHATS_A_VISITOR)
    await world.admin.execute(CHATS, world.workspace, world.site, agent.id, *sizes)
    await world.admin.execute(MESSAGES)
    await world.admin.execute("vacuum analyze")
    return await world.value("select id from public.chats where last_seq = $1", LONG_CHAT)


def questions(chat: uuid.UUID, half: int) -> dict[str, list[str]]:
    """What the app asks, as it asks it; `half` of the chats are newer than the deep page.

    Messages are asked for from several places: where pages of the index end is chance.
    """
    messages = f"select * from public.messages where chat_id = '{chat}'"
    deep = f"now() - make_interval(mins => {half})"
    return {
        "history": ["select public.search_chats()"],
        "history, deep": [f"select public.search_chats('{{}}', {deep}, gen_random_uuid())"],
        "chat": [
            f"{messages} and seq <= {seq} order by seq desc limit 60"
            for seq in range(LONG_CHAT, LONG_CHAT - 200, -10)
        ],
        "catch-up": [
            f"select * from public.messages_since('{chat}', {seq})"
            for seq in range(LONG_CHAT - 200, LONG_CHAT, 10)
        ],
        "desk": ["select public.my_desk()"],
    }


async def buffers(agent: Agent, questions: list[str]) -> int:
    """Shared buffers that the questions touch, once plans and catalogs are remembered."""
    for _ in range(WARM_UP):
        await agent.run(questions[0])
    return sum([await buffers_of(agent, question) for question in questions])


async def buffers_of(agent: Agent, question: str) -> int:
    [row] = await agent.run(f"explain (analyze, buffers, format json) {question}")
    plan: Any = row[0] if isinstance(row[0], list) else json.loads(row[0])
    top = plan[0]["Plan"]
    return top["Shared Hit Blocks"] + top["Shared Read Blocks"]


async def scans(world: World) -> int:
    """Sequential scans of the big tables so far."""
    await world.admin.execute("select pg_stat_force_next_flush()")
    return await world.value(SCANS)


async def main(small: int = 100_000, large: int = 1_000_000) -> bool:
    async with lab.server() as cluster:
        few, many = await buffers_at(cluster, small), await buffers_at(cluster, large)
    reached = [
        lab.report(
            f"{name}: buffers at {large:,} / at {small:,}",
            many[name] / few[name],
            GOAL,
            f"({few[name]} -> {many[name]})",
        )
        for name in few
    ]
    return all(reached)


if __name__ == "__main__":
    lab.run(main(*lab.arguments()))
