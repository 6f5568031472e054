"""Runs what `cron.schedule` holds, each job as its own role and never twice at once."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime

import asyncpg

from gateway import cron
from gateway.database import PROBLEMS_OF_CONNECTION, Database

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
KEPT_RUNS = 100
JOBS = "select jobid, schedule, command, username from cron.job where active order by jobid"
STARTED = """
insert into cron.job_run_details (jobid, job_pid, database, username, command, status, start_time)
values ($1, $2, current_database(), $3, $4, 'running', clock_timestamp()) returning runid
"""
ENDED = """
update cron.job_run_details set status = $2, return_message = $3, end_time = clock_timestamp()
where runid = $1
"""
FORGET = "delete from cron.job_run_details where jobid = $1 and runid <= $2::bigint - $3::bigint"


@dataclass(frozen=True, slots=True)
class Job:
    """A row of `cron.job`."""

    id: int
    schedule: str
    command: str
    username: str


@dataclass(slots=True)
class Jobs:
    """The scheduler."""

    database: Database
    _last_start: dict[int, float] = field(default_factory=dict[int, float])
    _running: dict[int, asyncio.Task[None]] = field(default_factory=dict[int, "asyncio.Task[None]"])
    _connections: dict[str, asyncpg.Connection] = field(
        default_factory=dict[str, asyncpg.Connection]
    )
    _minute: datetime | None = None
    _reachable: bool = True

    async def run(self) -> None:
        """Look every second, for ever; an unreachable database is waited for."""
        try:
            while True:
                await self._look()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            for task in tuple(self._running.values()):
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)
            for connection in self._connections.values():
                connection.terminate()
            self._connections.clear()

    async def _look(self) -> None:
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        new_minute, self._minute = self._minute is not None and now != self._minute, now
        try:
            rows = await self.database.admin.fetch(JOBS)
        except (*PROBLEMS_OF_CONNECTION, asyncpg.PostgresError) as error:
            if self._reachable:
                log.warning("jobs wait for the database: %s", error)
            self._reachable = False
            return
        self._reachable = True
        for row in rows:
            job = Job(row["jobid"], row["schedule"], row["command"], row["username"])
            if job.id not in self._running and self._is_due(job, now if new_minute else None):
                self._start(job)

    def _is_due(self, job: Job, minute: datetime | None) -> bool:
        try:
            schedule = cron.parse(job.schedule)
        except (ValueError, KeyError):
            return False
        if schedule.seconds is None:
            return minute is not None and schedule.includes(minute)
        now = asyncio.get_running_loop().time()
        last = self._last_start.setdefault(job.id, now)
        return now - last >= schedule.seconds - LOOK_SECONDS / 2

    def _start(self, job: Job) -> None:
        loop = asyncio.get_running_loop()
        self._last_start[job.id] = loop.time()
        task = self._running[job.id] = loop.create_task(self._run_job(job))
        task.add_done_callback(lambda _: self._running.pop(job.id, None))

    async def _run_job(self, job: Job) -> None:
        try:
            connection = await self._connection(job.username)
            run: int = await self.database.admin.fetchval(
                STARTED, job.id, connection.get_server_pid(), job.username, job.command
            )
            status, message = await _execute(connection, job.command)
            await self.database.admin.execute(ENDED, run, status, message)
            await self.database.admin.execute(FORGET, job.id, run, KEPT_RUNS)
        except (*PROBLEMS_OF_CONNECTION, asyncpg.PostgresError) as error:
            log.warning("job %s could not run: %s", job.id, error)

    async def _connection(self, user: str) -> asyncpg.Connection:
        known = self._connections.get(user)
        if known is None or known.is_closed():
            known = await asyncpg.connect(self.database.dsn_of(user), timeout=5)
            self._connections[user] = known
        return known


async def _execute(connection: asyncpg.Connection, command: str) -> tuple[str, str]:
    try:
        return "succeeded", await connection.execute(command)
    except asyncpg.PostgresError as error:
        return "failed", f"ERROR: {error}"
