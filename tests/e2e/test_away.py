"""Nobody is there: the widget says so, keeps the message, and rings when somebody comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.scene import ADA

if TYPE_CHECKING:
    from tests.e2e.scene import Scene


async def test_a_message_to_nobody_is_kept_and_rings_when_somebody_comes(scene: Scene) -> None:
    visitor = await scene.visitor()
    await visitor.open()
    await visitor.press_the_bell()
    await visitor.sees("Nobody is here right now.")
    await visitor.write("Please tell me about oak oil")
    await visitor.is_told("We are away right now")
    assert await scene.how_it_went() == ("offline", None)

    ada = await scene.agent(ADA)
    await visitor.looks_again()
    await visitor.does("Ring again")
    await ada.rings()
    await ada.sees_on_card("Please tell me about oak oil")
