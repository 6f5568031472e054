"""The gateway and its Postgres are killed in the middle of a chat; both sides go on writing."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.e2e.browser import TALL
from tests.e2e.scene import ADA, Keyring, Scene
from tests.e2e.stack import Parts, in_parts

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from pathlib import Path

    from playwright.async_api import Browser

    from tests.e2e.agent import AgentApp
    from tests.e2e.visitor import Visitor

BACK_SECONDS = 5.0
TOKEN = re.compile(r"\b[av]\d+\b")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Generator[Parts]:
    """Everything, in parts that can be killed."""
    with in_parts(tmp_path_factory.mktemp("parts")) as parts:
        yield parts


@pytest_asyncio.fixture(loop_scope="session")
async def scene(browser: Browser, parts: Parts, pictures: Path) -> AsyncGenerator[Scene]:
    """People in front of this stack."""
    async with Scene(browser, parts.ready, Keyring()) as scene:
        yield scene
        await scene.pictures(pictures)


async def test_an_outage_loses_nothing_doubles_nothing_and_keeps_the_order(
    scene: Scene, parts: Parts
) -> None:
    ada, visitor = await asyncio.gather(scene.agent(ADA, TALL), scene.visitor(TALL))
    await visitor.rings("v0")
    await ada.rings()
    await ada.accept()
    await visitor.sees("Ada Moreno has joined the chat")
    await asyncio.gather(write(ada, "a", 0, 3), write(visitor, "v", 1, 3))

    await asyncio.to_thread(parts.kill_gateway)
    await asyncio.gather(
        ada.sees("No connection."),
        visitor.sees("Reconnecting…"),
        write(ada, "a", 3, 6),
        write(visitor, "v", 3, 6),
    )

    scene.ready = await asyncio.to_thread(parts.start_gateway)
    back = time.monotonic()
    await asyncio.gather(ada.sees("v5"), visitor.sees("a5"), ada.does_not_see("No connection."))
    assert time.monotonic() - back < BACK_SECONDS

    await asyncio.gather(write(ada, "a", 6, 7), write(visitor, "v", 6, 7))
    await asyncio.gather(ada.sees("v6"), visitor.sees("a6"))
    kept = await scene.bodies(await scene.latest_chat())
    assert sorted(kept) == sorted([*(f"a{n}" for n in range(7)), *(f"v{n}" for n in range(7))])
    assert [word for word in kept if word[0] == "a"] == [f"a{n}" for n in range(7)]
    assert [word for word in kept if word[0] == "v"] == [f"v{n}" for n in range(7)]
    assert tokens(await ada.lines()) == kept
    assert tokens(await visitor.lines()) == kept


async def write(who: AgentApp | Visitor, letter: str, start: int, end: int) -> None:
    """Write some messages, each seen in the writer's own window before the next."""
    for number in range(start, end):
        await who.write(f"{letter}{number}")
        await who.sees(f"{letter}{number}")


def tokens(lines: list[str]) -> list[str]:
    """The messages of this test among everything that is shown."""
    return [found for line in lines for found in TOKEN.findall(line)]
