"""Servers end in the middle of the work and come back: nobody has to do anything."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.browser import TALL
from tests.e2e.scene import ADA
from tests.e2e.stack import Parts, in_parts

if TYPE_CHECKING:
    from collections.abc import Generator

    from desk_cli.ready import Ready
    from tests.e2e.agent import AgentApp
    from tests.e2e.scene import Scene
    from tests.e2e.visitor import Visitor

BACK_SECONDS = 5.0
TOKEN = re.compile(r"\b[av]\d+\b")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Generator[Parts]:
    """Everything, in parts that can be killed."""
    with in_parts(tmp_path_factory.mktemp("parts")) as parts:
        yield parts


@pytest.fixture(scope="module")
def ready(parts: Parts) -> Ready:
    """The scene of these tests is in front of the parts."""
    return parts.ready


async def test_a_restart_of_the_apps_server_asks_nobody_to_sign_in_again(
    scene: Scene, parts: Parts
) -> None:
    ada = await scene.agent(ADA)
    async with ada.page.expect_event("load"):
        await asyncio.to_thread(parts.restart_app)
    await ada.with_semantics()
    visitor = await scene.visitor()
    await visitor.rings("Are you still there?")
    await ada.rings()
    await ada.accept()
    await visitor.sees("Ada Moreno has joined the chat")


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

    await asyncio.to_thread(parts.start_gateway)
    scene.ready = parts.ready
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
