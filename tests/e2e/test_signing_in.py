"""Signing in: it lasts, a wrong password is told in a sentence, signing out stops the ring."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.e2e.agent import AgentApp
from tests.e2e.browser import DESKTOP, persistent
from tests.e2e.scene import ADA

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.scene import Scene


async def test_a_session_survives_f5(scene: Scene) -> None:
    ada = await scene.agent(ADA)
    await ada.reload()
    await ada.at_the_desk()
    await ada.sees("Nobody is waiting")


async def test_a_session_survives_the_end_of_the_browser(scene: Scene, tmp_path: Path) -> None:
    async with persistent(tmp_path, DESKTOP) as context:
        app = await AgentApp(await context.new_page(), scene.ready.app_url).open()
        await app.sign_in(scene.ready.agents[ADA])
    async with persistent(tmp_path, DESKTOP) as context:
        app = await AgentApp(await context.new_page(), scene.ready.app_url).open()
        await app.at_the_desk()


async def test_a_wrong_password_is_told_in_a_sentence(scene: Scene) -> None:
    app = await scene.app(await scene.context(DESKTOP))
    await app.try_to_sign_in(scene.ready.agents[ADA].email, "not the password")
    await app.sees("The email or the password is not right.")
    await app.sign_in(scene.ready.agents[ADA])


async def test_signing_out_stops_the_ring(scene: Scene) -> None:
    app = await scene.app(await scene.context(DESKTOP))
    await app.sign_in(scene.ready.agents[ADA])
    visitor = await scene.visitor()
    await visitor.rings("Is anybody there?")
    await app.rings()
    await app.choose_in_menu("Sign out")
    await app.sees("Sign in to Deskbell")
    await app.is_quiet()


async def test_an_agent_who_is_away_is_not_rung(scene: Scene) -> None:
    ada, visitor = await asyncio.gather(scene.agent(ADA), scene.visitor())
    await ada.choose_in_menu("Away")
    await ada.sees("You are Away. Chats do not ring here.")
    await visitor.rings("Is anybody there?")
    await visitor.is_told("We are away right now")
    await ada.is_quiet()
