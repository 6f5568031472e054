"""One stand-in from start to stop: data directory, Postgres, migrations, server."""

from __future__ import annotations

import asyncio
import fcntl
import logging
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import asyncpg

from gateway import migrate, platform
from gateway.app import create_app
from gateway.database import PROBLEMS_OF_CONNECTION, Database
from gateway.errors import StartupProblem
from gateway.postgres import Cluster, check_time_zones
from gateway.server import HOST, listening, serve_app
from gateway.settings import Settings, is_ours, keys_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Mapping
    from pathlib import Path

log = logging.getLogger(__name__)

WATCH_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Options:
    """What the person who starts it decides."""

    port: int
    data: Path
    project: Path
    seed: bool = False
    fresh: bool = False
    durable: bool = True
    db_url: str | None = None
    keys: Mapping[str, str | None] = field(default_factory=dict[str, "str | None"])


async def serve(
    options: Options, announce: Callable[[dict[str, str]], None], stop: asyncio.Event
) -> None:
    """Run until `stop` is set; `announce` is told once that it is ready. Raises StartupProblem."""
    with listening(options.port) as listener, _own_directory(options):
        async with _database(options) as dsn:
            await _prepare(dsn, options)
            url = f"http://{HOST}:{listener.getsockname()[1]}"
            keys = keys_of(options.data, options.keys)
            app = create_app(Settings(dsn=dsn, url=url, keys=keys))
            await app.open()
            try:
                await serve_app(
                    app,
                    listener,
                    stop,
                    lambda: announce(
                        {
                            "supabase_url": url,
                            "publishable_key": keys.publishable,
                            "secret_key": keys.secret,
                            "db_url": app.database.dsn_of("postgres"),
                        }
                    ),
                )
            finally:
                await app.close()


@contextmanager
def _own_directory(options: Options) -> Generator[None]:
    """Hold the data directory for ourselves; the lock goes with the process, however it ends."""
    if options.data.exists() and not options.data.is_dir():
        raise StartupProblem(f"{options.data} is no directory. Choose another with --data.")
    try:
        if not is_ours(options.data):
            raise StartupProblem(
                f"{options.data} holds something else than data of the stand-in. "
                "Choose another directory with --data."
            )
        options.data.mkdir(parents=True, exist_ok=True)
        lock = (options.data / "lock").open("w")
    except OSError as error:
        raise StartupProblem(
            f"The data directory {options.data} cannot be used: {error}. "
            "Choose another with --data."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StartupProblem(
                f"Another stand-in runs on {options.data}. "
                "Stop it, or choose another directory with --data."
            ) from error
        if options.fresh:
            Cluster(options.data).wipe()
        keys_of(options.data, options.keys)
        yield


@asynccontextmanager
async def _database(options: Options) -> AsyncGenerator[str]:
    """The superuser's address of a running database."""
    if options.db_url:
        await _check_reachable(options.db_url)
        yield options.db_url
        return
    cluster = Cluster(options.data, durable=options.durable)
    await asyncio.to_thread(cluster.start)
    watcher = asyncio.get_running_loop().create_task(_watch(cluster))
    try:
        yield cluster.dsn()
    finally:
        watcher.cancel()
        await asyncio.gather(watcher, return_exceptions=True)
        await asyncio.to_thread(cluster.stop)


async def _check_reachable(dsn: str) -> None:
    if "//" not in dsn or "@" not in dsn:
        raise StartupProblem(
            "--db-url must look like postgresql://superuser:password@host/database."
        )
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
    except (ValueError, TimeoutError, asyncpg.PostgresError, *PROBLEMS_OF_CONNECTION) as error:
        raise StartupProblem(f"The database of --db-url cannot be reached: {error}.") from error
    await connection.close()


async def _prepare(dsn: str, options: Options) -> None:
    await platform.install(dsn)
    await check_time_zones(dsn)
    folder = options.project / "migrations"
    if not folder.is_dir():
        raise StartupProblem(
            f"There is no folder {folder}. Give the supabase folder with --project."
        )
    seed = options.project / "seed.sql" if options.seed else None
    await migrate.apply(Database(dsn).dsn_of("postgres"), folder, seed)


async def _watch(cluster: Cluster) -> None:
    """A Postgres that ends without us is started again, on the same port."""
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        if cluster.running():
            continue
        log.warning("PostgreSQL ended and is started again")
        try:
            await asyncio.to_thread(cluster.start)
        except StartupProblem as problem:
            log.warning("%s", problem)
            await asyncio.sleep(WATCH_SECONDS * 10)
