"""The whole app drawn in memory: what a person sees and does, on a phone and on a desktop."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import flet as ft
import pytest

from desk.backend.errors import AtLimit, NetworkDown, WrongPassword
from desk.backend.rows import json_of
from desk.settings import Settings
from desk.shell.app import make_main
from desk.ui.component import component
from tests.app.support import make
from tests.app.support.fakes import Server, fake_ports
from tests.app.support.headless import Screen

PROJECT = Settings("http://127.0.0.1:9", "key")


class App:
    """A drawn app over a fake server."""

    def __init__(self, server: Server, *, signed_in: bool = True) -> None:
        self.server = server
        self.ports, self.live = fake_ports(server, signed_in)
        self.screen: Screen

    async def open(
        self, route: str = "/visitors", width: int = 1280, refused: Iterable[str] = ()
    ) -> App:
        self.screen = Screen(width=width, route=route)
        self.screen.client.refused.update(refused)
        main = make_main(PROJECT, lambda *_: self.ports)
        await main(self.screen.page)
        await self.screen.settle(300)
        return self

    async def until_shown(self, words: str) -> None:
        await self.screen.until(lambda: self.screen.shows(words))


Open = Callable[..., Awaitable[App]]


@pytest.fixture
async def open_app() -> AsyncIterator[Open]:
    """Opens apps; at the end each must still be able to redraw, and is closed."""
    opened: list[App] = []

    async def begin(server: Server | None = None, **more: Any) -> App:
        app = App(server or Server(), signed_in=more.pop("signed_in", True))
        opened.append(await app.open(**more))
        return app

    yield begin
    for app in opened:
        assert app.screen.alive, app.screen.client.errors
        await app.screen.fire(app.screen.page, "close")
        app.screen.session.close()
        await app.screen.settle()


def ringing(chat_id: str = "c1", **changes: Any) -> Any:
    now = datetime.now(UTC)
    return make.chat(chat_id, offer=make.offer(30, now), ring_started_at=now, **changes)


def talking(count: int = 3, chat_id: str = "c1") -> Server:
    chat = make.active(chat_id, last_seq=count, unread=0, agent_read_seq=count)
    server = Server(make.desk(active=(chat,)))
    server.add(chat, *(make.message(seq, chat_id=chat_id) for seq in range(1, count + 1)))
    return server


def composer(app: App) -> ft.TextField:
    return app.screen.one(ft.TextField, hint_text="Write a message")


async def test_a_ringing_card_shows_who_where_and_what_and_accepting_opens_the_chat(
    open_app: Open,
) -> None:
    server = Server(make.desk(ringing=(ringing(),)))
    server.add(ringing(), make.message(1))
    app = await open_app(server)
    for words in ("Maya Torres", "Sofas", "is the linen sofa"):
        assert app.screen.shows(words)
    await app.screen.click(app.screen.marked("accept-c1"))
    await app.screen.settle(200)
    assert app.screen.page.route == "/chats/c1"
    assert composer(app)


async def test_declining_takes_the_card_away_and_offers_undo(open_app: Open) -> None:
    app = await open_app(Server(make.desk(ringing=(ringing(),))))
    await app.screen.click(app.screen.marked("decline-c1"))
    await app.screen.settle(100)
    assert app.screen.shows("Nobody is waiting")
    bar = app.screen.one(ft.SnackBar)
    assert bar.duration == 5000
    assert isinstance(bar.action, ft.SnackBarAction)
    await app.screen.click(bar.action)
    await app.screen.settle(100)
    assert app.server.count("undo_decline") == 1


async def test_the_ring_starts_with_an_offer_and_stops_when_it_is_taken(open_app: Open) -> None:
    app = await open_app(Server(make.desk(ringing=(ringing(),))))
    assert "play" in app.screen.client.invoked
    withdrawn = {"chat_id": "c1", "offer_id": "o1", "outcome": "taken", "by": "Ben"}
    app.live.hear("agent:u-ann", "offer_withdrawn", withdrawn)
    await app.screen.settle(100)
    assert app.screen.client.invoked[-1] == "pause"
    assert app.screen.shows("Taken by Ben.")


async def test_a_ring_that_cannot_be_heard_is_told_until_the_sound_is_on(open_app: Open) -> None:
    app = await open_app(Server(make.desk(ringing=(ringing(),))), refused=("play",))
    assert app.screen.shows("The ring cannot be heard here")
    app.screen.client.refused.clear()
    await app.screen.click(app.screen.one(ft.TextButton, content="Turn on the sound"))
    await app.screen.until(lambda: not app.screen.shows("The ring cannot be heard here"))


async def test_my_face_is_grey_until_the_server_knows_this_device(open_app: Open) -> None:
    server = Server()
    server.errors["register_device"] = NetworkDown()
    app = await open_app(server)
    assert app.screen.one(ft.PopupMenuButton).tooltip == "Ann Lee: Connecting…"
    server.errors.clear()
    app.live.on_state("connected")
    await app.screen.settle()
    assert app.screen.one(ft.PopupMenuButton).tooltip == "Ann Lee: Online"


@pytest.mark.parametrize(("role", "may"), [("agent", False), ("admin", True), ("owner", True)])
async def test_only_admins_may_take_a_chat_over_the_limit(
    open_app: Open, role: Any, may: bool
) -> None:
    server = Server(make.desk(ringing=(ringing(),), me=make.me(role=role)))
    server.errors["accept"] = AtLimit()
    app = await open_app(server)
    await app.screen.click(app.screen.marked("accept-c1"))
    await app.screen.settle(100)
    assert app.screen.shows("You are at your limit")
    assert bool(app.screen.all(ft.FilledButton, content="Take anyway")) is may


async def test_a_message_is_typed_sent_with_enter_and_the_field_is_empty(open_app: Open) -> None:
    app = await open_app(talking(), route="/chats/c1")
    await app.screen.type(composer(app), "hel")
    await app.screen.type(composer(app), "hello there")
    await app.screen.fire(composer(app), "submit", "hello there")
    await app.screen.settle(200)
    assert app.screen.shows("hello there")
    assert composer(app).value == ""
    assert app.server.messages["c1"][-1].body == "hello there"


async def test_what_i_typed_is_kept_when_i_look_at_another_chat(open_app: Open) -> None:
    server = talking()
    other = make.active("c2", visitor=replace(make.chat().visitor, id="v2", name="Omar"))
    server.add(other, make.message(1, chat_id="c2"))
    server.desk = replace(server.desk, active=(*server.desk.active, other))
    app = await open_app(server, route="/chats/c1")
    await app.screen.type(composer(app), "half a thought")
    await app.screen.go("/chats/c2")
    assert composer(app).value == ""
    await app.screen.go("/chats/c1")
    assert composer(app).value == "half a thought"


async def test_an_arriving_message_and_typing_are_shown(open_app: Open) -> None:
    app = await open_app(talking(), route="/chats/c1")
    app.live.hear("typing:c1", "typing", {"by": "visitor", "name": None})
    await app.screen.settle()
    assert app.screen.shows("Maya Torres is typing…")
    app.live.hear("chat:c1", "message_sent", json_of(make.message(4, "here I am")))
    await app.screen.settle()
    assert app.screen.shows("here I am")
    assert not app.screen.shows("is typing")


async def test_a_phone_shows_one_pane_and_a_desktop_two(open_app: Open) -> None:
    app = await open_app(talking(), route="/chats/c1", width=390)
    assert not app.screen.all(ft.NavigationRail)
    assert not app.screen.all(ft.NavigationBar)
    assert not app.screen.all(ft.Semantics, identifier="chat-c1")
    await app.screen.go("/chats")
    assert app.screen.all(ft.NavigationBar)
    assert not app.screen.all(ft.TextField)
    await app.screen.resize(1280, 800)
    await app.screen.go("/chats/c1")
    assert app.screen.all(ft.NavigationRail)
    assert app.screen.all(ft.Semantics, identifier="chat-c1")
    assert composer(app)


async def test_escape_leaves_the_chat_and_alt_and_a_number_go_elsewhere(open_app: Open) -> None:
    app = await open_app(talking(), route="/chats/c1", width=390)
    key = {"shift": False, "ctrl": False, "alt": False, "meta": False}
    await app.screen.fire(app.screen.page, "keyboard_event", {"key": "Escape", **key})
    await app.screen.settle(100)
    assert app.screen.all(ft.Semantics, identifier="chat-c1")
    await app.screen.fire(app.screen.page, "keyboard_event", {**key, "key": "3", "alt": True})
    await app.screen.settle(100)
    assert app.screen.all(ft.TextField, hint_text="Search all chats")


async def test_the_systems_back_leaves_the_chat_and_only_then_the_app(open_app: Open) -> None:
    app = await open_app(talking(), route="/chats/c1", width=390)
    view = app.screen.page.views[0]
    assert not view.can_pop
    await app.screen.fire(view, "confirm_pop")
    await app.screen.settle(100)
    assert app.screen.page.route == "/chats"
    assert view.can_pop


async def test_ending_asks_first(open_app: Open) -> None:
    app = await open_app(talking(), route="/chats/c1")
    await app.screen.click(app.screen.marked("end-chat"))
    assert app.server.count("end") == 0
    await app.screen.click(app.screen.marked("confirm-end"))
    await app.screen.settle(200)
    assert app.server.count("end") == 1
    assert app.screen.shows("This chat is over")


async def test_history_lists_and_opens_a_transcript(open_app: Open) -> None:
    server = Server()
    past = make.active("h1", status="ended", ended_at=make.NOW, last_seq=2)
    joined = make.message(
        2, chat_id="h1", author="system", event="agent_joined", data={"agent_name": "Ben"}
    )
    server.add(past, make.message(1, chat_id="h1"), joined)
    server.history = [past]
    app = await open_app(server, route="/history")
    await app.until_shown("is the linen sofa")
    await app.screen.go("/history/h1")
    await app.until_shown("Ben has joined the chat")
    assert app.screen.shows("Maya Torres")


@pytest.mark.parametrize(
    ("route", "words"),
    [
        ("/visitors", "Nobody is waiting"),
        ("/chats", "No chats yet"),
        ("/history", "No finished chats yet"),
    ],
)
async def test_every_screen_says_when_it_is_empty(open_app: Open, route: str, words: str) -> None:
    app = await open_app(route=route, width=390)
    await app.until_shown(words)


@pytest.mark.parametrize("route", ["/visitors", "/chats", "/history"])
async def test_every_screen_says_what_went_wrong_and_tries_again(
    open_app: Open, route: str
) -> None:
    server = Server()
    server.errors["*"] = NetworkDown()
    app = await open_app(server, route=route, width=390)
    await app.until_shown("Deskbell cannot be reached")
    server.errors.clear()
    await app.screen.click(app.screen.one(ft.OutlinedButton, content="Try again"))
    await app.screen.until(lambda: not app.screen.shows("Deskbell cannot be reached"))


async def test_a_lost_link_is_told_and_taken_back(open_app: Open) -> None:
    app = await open_app()
    app.live.on_state("reconnecting")
    await app.screen.settle()
    assert app.screen.shows("No connection")
    app.live.on_state("connected")
    await app.screen.settle()
    assert not app.screen.shows("No connection")


async def test_signing_in_and_out(open_app: Open) -> None:
    server = Server()
    server.errors["sign_in"] = WrongPassword()
    app = await open_app(server, signed_in=False)
    for label, value in (("Email", "ann@example.org"), ("Password", "secret")):
        await app.screen.type(app.screen.one(ft.TextField, label=label), value)
    await app.screen.click(app.screen.marked("sign-in"))
    assert app.screen.shows("The email or the password is not right.")
    server.errors.clear()
    await app.screen.click(app.screen.marked("sign-in"))
    await app.screen.settle(300)
    assert ("sign_in", ("ann@example.org", "secret")) in server.calls
    assert app.screen.shows("Nobody is waiting")
    out = next(item for item in app.screen.all(ft.PopupMenuItem) if _says(item, "Sign out"))
    await app.screen.click(out)
    await app.screen.settle(300)
    assert app.screen.shows("Sign in to Deskbell")
    assert server.count("forget_device") == 1


def _says(item: ft.PopupMenuItem, words: str) -> bool:
    row = item.content
    return isinstance(row, ft.Row) and any(
        isinstance(text, ft.Text) and text.value == words
        for column in row.controls
        if isinstance(column, ft.Column)
        for text in column.controls
    )


async def test_the_status_menu_sets_the_status_and_the_banner_brings_it_back(
    open_app: Open,
) -> None:
    app = await open_app()
    away = next(item for item in app.screen.all(ft.PopupMenuItem) if _says(item, "Away"))
    await app.screen.click(away)
    assert app.screen.shows("You are Away. Chats do not ring here.")
    await app.screen.click(app.screen.one(ft.TextButton, content="Go online"))
    assert app.server.calls[-1] == ("set_status", "online")


async def test_an_unknown_address_leads_back(open_app: Open) -> None:
    app = await open_app(route="/nowhere")
    assert app.screen.shows("There is nothing at this address.")
    await app.screen.click(app.screen.one(ft.FilledButton, content="Go to Visitors"))
    await app.screen.settle(100)
    assert app.screen.shows("Nobody is waiting")


async def test_a_part_that_cannot_be_drawn_does_not_stop_the_rest(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @component
    def broken() -> ft.Control:
        raise ValueError("mine")

    screen = await Screen().draw(lambda: ft.Column([broken(), ft.Text("still here")]))
    assert screen.shows("could not be shown")
    assert screen.shows("still here")
    assert screen.alive
    assert "could not be drawn" in caplog.text
    screen.session.close()
    await screen.settle()


async def cost_of_one_more(app: App, seqs: range) -> tuple[float, int]:
    """Seconds of work and bytes for one message that arrives: the best and the most of some."""
    costs: list[tuple[float, int]] = []
    for seq in seqs:
        sent, began = app.screen.client.bytes, time.process_time()
        app.live.hear("chat:c1", "message_sent", json_of(make.message(seq, f"news {seq}")))
        await app.screen.settle(25)
        costs.append((time.process_time() - began, app.screen.client.bytes - sent))
        assert app.screen.shows(f"news {seq}")
    return min(cost for cost, _ in costs), max(size for _, size in costs)


async def test_a_message_costs_the_same_in_a_chat_of_60_and_of_10_000(open_app: Open) -> None:
    """Measured in turns and compared at their best, because the machine does other things too."""
    found: dict[int, list[float]] = {60: [], 10_000: []}
    for turn in range(3):
        for count, costs in found.items():
            app = await open_app(talking(count), route="/chats/c1")
            cost, size = await cost_of_one_more(app, range(count + 1, count + 7))
            assert size <= 2_000, turn
            costs.append(cost)
            await app.screen.fire(app.screen.page, "close")
    assert min(found[10_000]) <= min(found[60]) * 1.2 + 0.002
