"""1,000 rounds of 8 agents who accept one chat at once: 1,000 single winners and no deadlock.

Floor: the same chats accepted by one agent alone.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

import asyncpg

from benchmarks import lab

if TYPE_CHECKING:
    import uuid

    from tests.db.world import Agent, World

AGENTS = 8


async def rounds_of(world: World, agents: list[Agent], rounds: int) -> list[float]:
    """The seconds of each round; raises when a round has no single winner."""
    took = []
    for _ in range(rounds):
        visitor = await world.visitor()
        chat = await visitor.start()
        start = time.perf_counter()
        answers = await asyncio.gather(*(agent.accept(chat) for agent in agents), return_exceptions=True)
        took.append(time.perf_counter() - start)
        check(answers)
        await world.admin.execute("update public.chats set status = 'ended', ended_at = now() where id = $1", chat)
        await visitor.connection.close()
    return took


def check(answers: list[object]) -> None:
    winners = [answer for answer in answers if isinstance(answer, dict)]
    others = [answer for answer in answers if not isinstance(answer, dict)]
    if len(winners) != 1 or any(not isinstance(o, asyncpg.PostgresError) or getattr(o, "hint", "") != "taken" for o in others):
        raise AssertionError(f"not one winner: {answers}")


async def main(rounds: int = 1000) -> bool:
    async with lab.server() as cluster, lab.world(cluster) as world:
        agents = [await world.agent(f"Agent {n}", max_chats=100) for n in range(AGENTS)]
        alone = await rounds_of(world, agents[:1], max(rounds // 10, 20))
        together = await rounds_of(world, agents, rounds)
        deadlocks = await world.admin.fetchval("select deadlocks from pg_stat_database where datname = current_database()")
    detail = f"({rounds} rounds, {rounds} single winners, {deadlocks} deadlocks; median {lab.median(together) * 1e3:.1f} ms)"
    return lab.report("accept: 8 at once / 1 alone", lab.median(together) / lab.median(alone), AGENTS, detail) and deadlocks == 0


if __name__ == "__main__":
    lab.run(lambda: main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
