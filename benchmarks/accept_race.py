"""1,000 rounds of 8 agents who accept one chat at once: 1,000 single winners and no deadlock.

Floor: the same chats accepted by one agent alone.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg

from benchmarks import lab

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.postgres import Cluster
    from tests.db.world import Agent, World

AGENTS = 8
ROUNDS_BETWEEN_BEATS = 50  # an agent who is not heard of is not rung


@dataclass(frozen=True, slots=True)
class Race:
    """The seconds of each round, alone and together; every round had one winner."""

    alone: list[float]
    together: list[float]
    deadlocks: int


async def race(cluster: Cluster, rounds: int) -> Race:
    """Run the rounds in a database of its own. Raises AssertionError when two win, or none."""
    async with lab.world(cluster, "accept_race") as world:
        agents = [await world.agent(f"Agent {n}", max_chats=100) for n in range(AGENTS)]
        alone = await rounds_of(world, agents[:1], max(rounds // 10, 20))
        together = await rounds_of(world, agents, rounds)
        await world.admin.execute("select pg_stat_force_next_flush()")
        deadlocks = await world.value(
            "select deadlocks from pg_stat_database where datname = current_database()"
        )
    return Race(alone, together, deadlocks)


async def rounds_of(world: World, agents: list[Agent], rounds: int) -> list[float]:
    """The seconds of each round. Raises AssertionError when a round has no single winner."""
    took: list[float] = []
    for n in range(rounds):
        if n % ROUNDS_BETWEEN_BEATS == 0:
            await asyncio.gather(*(agent.come() for agent in agents))
        visitor = await world.visitor()
        chat = await visitor.start()
        start = time.perf_counter()
        answers = await asyncio.gather(
            *(agent.accept(chat) for agent in agents), return_exceptions=True
        )
        took.append(time.perf_counter() - start)
        check(answers)
        await world.admin.execute(
            "update public.chats set status = 'ended', ended_at = now() where id = $1", chat
        )
        await visitor.connection.close()
    return took


def check(answers: Sequence[object]) -> None:
    """One accepted; everybody else was told that the chat is taken."""
    winners = [answer for answer in answers if isinstance(answer, dict)]
    taken = [answer for answer in answers if is_taken(answer)]
    if len(winners) != 1 or len(winners) + len(taken) != len(answers):
        raise AssertionError(f"not one winner: {answers}")


def is_taken(answer: object) -> bool:
    return isinstance(answer, asyncpg.PostgresError) and getattr(answer, "hint", "") == "taken"


async def main(rounds: int = 1000) -> bool:
    async with lab.server() as cluster:
        found = await race(cluster, rounds)
    alone, together = lab.median(found.alone), lab.median(found.together)
    detail = f"({alone * 1e3:.1f} ms -> {together * 1e3:.1f} ms, {rounds} single winners)"
    quick = lab.report("accept: 8 at once / 1 alone", together / alone, AGENTS, detail)
    return lab.report("accept: deadlocks", found.deadlocks, 0) and quick


if __name__ == "__main__":
    lab.run(main(*lab.arguments()))
