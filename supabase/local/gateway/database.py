"""The gateway's connections to Postgres, one pool for each role that logs in or is put on."""

from __future__ import annotations

from dataclasses import dataclass, field

import asyncpg

CALL = "select * from gateway.call($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
API_ROLES = ("anon", "authenticated", "service_role")
LIMITS = """
select r.rolname, split_part(c, '=', 2) as value
from pg_catalog.pg_roles as r, unnest(r.rolconfig) as c
where c like 'statement_timeout=%'
"""
PROBLEMS_OF_CONNECTION = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)


class QuickConnection(asyncpg.Connection):
    """Skips the clean-up query after each use: everything the gateway sets is local to its
    transaction, and the platform's API does not clean up either."""

    def get_reset_query(self) -> str:
        """No query at all."""
        return ""


Session = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy


@dataclass(frozen=True, slots=True)
class Call:
    """One statement to run as the caller; it answers one row (body, page, total)."""

    role: str
    claims: str
    headers: str
    method: str
    path: str
    search_path: str
    read_only: bool
    statement: str
    payload: str | None
    single: bool


@dataclass(slots=True)
class Database:
    """`dsn` logs in as the superuser."""

    dsn: str
    _pools: dict[str, asyncpg.Pool] = field(default_factory=dict[str, asyncpg.Pool])
    _limits: dict[str, str] = field(default_factory=dict[str, str])

    async def open(self) -> None:
        """Connect as the superuser, read the roles' time limits and warm up for callers."""
        await self._add("admin", self.dsn)
        await self._add("auth", self.dsn_of("supabase_auth_admin"))
        self._limits = {row["rolname"]: row["value"] for row in await self.admin.fetch(LIMITS)}
        for limit in {self._limit(role) for role in API_ROLES}:
            pool = await self._add(
                limit, self.dsn_of("authenticator"), {"statement_timeout": limit}
            )
            await pool.fetchval("select 1")

    async def close(self) -> None:
        """Close every connection at once."""
        for pool in self._pools.values():
            pool.terminate()

    @property
    def admin(self) -> asyncpg.Pool:
        """Connections of the superuser: for the gateway's own work only."""
        return self._pools["admin"]

    @property
    def auth(self) -> asyncpg.Pool:
        """Connections of the Auth service's role."""
        return self._pools["auth"]

    async def call(self, call: Call) -> asyncpg.Record:
        """Run one statement as the caller, in one round trip and one transaction."""
        return await self._pools[self._limit(call.role)].fetchrow(
            CALL,
            call.role,
            call.claims,
            call.headers,
            call.method,
            call.path,
            call.search_path,
            call.read_only,
            call.statement,
            call.payload,
            call.single,
        )

    def dsn_of(self, user: str) -> str:
        """The address of the same database for another role."""
        before, at, after = self.dsn.partition("@")
        scheme, slashes, login = before.partition("//")
        _, colon, password = login.partition(":")
        return f"{scheme}{slashes}{user}{colon}{password}{at}{after}"

    def _limit(self, role: str) -> str:
        """`set role` does not bring the role's time limit along, so each limit has its own pool."""
        wanted = self._limits.get("authenticator", "8s")
        return self._limits.get(role, wanted) if role in API_ROLES else wanted

    async def _add(
        self, name: str, dsn: str, server_settings: dict[str, str] | None = None
    ) -> asyncpg.Pool:
        self._pools[name] = await asyncpg.create_pool(
            dsn,
            min_size=0,
            max_size=10,
            max_inactive_connection_lifetime=0,
            connection_class=QuickConnection,
            server_settings={"application_name": "gateway", **(server_settings or {})},
        )
        return self._pools[name]
