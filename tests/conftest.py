"""One Postgres for the whole run; tests get databases of their own, copied from a template."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway import migrate, platform
from tests.support.cluster import as_user, fresh_database, shared_cluster, template_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.postgres import Cluster

ROOT = Path(__file__).resolve().parent.parent
MIGRATIONS = ROOT / "supabase" / "migrations"
SEED = ROOT / "supabase" / "seed.sql"


def contents(*paths: Path) -> str:
    """What names a template: the text of the files it is made from, and the platform's version."""
    return platform.version() + "".join(path.read_text() for path in paths)


@pytest.fixture(scope="session")
def run_folder() -> Path:
    """A folder that all workers of this run share, and no other run touches."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid()}")
    folder = Path(tempfile.gettempdir()) / f"deskbell-tests-{run}"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def cluster(run_folder: Path) -> Cluster:
    """The run's Postgres."""
    return shared_cluster(run_folder)


async def migrated(dsn: str, seed: Path | None = None) -> None:
    """Make an empty database into a project with Deskbell's migrations."""
    await platform.install(dsn)
    await migrate.apply(as_user(dsn, "postgres"), MIGRATIONS, seed)


@pytest.fixture(scope="session")
def empty_template(cluster: Cluster) -> str:
    """The name of a template with the schema and no rows."""
    key = contents(*sorted(MIGRATIONS.glob("*.sql")))
    return asyncio.run(template_database(cluster, key, migrated))


@pytest.fixture(scope="session")
def seeded_template(cluster: Cluster) -> str:
    """The name of a template with the schema and the demo shop."""
    key = contents(*sorted(MIGRATIONS.glob("*.sql")), SEED)
    return asyncio.run(template_database(cluster, key, lambda dsn: migrated(dsn, SEED)))


@pytest.fixture
async def database(cluster: Cluster, empty_template: str) -> AsyncIterator[str]:
    """The dsn of a database with the schema and no rows, dropped afterwards."""
    dsn = await fresh_database(cluster, empty_template)
    yield dsn
    await cluster.drop_database(dsn.rsplit("/", 1)[1])


@pytest.fixture
async def seeded_database(cluster: Cluster, seeded_template: str) -> AsyncIterator[str]:
    """The dsn of a database with the demo shop, dropped afterwards."""
    dsn = await fresh_database(cluster, seeded_template)
    yield dsn
    await cluster.drop_database(dsn.rsplit("/", 1)[1])
