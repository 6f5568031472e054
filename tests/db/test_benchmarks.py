"""The benchmarks' promises that hold on any machine, in short: counts and winners, no times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import accept_race, pages

if TYPE_CHECKING:
    from gateway.postgres import Cluster

# Two sizes at which the indexes of messages are equally deep: each level costs one buffer more.
FEW, MANY = 60_000, 180_000


async def test_of_eight_agents_who_accept_at_once_one_wins_and_none_is_in_a_deadlock(
    cluster: Cluster,
) -> None:
    found = await accept_race.race(cluster, rounds=40)
    assert (len(found.together), found.deadlocks) == (40, 0)


async def test_pages_touch_as_many_buffers_whatever_the_number_of_messages(
    cluster: Cluster,
) -> None:
    few, many = await pages.buffers_at(cluster, FEW), await pages.buffers_at(cluster, MANY)
    grown = {name: many[name] / few[name] for name in few}
    assert {name: ratio for name, ratio in grown.items() if ratio > pages.GOAL} == {}
