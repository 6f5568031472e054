"""Reads from the database's catalog what the API offers, and keeps it until told to read again."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.rest.shape import Argument, Link, Relation, Routine, Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.database import Database

QUERY = (Path(__file__).parent / "catalog.sql").read_text()
PATIENCE_AFTER_A_MISS = 0.05


@dataclass(slots=True)
class Catalog:
    """The shape of the exposed schemas. A miss reads again, though not at once twice."""

    database: Database
    schemas: tuple[str, ...]
    shape: Shape = field(default_factory=Shape)
    _read_at: float = -PATIENCE_AFTER_A_MISS
    _stale: bool = True
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def forget(self) -> None:
        """What was read is out of date: `notify pgrst, 'reload schema'`."""
        self._stale = True

    async def current(self) -> Shape:
        """The shape, read again if it is out of date."""
        if self._stale:
            await self._read()
        return self.shape

    async def relation(self, schema: str, name: str) -> Relation | None:
        """A table or view by its name."""
        found = (await self.current()).relations.get((schema, name))
        if found is None and await self._read_after_miss():
            found = self.shape.relations.get((schema, name))
        return found

    async def routines(self, schema: str, name: str) -> tuple[Routine, ...]:
        """All functions of that name."""
        found = (await self.current()).routines.get((schema, name), ())
        if not found and await self._read_after_miss():
            found = self.shape.routines.get((schema, name), ())
        return found

    async def _read_after_miss(self) -> bool:
        if asyncio.get_running_loop().time() - self._read_at < PATIENCE_AFTER_A_MISS:
            return False
        self._stale = True
        await self._read()
        return True

    async def _read(self) -> None:
        async with self._lock:
            if not self._stale:
                return
            self._stale = False
            try:
                async with self.database.admin.acquire() as connection, connection.transaction():
                    await connection.execute("set local search_path = ''")
                    text: str = await connection.fetchval(QUERY, list(self.schemas))
            except BaseException:
                self._stale = True
                raise
            self.shape = _shape(json.loads(text))
            self._read_at = asyncio.get_running_loop().time()


def _shape(found: Mapping[str, Any]) -> Shape:
    routines: dict[tuple[str, str], list[Routine]] = defaultdict(list)
    for row in found["routines"]:
        routines[row["schema"], row["name"]].append(_routine(row))
    links: dict[str, list[Link]] = defaultdict(list)
    for row in found["links"]:
        links[row["schema"]].append(_link(row))
    return Shape(
        relations={
            (row["schema"], row["name"]): Relation(
                row["schema"], row["name"], dict(row["columns"]), tuple(row["primary_key"])
            )
            for row in found["relations"]
        },
        links={schema: tuple(items) for schema, items in links.items()},
        routines={key: tuple(items) for key, items in routines.items()},
    )


def _routine(row: Mapping[str, Any]) -> Routine:
    return Routine(
        schema=row["schema"],
        name=row["name"],
        arguments=tuple(Argument(*argument) for argument in row["arguments"]),
        gives=row["gives"],
        is_set=row["is_set"],
        writes=row["writes"],
        columns=dict(row["columns"] or []),
    )


def _link(row: Mapping[str, Any]) -> Link:
    return Link(
        name=row["name"],
        source=row["source"],
        target=row["target"],
        columns=tuple(row["columns"]),
        target_columns=tuple(row["target_columns"]),
        unique=row["unique"],
    )
