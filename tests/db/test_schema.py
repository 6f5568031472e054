"""The schema as a whole: its habits, the platforms it must fit, and the demo data."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway import binaries, migrate, platform
from gateway.postgres import Cluster
from tests.conftest import MIGRATIONS, ROOT, SEED
from tests.db.world import World, connect
from tests.support.cluster import as_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PLATFORM_OBJECT = (
    r"create (?:or replace )?(?:table|function|index|type|view)"
    r" (?:auth|storage|realtime|net|cron|vault)\."
)
HYGIENE = Path(__file__).with_name("hygiene.sql")
INSTALLED = [
    folder
    for major in binaries.SUPPORTED
    if (folder := Path(f"/usr/lib/postgresql/{major}/bin")).exists()
]


async def test_nothing_breaks_a_habit(world: World) -> None:
    rows = await world.admin.fetch(HYGIENE.read_text())
    assert [f"{row['problem']}: {row['object']}" for row in rows] == []


async def test_nothing_is_made_in_the_platforms_schemas() -> None:
    text = "\n".join(path.read_text() for path in MIGRATIONS.glob("*.sql"))
    assert re.findall(PLATFORM_OBJECT, text) == []


async def test_the_migrations_work_without_default_privileges(cluster: Cluster) -> None:
    name = "test_strict_defaults"
    dsn = await cluster.create_database(name)
    await platform.install(dsn, default_privileges=False)
    await migrate.apply(as_user(dsn, "postgres"), MIGRATIONS, SEED)
    await the_bell_rings(dsn)
    await cluster.drop_database(name)


@pytest.fixture(params=INSTALLED, ids=lambda folder: f"postgres-{folder.parent.name}")
async def other_cluster(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Cluster]:
    """A cluster of each Postgres that the system has besides the wheel's."""
    monkeypatch.setenv("DESKBELL_PG_BIN", str(request.param))
    other = Cluster(tmp_path / "other", durable=False)
    other.start()
    yield other
    other.stop()
    other.wipe()


async def test_the_schema_works_on_older_postgres(other_cluster: Cluster) -> None:
    dsn = await other_cluster.create_database("deskbell")
    await platform.install(dsn)
    await migrate.apply(as_user(dsn, "postgres"), MIGRATIONS, SEED)
    await the_bell_rings(dsn)


async def the_bell_rings(dsn: str) -> None:
    """A visitor rings, an agent accepts and is found in history."""
    world = await World.make(dsn)
    agent, visitor = await world.agent("Ada"), await world.visitor()
    chat = await visitor.start("Hello walnut")
    await agent.accept(chat)
    await agent.call("end_chat", chat_id=chat)
    rows = await agent.run('select public.search_chats(\'{"text": "walnut"}\')')
    assert [row[0]["id"] for row in rows] == [str(chat)]
    await world.close()


async def test_the_clock_is_scheduled_every_five_seconds(world: World) -> None:
    rows = await world.admin.fetch(
        "select schedule, command from cron.job where jobname = 'deskbell-tick'"
    )
    assert [tuple(row) for row in rows] == [("5 seconds", "select private.tick()")]


async def test_the_demo_data_is_what_demo_json_says(seeded_database: str) -> None:
    demo = json.loads((ROOT / "supabase" / "demo.json").read_text())
    admin = await connect(seeded_database)
    agents = await admin.fetch(
        "select u.email, a.display_name, a.role"
        " from public.agents a join auth.users u on u.id = a.user_id order by 1"
    )
    assert [tuple(row) for row in agents] == [
        (a["email"], a["name"], a["role"]) for a in demo["agents"]
    ]
    assert await admin.fetchval("select key from public.sites") == demo["site_key"]
    await admin.close()


async def test_the_demo_chats_are_whole(seeded_database: str) -> None:
    admin = await connect(seeded_database)
    broken = await admin.fetch(
        "select c.id from public.chats c join lateral"
        " (select count(*) n, max(seq) top, bool_and(created_at <= now()) past"
        " from public.messages m where m.chat_id = c.id) s on true"
        " where s.n <> c.last_seq or s.top <> c.last_seq or not s.past"
    )
    assert broken == []
    assert await admin.fetchval("select count(*) from public.chats") == 72
    assert await admin.fetchval(
        "select max(now() - ended_at) > interval '20 days' from public.chats"
    )
    await admin.close()
