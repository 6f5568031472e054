"""What the visitor sees while it rings, while they talk, and afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.widget.fake_backend import until

if TYPE_CHECKING:
    from tests.e2e.visitor import Visitor
    from tests.widget.fake_backend import FakeBackend

EVIL = (
    "<img src=x onerror=alert(1)> see https://lumen-oak.example/a?b=1. [x](javascript:alert(1))"
    " or write to shop.two@lumen-oak.example."
)


async def rings(visitor: Visitor, backend: FakeBackend) -> None:
    await visitor.press_the_bell()
    await visitor.write("Hello")
    await until(lambda: len([frame for frame in backend.frames if frame[3] == "phx_join"]) == 2)


async def talks(visitor: Visitor, backend: FakeBackend) -> None:
    await rings(visitor, backend)
    await backend.accept()
    await visitor.sees("Ada Moreno has joined the chat")


async def test_while_it_rings_the_visitor_can_keep_writing(
    visitor: Visitor, backend: FakeBackend
) -> None:
    await rings(visitor, backend)
    await visitor.sees("You can keep writing while we ring the team.")
    await visitor.write("And another thing")
    await until(lambda: backend.bodies() == ["Hello", "And another thing"])


async def test_after_half_a_minute_the_place_in_line_is_told(
    visitor: Visitor, backend: FakeBackend
) -> None:
    backend.waited_seconds, backend.place = 31, 3
    await rings(visitor, backend)
    await visitor.sees("You are number 3 in line")


async def test_after_a_minute_comes_an_apology_and_a_choice(
    visitor: Visitor, backend: FakeBackend
) -> None:
    backend.waited_seconds = 61
    await rings(visitor, backend)
    await visitor.sees("Sorry, this takes longer than it should")
    await visitor.does("Keep waiting")
    await visitor.sees("Ringing…")
    assert backend.of("end_chat") == []


async def test_a_missed_chat_can_ring_again(visitor: Visitor, backend: FakeBackend) -> None:
    await rings(visitor, backend)
    await backend.finish("missed", "chat_missed")
    await visitor.sees("Your messages are saved. You can keep writing.")
    await visitor.does("Ring again")
    await visitor.sees("Ringing…")


async def test_when_nobody_is_there_the_message_is_saved(
    visitor: Visitor, backend: FakeBackend
) -> None:
    backend.online = False
    await visitor.press_the_bell()
    await visitor.sees("Nobody is here right now.")
    await visitor.write("For later")
    await visitor.sees("Your messages are saved. You can keep writing.")
    await visitor.write("And this")
    await until(lambda: backend.bodies() == ["For later", "And this"])
    backend.online = True
    await visitor.looks_again()
    await visitor.sees("We are back. Shall we ring?")
    backend.refusals["ring_again"] = "offline"
    await visitor.does("Ring again")
    await visitor.sees("Nobody is here right now. What you write is saved.")


async def test_the_agent_is_in_the_header_and_has_read(
    visitor: Visitor, backend: FakeBackend
) -> None:
    await talks(visitor, backend)
    await expect(visitor.panel.get_by_role("heading", name="Ada Moreno")).to_be_visible()
    await visitor.sees("Founder")
    await backend.tell("messages_read", {"by": "agent", "seq": 2})
    await visitor.sees("Just now · Read")


async def test_typing_is_shown_both_ways(visitor: Visitor, backend: FakeBackend) -> None:
    await talks(visitor, backend)
    await visitor.field.press_sequentially("I am writing")
    typed = [frame for frame in backend.frames if frame[3] == "broadcast"]
    assert [frame[4]["payload"]["by"] for frame in typed] == ["visitor"]
    await backend.tell("typing", {"by": "agent", "name": "Ada Moreno"}, topic="typing")
    await expect(visitor.typing).to_be_visible()
    await backend.say("Yes")
    await expect(visitor.typing).to_be_hidden()


async def test_typing_cannot_pass_as_the_database(visitor: Visitor, backend: FakeBackend) -> None:
    await talks(visitor, backend)
    await backend.tell("chat_ended", {"by": "agent"}, topic="typing")
    await backend.say("Still talking")
    await visitor.sees("Still talking")
    await expect(visitor.panel.get_by_text("This chat has ended")).to_be_hidden()


async def test_texts_stay_texts_and_addresses_become_links(
    visitor: Visitor, backend: FakeBackend
) -> None:
    await talks(visitor, backend)
    await backend.say(EVIL)
    await visitor.sees("<img src=x onerror=alert(1)>")
    links = visitor.panel.get_by_role("link")
    addresses = await links.evaluate_all("(links) => links.map((link) => link.href)")
    assert addresses == ["https://lumen-oak.example/a?b=1", "mailto:shop.two@lumen-oak.example"]
    await expect(links.first).to_have_attribute("rel", "noopener")


async def test_a_closed_panel_counts_what_is_unread(visitor: Visitor, backend: FakeBackend) -> None:
    await talks(visitor, backend)
    await visitor.does("Close chat")
    read = len(backend.of("mark_read"))
    await backend.say("Are you there?")
    await backend.say("Hello?")
    await expect(visitor.bell).to_have_accessible_name("Open chat, 2 unread")
    assert len(backend.of("mark_read")) == read
    await visitor.press_the_bell()
    await until(lambda: backend.the_chat["visitor_read_seq"] == 4)
    await expect(visitor.bell).to_have_accessible_name("Close chat")


async def test_ending_is_asked_and_leads_to_a_new_chat(
    visitor: Visitor, backend: FakeBackend
) -> None:
    await talks(visitor, backend)
    await visitor.does("End chat")
    await visitor.sees("End this chat?")
    await visitor.does("Keep chatting")
    await visitor.does("End chat")
    await visitor.panel.locator(".actions").get_by_role("button", name="End chat").click()
    await visitor.sees("This chat has ended")
    ended = backend.the_chat["id"]
    await until(lambda: not backend.sockets)
    await visitor.does("Start a new chat")
    await expect(visitor.field).to_be_focused()
    assert await visitor.lines() == []
    await visitor.write("Again")
    await visitor.sees("Ringing…")
    assert backend.of("start_chat")[-1]["visitor"]["previous_chat_id"] == ended


async def test_a_new_page_says_goodbye_and_comes_back(
    visitor: Visitor, backend: FakeBackend
) -> None:
    await talks(visitor, backend)
    await visitor.field.fill("Half a sent")
    seen = len(backend.of("chat_seen"))
    await visitor.page.get_by_role("link", name="Other page").click()
    await visitor.sees("Hello")
    assert await visitor.field.input_value() == "Half a sent"
    assert {args.get("here", True) for args in backend.of("chat_seen")[seen:]} == {True, False}
    assert len(backend.of("start_chat")) == 1


async def test_a_text_that_is_too_long_is_not_sent(visitor: Visitor, backend: FakeBackend) -> None:
    await visitor.press_the_bell()
    await visitor.field.fill("a" * 9_500)
    await visitor.sees("500 characters left")
    await visitor.write("a" * 10_001)
    await visitor.sees("-1 characters left")
    assert backend.names() == ["widget_hello"]
    await visitor.write("a" * 9_999 + "💡")
    await until(lambda: backend.bodies() == ["a" * 9_999 + "💡"])


async def test_an_unknown_site_says_so(visitor: Visitor, backend: FakeBackend) -> None:
    backend.refusals["widget_hello"] = "not_found"
    await visitor.press_the_bell()
    await visitor.sees("This chat is not available on this page.")
