"""A small world to test the SQL rules in: people who call the public functions as the API would."""

from __future__ import annotations

import json
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

JSON = {"encoder": json.dumps, "decoder": json.loads, "schema": "pg_catalog"}
SET_CALLER = """
select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)
"""


async def connect(dsn: str) -> asyncpg.Connection:
    """A connection that reads and writes JSON as Python values."""
    connection = await asyncpg.connect(dsn)
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, **JSON)
    return connection


async def one_value(connection: asyncpg.Connection, sql: str, *arguments: object) -> Any:
    """The single value of a statement that must have one."""
    value = await connection.fetchval(sql, *arguments)
    assert value is not None, sql
    return value


@contextmanager
def refused(hint: str) -> Generator[pytest.ExceptionInfo[asyncpg.PostgresError]]:
    """What happens inside must be refused with this word of the SQL API."""
    with pytest.raises(asyncpg.PostgresError) as caught:
        yield caught
    assert getattr(caught.value, "hint", None) == hint, caught.value


@dataclass
class Person:
    """Somebody with an account, calling through a connection of their own."""

    connection: asyncpg.Connection
    user_id: uuid.UUID
    anonymous: bool = False
    role: str = "authenticated"

    async def run(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """Run SQL as this person, in a transaction of its own."""
        claims = {"sub": str(self.user_id), "role": self.role, "is_anonymous": self.anonymous}
        async with self.connection.transaction():
            await self.connection.fetchrow(SET_CALLER, self.role, json.dumps(claims))
            return await self.connection.fetch(sql, *arguments)

    async def call(self, function: str, **arguments: object) -> Any:
        """Call a public function by argument names; the value of a single answer, else all rows."""
        named = ", ".join(f"{name} => ${place}" for place, name in enumerate(arguments, 1))
        rows = await self.run(f"select * from public.{function}({named})", *arguments.values())
        if len(rows) == 1 and len(rows[0]) == 1:
            return rows[0][0]
        if rows and len(rows[0]) == 1:
            return [row[0] for row in rows]
        return [dict(row) for row in rows]


@dataclass
class Agent(Person):
    """A person with a row in agents."""

    id: uuid.UUID = field(default_factory=uuid.uuid4)
    name: str = ""
    device: uuid.UUID = field(default_factory=uuid.uuid4)

    async def come(self) -> None:
        """Sign in on a device."""
        await self.call("register_device", device={"id": str(self.device), "platform": "web"})

    async def accept(self, chat: uuid.UUID, *, over_limit: bool = False) -> dict[str, Any]:
        return await self.call("accept_chat", chat_id=chat, over_limit=over_limit)

    async def decline(self, chat: uuid.UUID, reason: str | None = None) -> None:
        await self.call("decline_chat", chat_id=chat, reason=reason)

    async def rung_for(self) -> list[str]:
        """The ids of the chats with an open offer for this agent."""
        desk = await self.call("my_desk")
        return [chat["id"] for chat in desk["ringing"] if chat["offer"]]


@dataclass
class Visitor(Person):
    """An anonymous person on the site."""

    site_key: str = ""

    async def start(self, body: str = "Hello?", **more: object) -> uuid.UUID:
        """Start a chat; its id."""
        answer = await self.start_whole(body, **more)
        return uuid.UUID(answer["chat"]["id"])

    async def start_whole(self, body: str = "Hello?", **more: object) -> dict[str, Any]:
        arguments: dict[str, object] = {
            "site_key": self.site_key,
            "chat_id": uuid.uuid4(),
            "message_id": uuid.uuid4(),
            "body": body,
            "visitor": {},
            **more,
        }
        return await self.call("start_chat", **arguments)


class World:
    """One workspace with a site; agents and visitors are made on demand."""

    def __init__(self, dsn: str, admin: asyncpg.Connection) -> None:
        self.dsn, self.admin = dsn, admin
        self._connections: list[asyncpg.Connection] = [admin]
        self.workspace = self.site = self.department = uuid.UUID(int=0)
        self.site_key = ""

    @classmethod
    async def make(cls, dsn: str) -> World:
        world = cls(dsn, await connect(dsn))
        await world.found()
        return world

    async def close(self) -> None:
        for connection in self._connections:
            await connection.close()

    async def found(self) -> None:
        """Make a workspace with a department and a site, and work with that one from now on."""
        self.workspace = await self.value(
            "insert into public.workspaces (name) values ('Shop') returning id"
        )
        self.department = await self.add_department("Sales")
        self.site_key = f"site-{uuid.uuid4().hex[:12]}"
        self.site = await self.value(
            "insert into public.sites (workspace_id, key, name, department_id)"
            " values ($1, $2, 'Shop', $3) returning id",
            self.workspace,
            self.site_key,
            self.department,
        )

    async def add_department(self, name: str, **settings: object) -> uuid.UUID:
        department = await self.value(
            "insert into public.departments (workspace_id, name) values ($1, $2) returning id",
            self.workspace,
            name,
        )
        await self.set_department(department, **settings)
        return department

    async def set_department(self, department: uuid.UUID, **settings: object) -> None:
        for column, value in settings.items():
            await self.admin.execute(
                f"update public.departments set {column} = $2 where id = $1", department, value
            )

    async def user(self, *, anonymous: bool = False) -> tuple[asyncpg.Connection, uuid.UUID]:
        """An account and a connection to act through."""
        user_id = await self.value(
            "insert into auth.users (id, email, is_anonymous, aud, role)"
            " values (gen_random_uuid(), $1, $2, 'authenticated', 'authenticated') returning id",
            None if anonymous else f"{uuid.uuid4().hex}@example.com",
            anonymous,
        )
        connection = await connect(self.dsn)
        self._connections.append(connection)
        return connection, user_id

    async def agent(
        self,
        name: str = "Ada",
        *,
        here: bool = True,
        departments: list[uuid.UUID] | None = None,
        **columns: object,
    ) -> Agent:
        """An agent of the workspace, signed in unless `here` is false.

        In the workspace's first department unless told otherwise.
        """
        connection, user_id = await self.user()
        agent_id = await self.value(
            "insert into public.agents (workspace_id, user_id, display_name)"
            " values ($1, $2, $3) returning id",
            self.workspace,
            user_id,
            name,
        )
        for department in [self.department] if departments is None else departments:
            await self.admin.execute(
                "insert into public.agent_departments (agent_id, department_id, workspace_id)"
                " values ($1, $2, $3)",
                agent_id,
                department,
                self.workspace,
            )
        for column, value in columns.items():
            await self.admin.execute(
                f"update public.agents set {column} = $2 where id = $1", agent_id, value
            )
        agent = Agent(connection, user_id, id=agent_id, name=name)
        if here:
            await agent.come()
        return agent

    async def visitor(self) -> Visitor:
        connection, user_id = await self.user(anonymous=True)
        return Visitor(connection, user_id, anonymous=True, site_key=self.site_key)

    async def stranger(self) -> Person:
        """Somebody with an account and no rights."""
        return Person(*(await self.user()))

    async def anon(self) -> Person:
        """A page without an account."""
        connection, user_id = await self.user()
        return Person(connection, user_id, role="anon")

    async def later(
        self, seconds: float, *, visitor_here: bool = True, agents_here: bool = True
    ) -> None:
        """The clock ticks so many seconds from now; who is here has been heard of until then."""
        if visitor_here:
            await self.admin.execute(
                "update public.chats set visitor_seen_at = now() + make_interval(secs => $1),"
                " visitor_left_at = null where true",
                seconds,
            )
        if agents_here:
            await self.admin.execute(
                "update public.devices set seen_at = now() + make_interval(secs => $1) where true",
                seconds,
            )
        await self.admin.execute("select private.tick(now() + make_interval(secs => $1))", seconds)

    async def value(self, sql: str, *arguments: object) -> Any:
        """The single value of a statement that must have one, run as the superuser."""
        return await one_value(self.admin, sql, *arguments)

    async def chat(self, chat: uuid.UUID) -> asyncpg.Record:
        row = await self.admin.fetchrow("select * from public.chats where id = $1", chat)
        assert row is not None
        return row

    async def outcomes(self, chat: uuid.UUID) -> dict[str, str | None]:
        """What became of the last offer to each agent, by name."""
        rows = await self.admin.fetch(
            "select a.display_name, o.outcome"
            " from public.offers o join public.agents a on a.id = o.agent_id"
            " where o.chat_id = $1 order by o.offered_at, o.decided_at nulls last",
            chat,
        )
        return {row["display_name"]: row["outcome"] for row in rows}

    async def heard(self, topic: str) -> list[tuple[str, dict[str, Any]]]:
        """The events sent on a topic, oldest first."""
        rows = await self.admin.fetch(
            "select event, payload from realtime.messages where topic = $1"
            " order by inserted_at, ctid",
            topic,
        )
        return [(row["event"], row["payload"]) for row in rows]
