"""Makes a database look like the platform's: its roles, schemas, functions and privileges."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg

from gateway.errors import StartupProblem

OPTIONAL = "15_default_privileges.sql"
ONE_AT_A_TIME = "lock table pg_catalog.pg_authid in share row exclusive mode"
"""Roles belong to all databases of a cluster: two installs at once would trip over each other."""
LOGIN_ROLES = ("authenticator", "postgres", "supabase_auth_admin", "supabase_storage_admin")


def version() -> str:
    """Names the contents of this folder; changes whenever they do."""
    return sha256(
        b"".join(path.read_bytes() for path in _files(default_privileges=True))
    ).hexdigest()


async def install(dsn: str, *, default_privileges: bool = True) -> None:
    """Install everything in one transaction; nothing happens in a database that has it.

    `dsn` logs in as a superuser. With `default_privileges=False` new tables and functions are not
    granted to the API's roles, as in projects with `auto_expose_new_tables = false`.
    """
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            if await _installed(connection):
                return
            if not await connection.fetchval(
                "select rolsuper from pg_roles where rolname = current_user"
            ):
                raise StartupProblem(
                    "The database lacks the platform's schemas and this login may not make them. "
                    "Give --db-url of a superuser."
                )
            await connection.execute(ONE_AT_A_TIME)
            for path in _files(default_privileges=default_privileges):
                await connection.execute(path.read_text())
            await _set_passwords(connection, dsn)
            await connection.execute(
                "insert into gateway.installed (version) values ($1)", version()
            )
    finally:
        await connection.close()


async def _installed(connection: asyncpg.Connection) -> bool:
    if not await connection.fetchval("select to_regclass('gateway.installed')::text"):
        return False
    found = await connection.fetchval("select version from gateway.installed limit 1")
    if found != version():
        raise StartupProblem(
            "This database was made by another version of the stand-in. "
            "Start over with --fresh (that deletes the data), or use the version that made it."
        )
    return True


async def _set_passwords(connection: asyncpg.Connection, dsn: str) -> None:
    """All roles that log in share the superuser's password, if there is one."""
    password = unquote(urlsplit(dsn).password or "")
    if not password:
        return
    for role in LOGIN_ROLES:
        statement = await connection.fetchval(
            "select format('alter role %I password %L', $1::text, $2::text)", role, password
        )
        await connection.execute(str(statement))


def _files(*, default_privileges: bool) -> list[Path]:
    files = sorted(Path(__file__).parent.glob("*.sql"))
    return [path for path in files if default_privileges or path.name != OPTIONAL]
