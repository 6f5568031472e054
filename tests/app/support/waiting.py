"""Waiting for what takes a moment, with a deadline."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


async def until(condition: Callable[[], Any], seconds: float = 5) -> None:
    """Return as soon as `condition` holds; fail when it does not in time."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 any condition, so no event
            await asyncio.sleep(0.005)
