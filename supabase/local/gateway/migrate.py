"""Applies the product's migrations, as the role and in the way the platform applies them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import asyncpg

from gateway.errors import StartupProblem

if TYPE_CHECKING:
    from pathlib import Path

NAME = re.compile(r"^(\d+)_(.+)\.sql$")

HISTORY = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (
  version text primary key, statements text[], name text
);
create table if not exists supabase_migrations.seed_files (
  path text primary key, hash text not null
);
"""


async def apply(dsn: str, folder: Path, seed: Path | None = None) -> list[str]:
    """Apply what is new in `folder/*.sql`, in order, each in a transaction; then the seed, once.

    `dsn` logs in as `postgres`, which is no superuser. Answers the versions it applied.
    Raises StartupProblem with file, line and message of the first error.
    """
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("set client_min_messages = warning")
        await connection.execute(HISTORY)
        known = {
            row["version"]
            for row in await connection.fetch(
                "select version from supabase_migrations.schema_migrations"
            )
        }
        applied = [
            version
            for version, path in _migrations(folder)
            if version not in known and await _apply_one(connection, version, path)
        ]
        if seed is not None:
            await _apply_seed(connection, seed)
        return applied
    finally:
        await connection.close()


def _migrations(folder: Path) -> list[tuple[str, Path]]:
    found = [
        (match.group(1), path) for path in folder.glob("*.sql") if (match := NAME.match(path.name))
    ]
    versions = [version for version, _ in found]
    twice = {version for version in versions if versions.count(version) > 1}
    if twice:
        raise StartupProblem(
            f"Two migrations in {folder} have the version {min(twice)}. Rename one."
        )
    return sorted(found)


async def _apply_one(connection: asyncpg.Connection, version: str, path: Path) -> bool:
    async with connection.transaction():
        await _run_file(connection, path)
        await connection.execute(
            "insert into supabase_migrations.schema_migrations (version, name) values ($1, $2)",
            version,
            path.stem.removeprefix(f"{version}_"),
        )
    return True


async def _apply_seed(connection: asyncpg.Connection, path: Path) -> None:
    if not path.exists():
        raise StartupProblem(f"There is no seed file {path}.")
    done = "select true from supabase_migrations.seed_files where path = $1"
    if await connection.fetchval(done, path.name):
        return
    async with connection.transaction():
        await _run_file(connection, path)
        await connection.execute(
            "insert into supabase_migrations.seed_files values ($1, md5($2))",
            path.name,
            path.read_text(),
        )


async def _run_file(connection: asyncpg.Connection, path: Path) -> None:
    text = path.read_text()
    try:
        await connection.execute(text)
        await connection.execute("reset all")
    except asyncpg.PostgresError as error:
        raise StartupProblem(_where(path, text, error)) from error


def _where(path: Path, text: str, error: asyncpg.PostgresError) -> str:
    position: str | None = getattr(error, "position", None)
    line = f":{text.count(chr(10), 0, int(position)) + 1}" if position else ""
    parts = [f"{path}{line}: {error}"]
    for name in ("detail", "hint", "context"):
        said: str | None = getattr(error, name, None)
        if said:
            parts.append(f"{name}: {said}")
    return " | ".join(parts)
