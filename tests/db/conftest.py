"""The world the SQL rules are tested in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.db.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def world(database: str) -> AsyncIterator[World]:
    made = await World.make(database)
    yield made
    await made.close()
