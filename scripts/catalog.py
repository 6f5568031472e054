"""Reads what a folder of SQL files makes of an empty database, and compares two such results."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from gateway import migrate, platform

if TYPE_CHECKING:
    from gateway.postgres import Cluster

QUERY = Path(__file__).with_suffix(".sql")

Thing = tuple[str, str]
"""What it is, and its name: ('function', 'public.end_chat(uuid)')."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A thing that two catalogs do not have alike; None where it is missing."""

    thing: Thing
    old: str | None
    new: str | None


async def catalog_of(cluster: Cluster, folder: Path) -> dict[Thing, str]:
    """What `folder/*.sql` makes of a database that has the platform's schemas and nothing else."""
    name = f"catalog_{uuid.uuid4().hex}"
    dsn = await cluster.create_database(name)
    try:
        await platform.install(dsn)
        await migrate.apply(cluster.dsn(name, "postgres"), folder)
        return await read(dsn)
    finally:
        await cluster.drop_database(name)


async def read(dsn: str) -> dict[Thing, str]:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("set search_path = ''")  # so that every name is written in full
        rows = await connection.fetch(QUERY.read_text(encoding="utf-8"))
    finally:
        await connection.close()
    return {(row["kind"], row["name"]): row["definition"] for row in rows}


def differences(old: dict[Thing, str], new: dict[Thing, str]) -> list[Difference]:
    return [
        Difference(thing, old.get(thing), new.get(thing))
        for thing in sorted(old.keys() | new.keys())
        if old.get(thing) != new.get(thing)
    ]
