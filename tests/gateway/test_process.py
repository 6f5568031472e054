"""The gateway as a process: its start, its end, and what survives both."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import httpx
import pytest

from gateway.binaries import find
from gateway.errors import StartupProblem
from gateway.migrate import apply
from gateway.postgres import Cluster
from tests.support.cluster import as_user, fresh_database

if TYPE_CHECKING:
    from collections.abc import Generator

PROJECT = Path(__file__).parent / "project"
PATIENCE = 30


@dataclass(slots=True)
class Running:
    """A gateway in a process of its own."""

    process: subprocess.Popen[str]
    info: dict[str, str]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """End it; answers its exit code and what it wrote to stderr."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said

    def write_tag(self, name: str) -> None:
        """A committed row, by the API."""
        headers = {"apikey": self.info["secret_key"]}
        url = f"{self.info['supabase_url']}/rest/v1/tags"
        assert httpx.post(url, json={"name": name}, headers=headers).status_code == 201

    def tags(self) -> list[str]:
        """All committed rows."""
        headers = {"apikey": self.info["secret_key"]}
        url = f"{self.info['supabase_url']}/rest/v1/tags?order=id"
        return [row["name"] for row in httpx.get(url, headers=headers).json()]


@pytest.fixture
def data() -> Generator[Path]:
    """A directory for a gateway; its Postgres is stopped and its data deleted afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="deskbell-test-"))
    folder.chmod(0o755)
    yield folder
    Cluster(folder).wipe()
    shutil.rmtree(folder)


def command(data: Path, *options: str, port: int = 0) -> list[str]:
    """How to start it."""
    place = ["--port", str(port), "--data", str(data), "--project", str(PROJECT)]
    return [sys.executable, "-m", "gateway", *place, *options]


def start(data: Path, *options: str) -> Running:
    """Start it and wait until it is ready."""
    process = subprocess.Popen(
        command(data, *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        pytest.fail(process.communicate(timeout=PATIENCE)[1])
    return Running(process, json.loads(line))


def refusal(data: Path, *options: str, port: int = 0) -> str:
    """What it says when it cannot start."""
    done = subprocess.run(
        command(data, *options, port=port),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


async def eventually(database: asyncpg.Connection, question: str) -> None:
    """Wait until the database answers true."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if await database.fetchval(question):
                return
            await asyncio.sleep(0.05)


def server_pid(data: Path) -> int:
    """The process of its Postgres."""
    folder = Cluster(data).data_folder(find())
    return int((folder / "postmaster.pid").read_text().split()[0])


def test_it_starts_announces_itself_and_stops_cleanly(data: Path) -> None:
    running = start(data, "--not-durable")
    assert set(running.info) == {"supabase_url", "publishable_key", "secret_key", "db_url"}
    running.write_tag("first")
    code, said = running.stop(signal.SIGINT)
    assert (code, said) == (0, "")
    again = start(data, "--not-durable")
    assert again.tags() == ["first"]
    assert again.info["publishable_key"] == running.info["publishable_key"]
    again.stop()


def test_nothing_committed_is_lost_when_everything_is_killed(data: Path) -> None:
    running = start(data)
    for number in range(20):
        running.write_tag(f"tag {number}")
    os.kill(server_pid(data), signal.SIGKILL)
    running.stop(signal.SIGKILL)
    again = start(data)
    assert again.tags() == [f"tag {number}" for number in range(20)]
    again.stop()


def test_a_postgres_left_behind_is_taken_over(data: Path) -> None:
    running = start(data)
    running.write_tag("first")
    running.stop(signal.SIGKILL)
    again = start(data)
    assert again.tags() == ["first"]
    again.stop()


