"""A gateway over a small library database; every test makes the users and rows it needs."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from gateway import migrate, platform
from supabase import AsyncClient, AsyncClientOptions, acreate_client
from tests.gateway.serving import Served, serving
from tests.support.cluster import as_user, fresh_database, template_database

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator

    from gateway.postgres import Cluster

MIGRATIONS = Path(__file__).parent / "project" / "migrations"


@pytest.fixture(scope="session")
def library(cluster: Cluster) -> str:
    """The name of a template with the platform and the library."""

    async def fill(dsn: str) -> None:
        await platform.install(dsn)
        await migrate.apply(as_user(dsn, "postgres"), MIGRATIONS)

    key = platform.version() + "".join(
        path.read_text() for path in sorted(MIGRATIONS.glob("*.sql"))
    )
    return asyncio.run(template_database(cluster, key, fill))


@pytest.fixture(scope="session")
def gateway(cluster: Cluster, library: str) -> Generator[Served]:
    """One gateway for all tests of this worker."""
    with serving(asyncio.run(fresh_database(cluster, library))) as served:
        yield served


@pytest.fixture
async def http(gateway: Served) -> AsyncGenerator[httpx.AsyncClient]:
    """Plain HTTP with the publishable key."""
    headers = {"apikey": gateway.keys.publishable}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers) as client:
        yield client


@pytest.fixture
async def connect(gateway: Served) -> AsyncGenerator[Callable[..., Awaitable[AsyncClient]]]:
    """Makes official Python clients; closes what they hold at the end."""
    made: list[AsyncClient] = []
    shared = httpx.AsyncClient()

    async def make(key: str | None = None) -> AsyncClient:
        options = AsyncClientOptions(httpx_client=shared, auto_refresh_token=False)
        client = await acreate_client(gateway.url, key or gateway.keys.publishable, options)
        made.append(client)
        return client

    yield make
    for client in made:
        await client.realtime.close()
    await shared.aclose()


@pytest.fixture
async def visitor(connect: Callable[..., Awaitable[AsyncClient]]) -> AsyncClient:
    """A client that signed in anonymously."""
    client = await connect()
    await client.auth.sign_in_anonymously()
    return client


@pytest.fixture
def unique() -> str:
    """A word that no other test uses."""
    return uuid.uuid4().hex[:12]
