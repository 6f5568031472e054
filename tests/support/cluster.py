"""One Postgres for a whole test run, shared by all xdist workers; databases copied from templates.

cluster = shared_cluster(tmp_root)
template = await template_database(cluster, content_key, fill)   # made once for each key
dsn = await fresh_database(cluster, template)
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import uuid
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

import asyncpg

from gateway.postgres import Cluster

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator
    from pathlib import Path


def shared_cluster(tmp_root: Path) -> Cluster:
    """The run's server: the first process that asks starts it, the last that ends deletes it."""
    home = tmp_root / "cluster"
    home.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(home, durable=False)
    users = home / "users"
    users.mkdir(exist_ok=True)
    with _locked(home):
        (users / str(os.getpid())).touch()
        running = home / "running.json"
        if running.exists() and _others(users):
            cluster.attach(int(json.loads(running.read_text())["port"]))
        else:
            cluster.start()
            running.write_text(json.dumps({"port": cluster.port}))
    atexit.register(_leave, cluster, users)
    return cluster


async def template_database(
    cluster: Cluster, key: str, fill: Callable[[str], Awaitable[None]]
) -> str:
    """The name of a database filled by `fill(dsn)`; made once for each `key` of contents.

    Put into `key` whatever decides the contents (for example a hash of the migrations).
    """
    name = f"template_{sha256(key.encode()).hexdigest()[:24]}"
    with _locked(cluster.home):
        if not await _exists(cluster, name):
            unfinished = f"unfinished_{uuid.uuid4().hex}"
            await fill(await cluster.create_database(unfinished))
            await _execute(cluster, f'alter database "{unfinished}" rename to "{name}"')
    return name


async def fresh_database(cluster: Cluster, template: str) -> str:
    """A new database with the template's contents; answers the superuser's dsn."""
    name = f"test_{uuid.uuid4().hex}"
    with _locked(cluster.home):
        return await cluster.create_database(name, template)


def as_user(dsn: str, user: str) -> str:
    """The same database, logging in as another role (`postgres`, `authenticator`)."""
    return dsn.replace("//supabase_admin:", f"//{user}:", 1)


@contextmanager
def _locked(home: Path) -> Generator[None]:
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _others(users: Path) -> bool:
    """Whether another living process uses the cluster."""
    for entry in users.iterdir():
        try:
            os.kill(int(entry.name), 0)
        except ProcessLookupError:
            entry.unlink()
            continue
        if int(entry.name) != os.getpid():
            return True
    return False


def _leave(cluster: Cluster, users: Path) -> None:
    with _locked(cluster.home):
        (users / str(os.getpid())).unlink(missing_ok=True)
        if not _others(users):
            cluster.wipe()


async def _exists(cluster: Cluster, name: str) -> bool:
    admin = await asyncpg.connect(cluster.dsn())
    try:
        return bool(await admin.fetchval("select true from pg_database where datname = $1", name))
    finally:
        await admin.close()


async def _execute(cluster: Cluster, statement: str) -> None:
    admin = await asyncpg.connect(cluster.dsn())
    try:
        await admin.execute(statement)
    finally:
        await admin.close()
