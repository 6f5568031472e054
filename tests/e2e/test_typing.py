"""Typing while the screen changes loses no character."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.e2e.scene import ADA

if TYPE_CHECKING:
    from tests.e2e.scene import Scene
    from tests.e2e.visitor import Visitor

BETWEEN_KEYS_MS = 25
SENTENCE = "Of course: the shade turns, so the light goes where you read, and nowhere else."


async def test_what_an_agent_types_while_messages_come_is_sent_whole(scene: Scene) -> None:
    ada, visitor = await asyncio.gather(scene.agent(ADA), scene.visitor())
    await visitor.rings("Which way does the light go?")
    await ada.rings()
    await ada.accept()
    await visitor.sees("Ada Moreno has joined the chat")
    await ada.draft("")
    await asyncio.gather(
        ada.page.keyboard.type(SENTENCE, delay=BETWEEN_KEYS_MS), impatience(visitor)
    )
    await ada.page.keyboard.press("Enter")
    await visitor.sees(SENTENCE)


async def impatience(visitor: Visitor) -> None:
    for number in range(10):
        await visitor.write(f"Hello? {number}")
        await visitor.sees(f"Hello? {number}")
