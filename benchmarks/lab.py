"""What the benchmarks share: a durable Postgres with the schema, people to act, and one way to print a result."""

from __future__ import annotations

import asyncio
import shutil
import statistics
import sys
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.postgres import Cluster
from tests.conftest import migrated
from tests.db.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Sequence


@asynccontextmanager
async def server() -> AsyncIterator[Cluster]:
    """A Postgres of our own with the settings of `deskbell try`, deleted at the end."""
    home = Path(tempfile.mkdtemp(prefix="deskbell-bench-"))
    cluster = Cluster(home, durable=True)
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()
        cluster.wipe()
        shutil.rmtree(home, ignore_errors=True)


@asynccontextmanager
async def world(cluster: Cluster, name: str = "bench") -> AsyncIterator[World]:
    """A database with the schema and one workspace."""
    dsn = await cluster.create_database(name)
    await migrated(dsn)
    made = await World.make(dsn)
    try:
        yield made
    finally:
        await made.close()


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def report(name: str, value: float, goal: float, detail: str = "") -> bool:
    """Print one figure beside its goal; whether it is reached."""
    reached = value <= goal
    sys.stdout.write(f"{'ok  ' if reached else 'MISS'} {name}: {value:.2f} (goal <= {goal:g}) {detail}\n")
    sys.stdout.flush()
    return reached


def run(main: Callable[[], Coroutine[None, None, bool]]) -> None:
    """Run a benchmark; the exit code tells whether every goal was reached."""
    sys.exit(0 if asyncio.run(main()) else 1)
