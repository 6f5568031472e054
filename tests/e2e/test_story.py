"""The whole story: it rings, one accepts, they talk, it ends, and it is found in History."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.e2e.browser import DESKTOP, PHONE, Device
from tests.e2e.scene import ADA

if TYPE_CHECKING:
    from tests.e2e.agent import AgentApp
    from tests.e2e.scene import Scene
    from tests.e2e.visitor import Visitor

FIRST = "Does the Halo lamp work with a dimmer?"
ANSWER = "Yes, with any trailing-edge dimmer."
THANKS = "Perfect, thank you"


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_a_chat_goes_from_the_bell_to_history(scene: Scene, device: Device) -> None:
    ada, visitor = await asyncio.gather(scene.agent(ADA, device), scene.visitor(device))
    await visitor.rings(FIRST, "halo-lamp.html")
    await it_rings(ada, visitor)
    await they_meet(ada, visitor)
    await they_talk(ada, visitor)
    await it_ends(ada, visitor)
    await it_is_in_history(ada, await scene.latest_chat())


async def it_rings(ada: AgentApp, visitor: Visitor) -> None:
    await ada.rings()
    await ada.sees_on_card("Visitor", "Halo table lamp", FIRST)
    await visitor.sees("Ringing…")


async def they_meet(ada: AgentApp, visitor: Visitor) -> None:
    await ada.accept()
    joined = "Ada Moreno has joined the chat"
    await asyncio.gather(ada.sees(joined), visitor.sees(joined))
    await ada.is_quiet()


async def they_talk(ada: AgentApp, visitor: Visitor) -> None:
    await ada.draft("Yes")
    await expect(visitor.typing).to_be_visible()
    await ada.write(ANSWER)
    await visitor.sees(ANSWER)
    await expect(visitor.typing).to_be_hidden()
    await visitor.field.fill("Perfect")
    await ada.sees("is typing…")
    await visitor.write(THANKS)
    await ada.sees(THANKS)
    await ada.does_not_see("is typing…")


async def it_ends(ada: AgentApp, visitor: Visitor) -> None:
    await visitor.field.press_sequentially("and")
    await ada.sees("is typing…")
    await ada.end_chat()
    await asyncio.gather(visitor.sees("This chat has ended"), ada.sees("This chat is over."))
    await ada.does_not_see("is typing…")


async def it_is_in_history(ada: AgentApp, chat: str) -> None:
    await ada.leave_the_chat()
    await ada.go_to("History")
    await ada.marked(f"history-{chat}").wait_for()
    await ada.fill_in("Search all chats", "trailing-edge dimmer")
    await expect(ada.marked_like("history-").first).to_contain_text(THANKS)
    await ada.tap(ada.marked(f"history-{chat}"))
    for line in (FIRST, "Ada Moreno has joined the chat", ANSWER, THANKS):
        await ada.sees(line)
    await ada.sees("The chat was ended by an agent")
