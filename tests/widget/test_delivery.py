"""Every message arrives once and in order, whatever the network does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio
from playwright.async_api import expect

from tests.widget.fake_backend import until

if TYPE_CHECKING:
    from tests.e2e.visitor import Visitor
    from tests.widget.fake_backend import FakeBackend

RECONNECTING = "Reconnecting… Nothing you write is lost."


@pytest_asyncio.fixture(loop_scope="session")
async def talking(visitor: Visitor, backend: FakeBackend) -> Visitor:
    """A visitor in an active chat whose socket is joined."""
    await visitor.press_the_bell()
    await visitor.write("One")
    await visitor.sees("Ringing…")
    await until(lambda: len([frame for frame in backend.frames if frame[3] == "phx_join"]) == 2)
    await backend.accept()
    await visitor.sees("Ada Moreno has joined the chat")
    return visitor


async def test_the_socket_joins_private_channels_with_the_visitors_token(
    talking: Visitor, backend: FakeBackend
) -> None:
    del talking
    joins = [frame for frame in backend.frames if frame[3] == "phx_join"]
    chat = backend.the_chat["id"]
    assert [frame[2] for frame in joins] == [f"realtime:chat:{chat}", f"realtime:typing:{chat}"]
    assert all(frame[4]["config"]["private"] for frame in joins)
    assert {frame[4]["access_token"] for frame in joins} == {"token-1"}


async def test_messages_written_while_nobody_answers_are_sent_later_once_and_in_order(
    talking: Visitor, backend: FakeBackend
) -> None:
    await backend.go_down()
    for text in ("Two", "Three", "Four"):
        await talking.write(text)
    await talking.sees(RECONNECTING)
    await expect(talking.panel.get_by_text("Waiting to be sent")).to_be_visible()
    backend.down = False
    await until(lambda: backend.bodies() == ["One", "Two", "Three", "Four"])
    await expect(talking.panel.get_by_text(RECONNECTING)).to_be_hidden()
    assert (await talking.lines())[-3:] == ["Two", "Three", "Four"]


async def test_a_lost_answer_does_not_send_twice(talking: Visitor, backend: FakeBackend) -> None:
    backend.lose_answers = True
    await talking.write("Two")
    await until(lambda: len(backend.of("send_message")) >= 2)
    backend.lose_answers = False
    await talking.sees("Sent")
    assert backend.bodies() == ["One", "Two"]
    assert len({args["message_id"] for args in backend.of("send_message")}) == 1
    assert (await talking.lines()).count("Two") == 1


async def test_what_was_not_sent_survives_a_new_page(
    talking: Visitor, backend: FakeBackend
) -> None:
    await backend.go_down()
    await talking.write("Two")
    await talking.sees("Waiting to be sent")
    await talking.page.reload()
    backend.down = False
    await until(lambda: backend.bodies() == ["One", "Two"])
    await talking.sees("Two")


async def test_events_that_come_twice_or_in_disorder_are_shown_once_in_order(
    talking: Visitor, backend: FakeBackend
) -> None:
    rows = [backend.store("agent", text) for text in ("A", "B", "C")]
    for row in (rows[1], rows[0], rows[2], rows[1], rows[0]):
        await backend.tell("message_sent", row)
    await talking.sees("C")
    assert (await talking.lines())[-3:] == ["A", "B", "C"]


async def test_a_jump_in_the_numbers_fetches_what_is_missing(
    talking: Visitor, backend: FakeBackend
) -> None:
    backend.store("agent", "Lost on the way")
    await backend.say("Heard")
    await talking.sees("Lost on the way")
    assert (await talking.lines())[-2:] == ["Lost on the way", "Heard"]


async def test_a_message_that_was_cut_is_fetched_whole(
    talking: Visitor, backend: FakeBackend
) -> None:
    row = backend.store("agent", "a" * 1200 + " end")
    await backend.tell("message_sent", {**row, "body": "a" * 1000, "cut": True})
    await talking.sees("a end")


async def test_a_frame_without_sense_changes_nothing(
    talking: Visitor, backend: FakeBackend
) -> None:
    for socket in backend.sockets:
        await socket.send_bytes(b"\x04\x01")
        await socket.send_text("not json")
    await backend.say("Still here")
    await talking.sees("Still here")


async def test_after_a_cut_the_socket_comes_back_and_catches_up(
    talking: Visitor, backend: FakeBackend
) -> None:
    await backend.drop_sockets()
    backend.store("agent", "Said meanwhile")
    await talking.sees("Said meanwhile")
    await until(lambda: backend.sockets)
    await backend.say("And now")
    await talking.sees("And now")


async def test_a_token_at_its_end_is_renewed(talking: Visitor, backend: FakeBackend) -> None:
    backend.old_tokens.add("token-1")
    await talking.write("Two")
    await until(lambda: backend.bodies() == ["One", "Two"])
    assert backend.of("refresh") == [{"refresh_token": "again-token-1"}]


async def test_two_tabs_are_one_chat(talking: Visitor, backend: FakeBackend) -> None:
    page = await talking.page.context.new_page()
    other = type(talking)(page, talking.url)
    await other.open()
    await other.press_the_bell()
    await other.sees("One")
    await talking.write("From the first")
    row = backend.messages
    await until(lambda: row[-1]["body"] == "From the first")
    await backend.tell("message_sent", row[-1])
    await other.sees("From the first")
    await backend.say("To both")
    await talking.sees("To both")
    await other.sees("To both")
    assert len(backend.of("signup")) == 1
    assert len(backend.of("start_chat")) == 1


async def test_a_refused_message_is_kept_and_sent_again_by_a_tap(
    talking: Visitor, backend: FakeBackend
) -> None:
    backend.refusals["send_message"] = "too_many"
    await talking.write("Two")
    await talking.sees("Could not send. Tap to retry.")
    del backend.refusals["send_message"]
    await talking.does("Two")
    await until(lambda: backend.bodies() == ["One", "Two"])
    first, second = backend.of("send_message")
    assert first["message_id"] == second["message_id"]


async def test_writing_after_the_end_starts_a_linked_chat(
    talking: Visitor, backend: FakeBackend
) -> None:
    ended = backend.the_chat["id"]
    backend.the_chat["status"] = "ended"
    backend.refusals["send_message"] = "ended"
    await talking.write("One more thing")
    await until(lambda: len(backend.of("start_chat")) == 2)
    await talking.sees("Ringing…")
    started = backend.of("start_chat")[-1]
    assert started["visitor"]["previous_chat_id"] == ended
    assert started["chat_id"] != ended
    assert await talking.lines() == ["One more thing"]


async def test_a_chat_that_the_database_does_not_know_is_forgotten(
    talking: Visitor, backend: FakeBackend
) -> None:
    backend.refusals["send_message"] = "not_found"
    backend.chat = None
    await talking.write("Hello again")
    await until(lambda: len(backend.of("start_chat")) == 2)
    await talking.sees("Ringing…")
    assert "previous_chat_id" not in backend.of("start_chat")[-1]["visitor"]
    assert await talking.lines() == ["Hello again"]
