"""An agent in front of the app. Flutter paints on a canvas: everything goes by its semantics."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from playwright.async_api import expect

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from desk_cli.demo import DemoAgent

LISTEN_TO_THE_RING = """
window.ring = {playing: false, started: 0};
const {play, pause} = HTMLMediaElement.prototype;
HTMLMediaElement.prototype.play = function () {
  window.ring.playing = true;
  window.ring.started += 1;
  return play.apply(this, arguments);
};
HTMLMediaElement.prototype.pause = function () {
  window.ring.playing = false;
  return pause.apply(this, arguments);
};
"""
TAP = """
e => (e.matches('[flt-tappable]') ? e
  : e.querySelector('[flt-tappable]') || e.closest('[flt-tappable]') || e).click()
"""
# A phone's switch covers the page and wants to be hit in its middle, as screen readers do.
TURN_SEMANTICS_ON = """
e => {
  const {left, top, width, height} = e.getBoundingClientRect();
  const middle = {clientX: left + width / 2, clientY: top + height / 2};
  e.dispatchEvent(new MouseEvent('click', {...middle, bubbles: true}));
}
"""
# Flutter attaches its editing client some time after the focus; what is typed before that is lost.
ATTACHED = """
(e, focus) => new Promise(attached => {
  if (document.activeElement === e) return attached();
  const seen = new MutationObserver(() => { seen.disconnect(); setTimeout(attached, 30); });
  seen.observe(e, {attributes: true});
  if (focus) e.focus();
  setTimeout(attached, 800);
})
"""
LINES_FROM_THE_TOP = """
() => [...document.querySelectorAll('flt-semantics > span')]
  .map(e => [e.getBoundingClientRect().top, e.textContent])
  .sort((a, b) => a[0] - b[0]).map(([, text]) => text)
"""


class AgentApp:
    """The agent app in one page of a browser."""

    def __init__(self, page: Page, url: str, *, phone: bool = False) -> None:
        self.page = page
        self.url = url
        self.phone = phone

    # -- the app as a whole -------------------------------------------------------------------

    async def open(self, path: str = "") -> AgentApp:
        """Load the app, and have Flutter tell what it paints."""
        await self.page.goto(self.url + path)
        return await self.with_semantics()

    async def reload(self) -> AgentApp:
        """F5."""
        await self.page.reload()
        return await self.with_semantics()

    async def with_semantics(self) -> AgentApp:
        """Turn accessibility on; on a desktop the switch is one pixel outside of the page."""
        await self.page.locator("flt-semantics-placeholder").evaluate(TURN_SEMANTICS_ON)
        await self.page.locator("flt-semantics").first.wait_for(state="attached")
        return self

    async def fill_in(self, label: str, text: str) -> None:
        """Write into the field with this label."""
        await self.type_into(self.page.get_by_role("textbox", name=label, exact=True), text)

    async def type_into(self, field: Locator, text: str) -> None:
        """Write into a field, in place of what it holds."""
        await field.wait_for()
        await asyncio.gather(
            field.evaluate(ATTACHED, not self.phone), *([field.tap()] if self.phone else [])
        )
        await field.fill(text)

    async def try_to_sign_in(self, email: str, password: str) -> None:
        """Fill in the form and press the button."""
        await self.fill_in("Email", email)
        await self.fill_in("Password", password)
        await self.tap(self.marked("sign-in"))

    async def sign_in(self, agent: DemoAgent) -> AgentApp:
        """Sign in, until the desk is there."""
        await self.try_to_sign_in(agent.email, agent.password)
        return await self.at_the_desk()

    async def at_the_desk(self) -> AgentApp:
        """Wait until the signed-in agent's face is there."""
        await self.marked("me").wait_for()
        return self

    async def choose_in_menu(self, choice: str) -> None:
        """One line of the menu behind the agent's face."""
        await self.tap(self.marked("me"))
        await self.tap(self.page.get_by_role("menuitem", name=re.compile(f"^{choice}")))

    async def go_to(self, place: str) -> None:
        """One of the destinations: Visitors, Chats, History."""
        named = re.compile(f"^{place}")
        tab, button = (self.page.get_by_role(role, name=named) for role in ("tab", "button"))
        await self.tap(tab.or_(button).first)

    # -- ringing ------------------------------------------------------------------------------

    @property
    def card(self) -> Locator:
        """The ringing cards."""
        return self.marked_like("ring-")

    async def rings(self) -> None:
        """Wait until a card is there and the sound plays."""
        await self.card.first.wait_for()
        await self.page.wait_for_function("() => window.ring.playing")

    async def sees_on_card(self, *texts: str) -> None:
        """Wait until the first card tells all of this."""
        for text in texts:
            await expect(self.card.first).to_have_attribute(
                "aria-label", re.compile(re.escape(text))
            )

    async def is_quiet(self) -> None:
        """Wait until no card is there and no sound plays."""
        await expect(self.card).to_have_count(0)
        await self.page.wait_for_function("() => !window.ring.playing")

    async def accept(self) -> None:
        """Press *Accept* on the first card."""
        await self.tap(self.marked_like("accept-").first)

    async def decline(self) -> None:
        """Press *Decline* on the first card."""
        await self.tap(self.marked_like("decline-").first)

    # -- talking ------------------------------------------------------------------------------

    async def draft(self, text: str) -> None:
        """Write something and do not send it."""
        await self.type_into(self.marked("composer").get_by_role("textbox"), text)

    async def write(self, text: str) -> None:
        """Send a message: by Enter, or by the button where Enter begins a line."""
        await self.draft(text)
        if self.phone:
            await self.tap(self.marked("send"))
        else:
            await self.page.keyboard.press("Enter")

    async def end_chat(self) -> None:
        """End the open chat, and mean it."""
        await self.tap(self.marked("end-chat"))
        await self.tap(self.marked("confirm-end"))

    async def leave_the_chat(self) -> None:
        """By Escape, or by the arrow where there are no keys."""
        if self.phone:
            await self.tap(self.page.locator('[aria-label="Back"]'))
        else:
            await self.page.keyboard.press("Escape")

    async def sees(self, text: str) -> None:
        """Wait until a text is on the screen."""
        await self.said(text).first.wait_for()

    async def does_not_see(self, text: str) -> None:
        """Wait until a text is nowhere on the screen."""
        await expect(self.said(text)).to_have_count(0)

    async def lines(self) -> list[str]:
        """Every line of text on the screen, from the top."""
        found = await self.page.evaluate(LINES_FROM_THE_TOP)
        return [line for text in found for line in str(text).splitlines()]

    # -- finding ------------------------------------------------------------------------------

    def marked(self, identifier: str) -> Locator:
        """What carries a stable identifier."""
        return self.page.locator(f'[flt-semantics-identifier="{identifier}"]')

    def marked_like(self, beginning: str) -> Locator:
        """Everything whose identifier begins so."""
        return self.page.locator(f'[flt-semantics-identifier^="{beginning}"]')

    def said(self, text: str) -> Locator:
        """A text, or the name that assistive tools read out."""
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        return self.page.locator(
            f'flt-semantics-host :text("{quoted}"), flt-semantics-host [aria-label*="{quoted}"]'
        )

    @staticmethod
    async def tap(target: Locator) -> None:
        """Flutter's own tap: the nodes of its semantics lie over each other."""
        await target.evaluate(TAP)
