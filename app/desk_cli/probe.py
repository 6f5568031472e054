"""Is a server up? Asked over HTTP, not guessed by waiting."""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import urlsplit

BETWEEN_QUESTIONS = 0.05  # seconds
SERVER_ERROR = 500


async def until_up(url: str) -> None:
    """Return when the address answers a GET without a server error; give it a deadline."""
    while not await answers(url):  # noqa: ASYNC110 - another process has no event
        await asyncio.sleep(BETWEEN_QUESTIONS)


async def answers(url: str) -> bool:
    parts = urlsplit(url)
    with contextlib.suppress(OSError, ValueError, IndexError):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            head = f"GET {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            writer.write(f"{head}Connection: close\r\n\r\n".encode())
            status = (await reader.readline()).split()[1]
            return int(status) < SERVER_ERROR
        finally:
            writer.close()
    return False
