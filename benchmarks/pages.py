"""The pages people wait for touch as many buffers at 1 million messages as at 100 thousand, and scan no table.

Floor: the same page in the smaller database.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from benchmarks import lab

if TYPE_CHECKING:
    import uuid

    from tests.db.world import Agent, World

MESSAGES_A_CHAT = 10
LONG_CHAT = 400

CHATS = """
insert into public.chats (id, workspace_id, site_id, visitor_id, agent_id, status, ended_by, started_at, ended_at, last_message_at,
  first_text, last_text, last_seq)
select md5('c' || n)::uuid, $1, $2, md5('v' || (1 + n % ($4::int / 5)))::uuid, $3, 'ended', 'agent',
  now() - make_interval(mins => n), now() - make_interval(mins => n) + interval '9 min', now() - make_interval(mins => n),
  'hello', 'thank you', case when n = 1 then $5::int else $6::int end
from generate_series(1, $4::int) as n
"""
MESSAGES = """
insert into public.messages (chat_id, seq, id, workspace_id, author, body, created_at)
select c.id, s, gen_random_uuid(), c.workspace_id, case when s % 2 = 1 then 'visitor' else 'agent' end,
  'message ' || s || ' about ' || (array['lamps', 'walnut', 'delivery', 'returns', 'oak', 'dimmers'])[1 + s % 6], c.started_at + make_interval(secs => s)
from public.chats as c cross join lateral generate_series(1, c.last_seq) as s
order by c.started_at
"""


async def fill(world: World, agent: Agent, messages: int) -> uuid.UUID:
    """Fill the workspace with past chats, one of them long; its id."""
    chats = messages // MESSAGES_A_CHAT
    await world.admin.execute(
        "insert into public.visitors (id, workspace_id, name, email) select md5('v' || n)::uuid, $1, 'Visitor ' || n, 'v' || n || '@example.com'"
        " from generate_series(1, $2::int) as n",
        world.workspace,
        chats // 5 + 1,
    )
    await world.admin.execute(CHATS, world.workspace, world.site, agent.id, chats, LONG_CHAT, MESSAGES_A_CHAT, timeout=600)
    await world.admin.execute(MESSAGES, timeout=1800)
    await world.admin.execute("vacuum analyze", timeout=600)
    return await world.admin.fetchval("select id from public.chats where last_seq = $1", LONG_CHAT)


def questions(chat: uuid.UUID) -> dict[str, str]:
    """What the app asks, as it asks it."""
    return {
        "history list": "select public.search_chats()",
        "history list, deep": "select public.search_chats('{}', now() - interval '3 days', gen_random_uuid())",
        "chat page": f"select * from public.messages where chat_id = '{chat}' order by seq desc limit 60",
        "catch-up": f"select * from public.messages_since('{chat}', {LONG_CHAT - 20})",
        "desk": "select public.my_desk()",
    }


async def buffers(agent: Agent, question: str) -> int:
    """Shared buffers the question touches, once caches of plans and catalogs are warm."""
    for _ in range(6):
        [row] = await agent.run(f"explain (analyze, buffers, format json) {question}")
    plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
    top = plan[0]["Plan"]
    return top["Shared Hit Blocks"] + top["Shared Read Blocks"]


async def scans(world: World) -> int:
    """Sequential scans of the two big tables so far."""
    await world.admin.execute("select pg_stat_force_next_flush()")
    return await world.admin.fetchval(
        "select sum(seq_scan)::int from pg_stat_user_tables where relname in ('messages', 'chats')"
    )


async def measure(world: World, messages: int) -> dict[str, int]:
    agent = await world.agent("Ada")
    chat = await fill(world, agent, messages)
    before = await scans(world)
    found = {name: await buffers(agent, question) for name, question in questions(chat).items()}
    await agent.run("select pg_stat_force_next_flush()")
    if (after := await scans(world)) != before:
        raise AssertionError(f"{after - before} sequential scans at {messages} messages")
    return found


async def main(small: int = 100_000, large: int = 1_000_000) -> bool:
    async with lab.server() as cluster:
        async with lab.world(cluster, "small") as world:
            few = await measure(world, small)
        async with lab.world(cluster, "large") as world:
            many = await measure(world, large)
    goals = [
        lab.report(f"{name}: buffers at {large:,} / at {small:,}", many[name] / few[name], 1.1, f"({few[name]} -> {many[name]})")
        for name in few
    ]
    return all(goals)


if __name__ == "__main__":
    lab.run(lambda: main(*(int(a) for a in sys.argv[1:])))
