"""Whatever people write is text: markup, characters that turn the direction, great length."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.e2e.scene import ADA

if TYPE_CHECKING:
    from tests.e2e.agent import AgentApp
    from tests.e2e.scene import Scene
    from tests.e2e.visitor import Visitor

MARKUP = "<script>window.struck = 1</script><img src=x onerror='window.struck = 1'>"
TURNED = "\u202eevil.exe\u202c & <b>bold</b>"
LONGEST = "The oak, " * 1_110 + "end of it."


async def in_a_chat(scene: Scene) -> tuple[AgentApp, Visitor]:
    ada, visitor = await asyncio.gather(scene.agent(ADA), scene.visitor())
    await visitor.rings(MARKUP)
    await ada.rings()
    await ada.sees_on_card(MARKUP)
    await ada.accept()
    await visitor.sees("Ada Moreno has joined the chat")
    return ada, visitor


async def test_markup_is_shown_as_text_on_both_sides(scene: Scene) -> None:
    ada, visitor = await in_a_chat(scene)
    await ada.sees(MARKUP)
    await visitor.sees(MARKUP)
    await ada.write(MARKUP + " back")
    await visitor.sees(MARKUP + " back")
    assert await visitor.page.evaluate("window.struck") is None
    assert await ada.page.evaluate("window.struck") is None


async def test_characters_that_turn_the_direction_stay_in_their_bubble(scene: Scene) -> None:
    ada, visitor = await in_a_chat(scene)
    await visitor.write(TURNED)
    await ada.sees("evil.exe")
    await ada.write("After it, as always.")
    await visitor.sees("After it, as always.")
    bubble = visitor.panel.locator(".bubble").filter(has_text="evil.exe")
    await expect(bubble).to_have_attribute("dir", "auto")
    await expect(bubble).to_have_text(TURNED)
    assert (await scene.bodies(await scene.latest_chat()))[1] == TURNED


async def test_the_longest_message_arrives_whole(scene: Scene) -> None:
    assert len(LONGEST) == 10_000
    ada, visitor = await in_a_chat(scene)
    await visitor.write(LONGEST)
    await ada.sees("The oak, end of it.")
    await ada.write(LONGEST.replace("oak", "ash"))
    await visitor.sees("The ash, end of it.")
    written = (await scene.bodies(await scene.latest_chat()))[1:]
    assert written == [LONGEST, LONGEST.replace("oak", "ash")]
