"""`python -m tests.e2e.shots OUT_DIR`: pictures of every screen and state of everything running."""

from __future__ import annotations

import asyncio
import base64
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.e2e.browser import DESKTOP, PHONE, Device, chromium
from tests.e2e.scene import ADA, Keyring, Scene
from tests.e2e.stack import tried_out

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from desk_cli.ready import Ready
    from tests.e2e.agent import AgentApp
    from tests.e2e.visitor import Visitor

SETTLE = 1.0
"""Seconds for pictures to load and for motion to end."""
BETWEEN_KEYS_MS = 200
MARIA = "{name: 'Maria Keller', email: 'maria.keller@example.com'}"
QUESTION = "Hi, does the Halo work with a dimmer? We have a Busch-Jaeger 6513 at home."
TALK = (
    ("a", "Hello Maria! Yes, with any trailing-edge dimmer, and the 6513 is one."),
    ("a", "Halo goes down to about five percent with it."),
    ("v", "Lovely. And how long does delivery to Berlin take?"),
    ("a", "Two working days. It leaves us tomorrow morning."),
)
HERO = """
<body style="margin:0;background:#efebe2;padding:44px;display:flex;gap:36px;align-items:center">
<style>img{border-radius:14px;box-shadow:0 18px 50px #1b243033;display:block}</style>
<img src="%s" style="width:740px"><img src="%s" style="width:740px"></body>
"""


@dataclass(frozen=True, slots=True)
class Look:
    """One device in one light."""

    device: Device
    name: str


LOOKS = tuple(
    Look(device.but(color_scheme=light), f"{name}-{light}")
    for device, name in ((DESKTOP, "desktop"), (PHONE, "phone"))
    for light in ("light", "dark")
)


class Camera:
    """Takes the pictures of one look."""

    def __init__(self, scene: Scene, look: Look, folder: Path) -> None:
        self.scene = scene
        self.look = look
        self._folder = folder

    async def take(self, page: Page, what: str) -> Path:
        """A picture, when everything has come to rest."""
        await asyncio.sleep(SETTLE)
        path = self._folder / f"{what}-{self.look.name}.png"
        await page.screenshot(path=path)
        return path

    async def everything(self) -> None:
        """Each state once, in the order in which a day has them."""
        context = await self.scene.context(self.look.device)
        door = await self.scene.app(context, phone=self.look.device.phone)
        await door.page.get_by_role("textbox", name="Email").wait_for()
        await self.take(door.page, "app-sign-in")
        await door.try_to_sign_in("ada@deskbell.example", "wrong")
        await door.sees("The email or the password is not right.")
        await self.take(door.page, "app-sign-in-wrong")
        ada = await self.scene.agent(ADA, self.look.device)
        await ada.sees("Nobody is waiting")
        await self.take(ada.page, "app-visitors-empty")
        await ada.go_to("Chats")
        await self.take(ada.page, "app-chats-empty")
        await self.a_chat(ada)
        await self.history(ada)
        await self.nobody(ada)

    async def a_chat(self, ada: AgentApp) -> None:
        """From the bell to the end."""
        visitor = await self.scene.visitor(self.look.device)
        await visitor.open("halo-lamp.html")
        await self.take(visitor.page, "widget-bell")
        await visitor.page.evaluate(f"Deskbell.identify({MARIA})")
        await visitor.press_the_bell()
        await self.take(visitor.page, "widget-welcome")
        await visitor.write(QUESTION)
        await visitor.sees("Ringing…")
        await self.take(visitor.page, "widget-ringing")
        await ada.go_to("Visitors")
        other = await self.scene.visitor()
        await other.rings("Where is my order? It should have come on Friday.", "delivery.html")
        await ada.sees("Where is my order?")
        await self.take(ada.page, "app-visitors")
        await ada.accept()
        await visitor.sees("has joined the chat")
        await self.talk(ada, visitor)
        await ada.end_chat()
        await visitor.is_told("This chat has ended")
        await self.take(visitor.page, "widget-ended")
        await self.take(ada.page, "app-chat-over")
        await other.panel.get_by_role("button", name="End chat").first.click()
        await other.panel.get_by_role("button", name="End chat").last.click()
        await ada.does_not_see("Where is my order?")

    async def talk(self, ada: AgentApp, visitor: Visitor) -> None:
        """The middle of a chat, and the question at its end."""
        for who, text in TALK:
            await (ada if who == "a" else visitor).write(text)
            await asyncio.gather(ada.sees(text), visitor.sees(text))
        await ada.draft("")
        await ada.page.keyboard.type("And if it does", delay=BETWEEN_KEYS_MS)
        await visitor.typing.wait_for()
        await self.take(visitor.page, "widget-active")
        await visitor.field.press_sequentially("Thank you, th", delay=BETWEEN_KEYS_MS)
        await ada.sees("is typing…")
        await self.take(ada.page, "app-chat")
        await ada.tap(ada.marked("end-chat"))
        await ada.marked("confirm-end").wait_for()
        await self.take(ada.page, "app-chat-end")
        await ada.tap(ada.page.get_by_role("button", name="Cancel"))

    async def history(self, ada: AgentApp) -> None:
        """The list, a transcript, a search that finds nothing."""
        await ada.leave_the_chat()
        await ada.go_to("History")
        await ada.marked_like("history-").first.wait_for()
        await self.take(ada.page, "app-history")
        await ada.tap(ada.marked_like("history-").filter(has_text="Maria Keller").first)
        await ada.sees("Halo goes down")
        await self.take(ada.page, "app-transcript")
        await ada.leave_the_chat()
        await ada.fill_in("Search all chats", "chandelier")
        await ada.sees("Nothing found")
        await self.take(ada.page, "app-history-none")

    async def nobody(self, ada: AgentApp) -> None:
        """Declined by all, then away."""
        await ada.go_to("Visitors")
        declined = await self.scene.visitor(self.look.device)
        await declined.rings("Is anybody there?")
        await ada.rings()
        await ada.decline()
        await declined.is_told("Sorry, nobody could answer")
        await self.take(declined.page, "widget-missed")
        await self.take(ada.page, "app-declined")
        await ada.tap(ada.marked("me"))
        await self.take(ada.page, "app-menu")
        await ada.tap(ada.page.get_by_role("menuitem").nth(2))
        await ada.sees("You are Away.")
        await self.take(ada.page, "app-away")
        away = await self.scene.visitor(self.look.device)
        await away.rings("Do you repair lamps?")
        await away.is_told("We are away right now")
        await self.take(away.page, "widget-away")


async def hero(browser: Browser, folder: Path) -> None:
    """The shop with the widget beside the agent app."""
    pair = (folder / f"{name}-desktop-light.png" for name in ("widget-active", "app-chat"))
    urls = (f"data:image/png;base64,{base64.b64encode(p.read_bytes()).decode()}" for p in pair)
    page = await browser.new_page(viewport={"width": 1604, "height": 552})
    await page.set_content(HERO % tuple(urls))
    await page.screenshot(path=folder / "hero.png")
    await page.close()


async def shoot(ready: Ready, folder: Path) -> None:
    """Every look, one after the other."""
    async with chromium() as browser:
        keyring = Keyring()
        for look in LOOKS:
            async with Scene(browser, ready, keyring) as scene:
                await Camera(scene, look, folder).everything()
        await hero(browser, folder)


def main(folder: Path) -> None:
    """Start everything, take the pictures, stop everything."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, tried_out(Path(data)) as ready:
        asyncio.run(shoot(ready, folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
