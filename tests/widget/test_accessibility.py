"""Keyboard, screen reader, languages, colours and small screens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.e2e.browser import DESKTOP, PHONE, ROOT
from tests.widget.fake_backend import until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.e2e.visitor import Visitor
    from tests.widget.fake_backend import FakeBackend

    MakeVisitor = Callable[..., Awaitable[Visitor]]

AXE = ROOT / "widget" / "node_modules" / "axe-core" / "axe.min.js"
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
}
SCREEN = (PHONE.width, PHONE.height)
SMALL = """[...document.querySelector('deskbell-chat').shadowRoot.querySelectorAll('button')]
  .filter((button) => button.checkVisibility())
  .map((button) => button.getBoundingClientRect())
  .filter(({ width, height }) => width < 44 || height < 43.9).length"""

WIDE = """[...document.querySelector('deskbell-chat').shadowRoot.querySelectorAll('.panel *')]
  .filter((node) => node.clientWidth && node.scrollWidth > node.clientWidth + 1)
  .filter((node) => getComputedStyle(node).overflow !== 'hidden').length"""


async def violations(visitor: Visitor) -> list[str]:
    """What axe finds, animations ended."""
    await visitor.page.wait_for_function(
        "document.getAnimations({ subtree: true }).every((a) => a.playState !== 'running')"
        " || matchMedia('(prefers-reduced-motion)').matches"
    )
    await visitor.page.add_script_tag(path=AXE)
    found = await visitor.page.evaluate("axe.run()")
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found["violations"]]


@pytest.mark.parametrize("look", LOOKS)
async def test_no_state_has_a_violation(
    look: str, backend: FakeBackend, make_visitor: MakeVisitor
) -> None:
    visitor = await make_visitor(DESKTOP.but(reduced_motion="reduce", **LOOKS[look]))
    found = await violations(visitor)
    await visitor.press_the_bell()
    await visitor.sees("Online now")
    found += await violations(visitor)
    await visitor.write("Hello, see https://lumen-oak.example")
    await until(lambda: backend.sockets)
    await visitor.sees("Ringing…")
    found += await violations(visitor)
    await backend.accept()
    await backend.say("Hi! See https://lumen-oak.example")
    await visitor.sees("Hi!")
    backend.refusals["send_message"] = "invalid"
    await visitor.write("Refused")
    await visitor.sees("Could not send.")
    await visitor.does("End chat")
    found += await violations(visitor)
    assert await visitor.page.evaluate(SMALL) == 0
    await backend.finish("ended", "chat_ended")
    await visitor.sees("Start a new chat")
    assert found + await violations(visitor) == []


async def test_everything_can_be_done_from_the_keyboard(
    visitor: Visitor, backend: FakeBackend
) -> None:
    keys = visitor.page.keyboard
    await visitor.page.get_by_role("link", name="Other page").focus()
    await keys.press("Tab")
    await expect(visitor.bell).to_be_focused()
    await keys.press("Enter")
    await expect(visitor.field).to_be_focused()
    await keys.type("One")
    await keys.press("Shift+Enter")
    await keys.type("Two")
    await keys.press("Enter")
    await until(lambda: backend.bodies() == ["One\nTwo"])
    await expect(visitor.field).to_be_focused()
    await keys.press("Escape")
    await expect(visitor.panel).to_be_hidden()
    await expect(visitor.bell).to_be_focused()


async def test_the_panel_is_a_named_dialog_and_new_words_are_announced(
    visitor: Visitor, backend: FakeBackend
) -> None:
    await visitor.press_the_bell()
    await expect(visitor.page.get_by_role("dialog", name="Chat with The shop")).to_be_visible()
    await expect(visitor.bell).to_have_attribute("aria-expanded", "true")
    await visitor.write("Hello")
    await until(lambda: backend.sockets)
    await visitor.sees("Ringing…")
    await backend.accept()
    live = visitor.widget.locator("[aria-live=polite]")
    await expect(live).to_have_text("Ada Moreno has joined the chat")
    await backend.say("Good morning")
    await expect(live).to_have_text("Ada Moreno: Good morning")


@pytest.mark.parametrize(
    ("language", "bell", "field"),
    [
        ("de-AT", "Chat öffnen", "Nachricht schreiben…"),
        ("es", "Abrir el chat", "Escriba un mensaje…"),
        ("fr", "Ouvrir la discussion", "Écrivez un message…"),
        ("ar", "افتح المحادثة", "اكتب رسالة…"),
        ("xx", "Open chat", "Write a message…"),
    ],
)
async def test_the_widget_speaks_the_language_of_the_page(
    language: str, bell: str, field: str, backend: FakeBackend, make_visitor: MakeVisitor
) -> None:
    backend.lang = language
    visitor = await make_visitor()
    await expect(visitor.bell).to_have_accessible_name(bell)
    await visitor.press_the_bell()
    await expect(visitor.field).to_have_attribute("placeholder", field)


async def test_a_page_without_a_language_speaks_the_sites(
    backend: FakeBackend, make_visitor: MakeVisitor
) -> None:
    backend.lang, backend.language = "", "de"
    visitor = await make_visitor()
    await visitor.press_the_bell()
    await expect(visitor.field).to_have_attribute("placeholder", "Nachricht schreiben…")
    await expect(visitor.field).to_be_focused()


async def test_arabic_is_mirrored_and_the_page_may_choose_another_language(
    backend: FakeBackend, make_visitor: MakeVisitor
) -> None:
    backend.attributes = 'data-language="ar"'
    visitor = await make_visitor()
    await visitor.press_the_bell()
    for part in (visitor.bell, visitor.panel):
        box = await part.bounding_box()
        assert box
        assert 0 <= box["x"] < DESKTOP.width / 4
    await visitor.page.evaluate("Deskbell.setLanguage('en')")
    await expect(visitor.panel.get_by_placeholder("Write a message…")).to_be_visible()
    box = await visitor.panel.bounding_box()
    assert box
    assert box["x"] > DESKTOP.width / 2


async def test_on_a_phone_the_panel_is_the_screen(make_visitor: MakeVisitor) -> None:
    visitor = await make_visitor(PHONE.but(reduced_motion="reduce"))
    await visitor.press_the_bell()
    await visitor.sees("Online now")
    await expect(visitor.bell).to_be_hidden()
    box = await visitor.panel.bounding_box()
    assert box
    assert [round(box[side]) for side in ("x", "y", "width", "height")] == [0, 0, *SCREEN]
    await visitor.does("Close chat")
    await expect(visitor.bell).to_be_visible()


async def test_long_words_do_not_break_the_panel(visitor: Visitor) -> None:
    await visitor.press_the_bell()
    await visitor.write("Donaudampfschifffahrtsgesellschaft" * 12)
    await visitor.sees("Ringing…")
    assert await visitor.page.evaluate(WIDE) == 0
