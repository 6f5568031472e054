"""Arabic: words, and everything mirrored."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from playwright.async_api import expect

from desk.strings import words_for
from tests.e2e.agent import AgentApp
from tests.e2e.browser import DESKTOP, persistent
from tests.e2e.scene import ADA

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.scene import Scene

NOBODY_IS_WAITING = words_for(("ar",))("visitors.empty")
ARABIC = DESKTOP.but(locale="ar")


async def test_an_arabic_page_has_a_mirrored_widget_in_arabic(scene: Scene) -> None:
    ada, visitor = await asyncio.gather(scene.agent(ADA), scene.visitor(ARABIC))
    await visitor.shop_speaks("ar")
    await visitor.rings("هل يعمل المصباح مع خافت الإضاءة؟")
    await expect(visitor.widget).to_have_attribute("dir", "rtl")
    await expect(visitor.widget).to_have_attribute("lang", "ar")
    bell = await visitor.bell.bounding_box()
    assert bell
    assert bell["x"] < DESKTOP.width / 2
    await ada.rings()
    await ada.accept()
    await visitor.sees("Ada Moreno")


async def test_an_arabic_browser_has_a_mirrored_app_in_arabic(scene: Scene, tmp_path: Path) -> None:
    async with persistent(tmp_path, DESKTOP) as context:
        app = await AgentApp(await context.new_page(), scene.ready.app_url).open()
        await app.sign_in(scene.ready.agents[ADA])
    async with persistent(tmp_path, DESKTOP, "--lang=ar", "--accept-lang=ar") as context:
        app = await AgentApp(await context.new_page(), scene.ready.app_url).open()
        await app.at_the_desk()
        await app.sees(NOBODY_IS_WAITING)
        face = await app.marked("me").bounding_box()
        assert face
        assert face["x"] > DESKTOP.width / 2
