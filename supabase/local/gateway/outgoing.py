"""Sends what `net.http_post` and `net.http_get` queued, after the commit and at most once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import asyncpg

from gateway.database import PROBLEMS_OF_CONNECTION, Database

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

BATCH = 200
LOOK_SECONDS = 60.0
TAKE = """
delete from net.http_request_queue where id in (
  select id from net.http_request_queue order by id limit $1 for update skip locked
) returning id, method, url, headers::text, body, timeout_milliseconds
"""
KEEP = """
insert into net._http_response (
  id, status_code, content_type, headers, content, timed_out, error_msg
) values ($1, $2, $3, $4, $5, $6, $7)
"""
FORGET = "delete from net._http_response where created < now() - interval '6 hours'"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request."""

    status: int | None = None
    content_type: str | None = None
    headers: str | None = None
    content: str | None = None
    timed_out: bool = False
    error: str | None = None


@dataclass(slots=True)
class Outgoing:
    """The worker behind the schema `net`."""

    database: Database
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Something was queued."""
        self._woken.set()

    async def run(self) -> None:
        """Send what is queued, for ever."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOK_SECONDS)
            self._woken.clear()
            try:
                await self._send_all()
            except (*PROBLEMS_OF_CONNECTION, asyncpg.PostgresError) as error:
                log.warning("requests of `net` wait for the database: %s", error)

    async def _send_all(self) -> None:
        await self.database.admin.execute(FORGET)
        while rows := await self.database.admin.fetch(TAKE, BATCH):
            import httpx

            async with httpx.AsyncClient() as client:
                await asyncio.gather(*(self._send(client, row) for row in rows))

    async def _send(self, client: httpx.AsyncClient, row: asyncpg.Record) -> None:
        outcome = await _request(client, row)
        await self.database.admin.execute(
            KEEP,
            row["id"],
            outcome.status,
            outcome.content_type,
            outcome.headers,
            outcome.content,
            outcome.timed_out,
            outcome.error,
        )


async def _request(client: httpx.AsyncClient, row: asyncpg.Record) -> Outcome:
    import httpx

    try:
        answer = await client.request(
            row["method"],
            row["url"],
            headers=json.loads(row["headers"] or "{}"),
            content=row["body"],
            timeout=row["timeout_milliseconds"] / 1000,
        )
    except httpx.TimeoutException as error:
        return Outcome(timed_out=True, error=f"Timeout: {error}")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError) as error:
        return Outcome(error=str(error) or type(error).__name__)
    headers = dict(answer.headers)
    content = answer.text.replace("\0", "")
    return Outcome(answer.status_code, headers.get("content-type"), json.dumps(headers), content)