def test_a_postgres_that_dies_is_started_again(data: Path) -> None:
    running = start(data)
    running.write_tag("first")
    os.kill(server_pid(data), signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if running.tags() == ["first"]:
                break
        except (httpx.HTTPError, ValueError, TypeError):
            time.sleep(0.1)
    assert running.tags() == ["first"]
    assert running.stop()[0] == 0


def test_two_on_one_directory_are_refused(data: Path) -> None:
    running = start(data, "--not-durable")
    assert "Another stand-in runs on" in refusal(data)
    running.stop()


def test_a_taken_port_is_named(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} cannot be used" in refusal(data, port=port)


def test_a_directory_of_somebody_else_is_left_alone(data: Path) -> None:
    (data / "thesis.txt").write_text("years of work")
    assert "holds something else" in refusal(data, "--fresh")
    assert (data / "thesis.txt").exists()


def test_a_corrupt_directory_is_explained_and_can_be_replaced(data: Path) -> None:
    start(data, "--not-durable").stop()
    folder = Cluster(data).data_folder(find())
    (folder / "global" / "pg_control").write_bytes(b"nonsense")
    said = refusal(data)
    assert "--fresh" in said
    assert str(folder) in said
    running = start(data, "--fresh", "--not-durable")
    assert running.tags() == []
    running.stop()


def test_a_missing_postgres_is_explained(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKBELL_PG_BIN", "/nowhere")
    assert "There is no PostgreSQL in DESKBELL_PG_BIN=/nowhere" in refusal(data)


def test_scheduled_jobs_run_as_their_owner(data: Path) -> None:
    running = start(data, "--not-durable")

    async def wait_for_runs() -> list[asyncpg.Record]:
        database = await asyncpg.connect(running.info["db_url"])
        await database.execute("select cron.schedule('tick', '1 second', 'select public.tick()')")
        await database.execute("select cron.schedule('bad', '1 second', 'select 1 / 0')")
        await eventually(database, "select count(*) > 1 from public.ticks")
        await eventually(
            database,
            "select count(distinct status) > 1 from cron.job_run_details where status <> 'running'",
        )
        rows = await database.fetch(
            "select * from cron.job_run_details where status <> 'running' order by runid"
        )
        await database.close()
        return rows

    rows = asyncio.run(wait_for_runs())
    assert {row["username"] for row in rows} == {"postgres"}
    assert {row["return_message"] for row in rows} == {"SELECT 1", "ERROR: division by zero"}
    running.stop()


def test_requests_of_the_database_are_sent_after_the_commit(data: Path) -> None:
    running = start(data, "--not-durable")
    target = f"{running.info['supabase_url']}/auth/v1/health"

    async def ask() -> asyncpg.Record:
        database = await asyncpg.connect(running.info["db_url"])
        number = await database.fetchval("select net.http_get($1)", target)
        await eventually(database, f"select true from net._http_response where id = {number}")
        row = await database.fetchrow("select * from net._http_response where id = $1", number)
        await database.close()
        return row

    row = asyncio.run(ask())
    assert (row["status_code"], row["timed_out"]) == (200, False)
    assert json.loads(row["content"])["name"] == "GoTrue"
    running.stop()


async def test_a_broken_migration_is_named_with_its_line(
    cluster: Cluster, library: str, tmp_path: Path
) -> None:
    dsn = as_user(await fresh_database(cluster, library), "postgres")
    (tmp_path / "2_broken.sql").write_text("create table public.x (id int);\n\nselect nonsense;\n")
    with pytest.raises(
        StartupProblem, match=r"2_broken\.sql:3: column \"nonsense\" does not exist"
    ):
        await apply(dsn, tmp_path)
    database = await asyncpg.connect(dsn)
    assert await database.fetchval("select to_regclass('public.x')") is None
    await database.close()


async def test_a_migration_runs_once(cluster: Cluster, library: str, tmp_path: Path) -> None:
    dsn = as_user(await fresh_database(cluster, library), "postgres")
    (tmp_path / "2_once.sql").write_text("create table public.x (id int);")
    assert await apply(dsn, tmp_path) == ["2"]
    assert await apply(dsn, tmp_path) == []


async def test_another_database_can_be_used(cluster: Cluster, data: Path, unique: str) -> None:
    dsn = await cluster.create_database(f"other_{unique}")
    running = await asyncio.to_thread(start, data, "--db-url", dsn)
    await asyncio.to_thread(running.write_tag, "first")
    assert (await asyncio.to_thread(running.stop))[0] == 0
    database = await asyncpg.connect(dsn)
    assert await database.fetchval("select name from public.tags") == "first"
    await database.close()


def test_a_database_that_cannot_be_reached_is_named(data: Path) -> None:
    assert "--db-url" in refusal(data, "--db-url", "postgresql://a:b@127.0.0.1:1/c")
    assert "--db-url" in refusal(data, "--db-url", "nonsense")


async def test_postgres_keeps_its_port_over_restarts(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "kept", durable=False)
    cluster.start()
    first = cluster.port
    cluster.stop()
    again = Cluster(tmp_path / "kept", durable=False)
    again.start()
    assert again.port == first
    again.stop()
    again.wipe()
