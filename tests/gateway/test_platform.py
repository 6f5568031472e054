"""What the platform's schemas promise to migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest

from gateway import platform
from tests.support.cluster import as_user, fresh_database

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from gateway.postgres import Cluster


@pytest.fixture
async def owner(cluster: Cluster, library: str) -> AsyncGenerator[asyncpg.Connection]:
    """A connection as `postgres`, the role that owns the product's objects."""
    dsn = await fresh_database(cluster, library)
    connection = await asyncpg.connect(as_user(dsn, "postgres"))
    yield connection
    await connection.close()
    await cluster.drop_database(dsn.rsplit("/", 1)[1])


async def test_the_owner_is_no_superuser_but_passes_policies(owner: asyncpg.Connection) -> None:
    rights = await owner.fetch(
        "select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user"
    )
    assert [tuple(row) for row in rights] == [(False, True, True)]


@pytest.mark.parametrize("exposed", [True, False])
async def test_new_tables_are_exposed_by_default_privileges_or_not(
    cluster: Cluster, exposed: bool, unique: str
) -> None:
    dsn = await cluster.create_database(f"plain_{unique}")
    await platform.install(dsn, default_privileges=exposed)
    connection = await asyncpg.connect(as_user(dsn, "postgres"))
    await connection.execute("create table public.things (id int)")
    granted = await connection.fetchval("select has_table_privilege('anon', 'things', 'select')")
    await connection.close()
    await cluster.drop_database(f"plain_{unique}")
    assert granted is exposed


async def test_installing_twice_changes_nothing(cluster: Cluster, library: str) -> None:
    dsn = await fresh_database(cluster, library)
    await platform.install(dsn)


@pytest.mark.parametrize(
    "statement",
    [
        "create table auth.mine (id int)",
        "create function realtime.mine() returns int language sql as 'select 1'",
        "create index on storage.objects (owner_id)",
        "alter table realtime.messages disable row level security",
    ],
)
async def test_the_platforms_schemas_are_reserved(
    owner: asyncpg.Connection, statement: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await owner.execute(statement)


async def test_policies_triggers_and_references_are_welcome_there(
    owner: asyncpg.Connection,
) -> None:
    await owner.execute("create table public.people (id uuid references auth.users (id))")
    await owner.execute("create policy mine on realtime.messages for select to anon using (true)")
    await owner.execute("create policy mine on storage.objects for select to anon using (true)")


async def test_sending_never_fails_the_sender(owner: asyncpg.Connection) -> None:
    await owner.execute("set role anon")
    await owner.execute("select realtime.send('{}', 'said', 'closed:1', true)")
    await owner.execute("reset role")
    assert await owner.fetchval("select count(*) from realtime.messages") == 0


async def test_messages_have_partitions_for_the_days_to_come(owner: asyncpg.Connection) -> None:
    question = "select count(*) from pg_inherits where inhparent = 'realtime.messages'::regclass"
    assert await owner.fetchval(question) == 5


async def test_old_partitions_go(cluster: Cluster, library: str) -> None:
    connection = await asyncpg.connect(await fresh_database(cluster, library))
    await connection.execute("select gateway.keep_partitions(current_date + 3)")
    names = await connection.fetch(
        "select inhrelid::regclass::text as name from pg_inherits "
        "where inhparent = 'realtime.messages'::regclass order by 1"
    )
    await connection.close()
    assert len(names) == 7


async def test_secrets_can_be_kept_and_changed(owner: asyncpg.Connection) -> None:
    secret = await owner.fetchval("select vault.create_secret('one', 'word', 'a word')")
    await owner.execute("select vault.update_secret($1, 'two')", secret)
    question = "select decrypted_secret from vault.decrypted_secrets where name = 'word'"
    assert await owner.fetchval(question) == "two"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await owner.execute("set role authenticated; select * from vault.decrypted_secrets")


async def test_stored_files_cannot_be_deleted_by_sql(owner: asyncpg.Connection) -> None:
    await owner.execute("insert into storage.buckets (id, name) values ('a', 'a')")
    await owner.execute("insert into storage.objects (bucket_id, name) values ('a', 'x/y/z.txt')")
    folder = "select storage.foldername(name) from storage.objects"
    assert await owner.fetchval(folder) == ["x", "y"]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await owner.execute("delete from storage.objects")


async def test_a_job_is_scheduled_changed_and_removed(owner: asyncpg.Connection) -> None:
    await owner.execute("select cron.schedule('tick', '5 seconds', 'select 1')")
    await owner.execute("select cron.schedule('tick', '*/5 * * * *', 'select 2')")
    jobs = await owner.fetch("select schedule, command, username from cron.job")
    assert [tuple(job) for job in jobs] == [("*/5 * * * *", "select 2", "postgres")]
    assert await owner.fetchval("select cron.unschedule('tick')") is True
    for wrong in ("every day", "90 seconds", "* * *"):
        with pytest.raises(asyncpg.RaiseError):
            await owner.execute("select cron.schedule('bad', $1, 'select 1')", wrong)
