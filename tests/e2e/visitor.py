"""A visitor on the shop page, with the widget on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.e2e.browser import PATIENCE_MS

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

LATE_MS = PATIENCE_MS + 15_000
SPEAK = """
new MutationObserver((_, seen) => {
  document.documentElement.lang = '%s';
  seen.disconnect();
}).observe(document, {childList: true});
"""


class Visitor:
    """The shop in one page of a browser. Playwright looks into the widget's shadow by itself."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.widget = page.locator("deskbell-chat")
        self.panel = self.widget.locator(".panel")
        self.bell = self.widget.locator("button.bell")
        self.card = self.panel.locator(".card")
        self.typing = self.panel.locator(".dots")

    async def open(self, path: str = "") -> Visitor:
        """Load a page of the shop."""
        await self.page.goto(self.url + path)
        return self

    async def press_the_bell(self) -> Visitor:
        """Open the chat, which rings nobody."""
        await self.bell.click()
        await self.panel.wait_for()
        return self

    async def write(self, text: str) -> None:
        """Send a message."""
        await self.field.fill(text)
        await self.page.keyboard.press("Enter")

    async def rings(self, text: str, path: str = "") -> Visitor:
        """Open the shop, press the bell, write: that rings."""
        await self.open(path)
        await self.press_the_bell()
        await self.write(text)
        return self

    async def sees(self, text: str) -> None:
        """Wait until a text is in the panel."""
        await expect(self.panel.get_by_text(text).first).to_be_visible()

    async def is_told(self, text: str) -> None:
        """Wait until the card above the field says this."""
        await expect(self.card).to_contain_text(text)

    async def sees_late(self, text: str) -> None:
        """Wait until a text is in the panel that only a tick of the clock brings."""
        await expect(self.panel.get_by_text(text).first).to_be_visible(timeout=LATE_MS)

    async def leave(self) -> None:
        """Go to another site; the browser stays open."""
        await self.page.goto("about:blank")

    async def looks_again(self) -> None:
        """Come back to the tab after a while."""
        await self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    async def shop_speaks(self, language: str) -> None:
        """Have the shop's pages say that they are in another language."""

        await self.page.add_init_script(SPEAK % language)

    async def does(self, name: str) -> None:
        """Press a button of the panel."""
        await self.panel.get_by_role("button", name=name).click()

    async def lines(self) -> list[str]:
        """What the bubbles and the lines between them say, from the top."""
        return await self.panel.locator(".bubble, li.system").all_inner_texts()

    @property
    def field(self) -> Locator:
        """Where the visitor writes."""
        return self.panel.get_by_role("textbox")
