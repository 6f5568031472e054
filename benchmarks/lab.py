"""What the benchmarks share: a durable Postgres, people to act, one way to print a result."""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.postgres import Cluster
from tests.conftest import migrated
from tests.db.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine, Generator, Sequence

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def folder() -> Generator[Path]:
    """A folder of our own, deleted at the end.

    Others may walk through it: where we are root, Postgres runs as somebody else.
    """
    with tempfile.TemporaryDirectory(prefix="deskbell-bench-") as name:
        path = Path(name)
        path.chmod(0o711)
        yield path


@asynccontextmanager
async def server() -> AsyncGenerator[Cluster]:
    """A Postgres of our own with the settings of `deskbell try`, deleted at the end."""
    with folder() as home:
        cluster = Cluster(home, durable=True)
        try:
            await asyncio.to_thread(cluster.start)
            yield cluster
        finally:
            cluster.stop()


@asynccontextmanager
async def world(cluster: Cluster, name: str = "bench") -> AsyncGenerator[World]:
    """A database with the schema and one workspace, dropped at the end."""
    dsn = await cluster.create_database(name)
    try:
        await migrated(dsn)
        made = await World.make(dsn)
        try:
            yield made
        finally:
            await made.close()
    finally:
        await cluster.drop_database(name)


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def report(name: str, value: float, goal: float, detail: str = "") -> bool:
    """Print one figure beside its goal; whether it is reached."""
    reached = value <= goal
    say(f"{'ok  ' if reached else 'MISS'} {name}: {value:.2f} (goal <= {goal:g}) {detail}".rstrip())
    return reached


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run(benchmark: Coroutine[None, None, bool]) -> None:
    """Run a benchmark; the exit code tells whether every goal was reached."""
    sys.exit(0 if asyncio.run(benchmark) else 1)


def arguments() -> list[int]:
    """The numbers on the command line: how much to do, in the order of `main`'s parameters."""
    return [int(word) for word in sys.argv[1:]]
