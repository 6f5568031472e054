"""What the widget does to a page, and what it leaves alone until somebody writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.widget.fake_backend import until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Route

    from tests.e2e.visitor import Visitor
    from tests.widget.fake_backend import FakeBackend

    MakeVisitor = Callable[..., Awaitable[Visitor]]

STORED = "JSON.stringify([{...localStorage}, {...sessionStorage}])"
NOTHING = "[{},{}]"
BLOCKED = """const get = () => { throw new DOMException("no", "SecurityError") };
Object.defineProperty(window, "localStorage", { get });
Object.defineProperty(window, "sessionStorage", { get })"""
LISTEN = """window.heard = [];
for (const name of ["open", "close", "status"])
  Deskbell.on(name, (value) => heard.push([name, value]))"""


def test_the_widget_stays_under_its_size_caps(built: subprocess.CompletedProcess[str]) -> None:
    assert built.returncode == 0, built.stdout + built.stderr


async def test_a_page_view_asks_and_stores_nothing(visitor: Visitor, backend: FakeBackend) -> None:
    await expect(visitor.bell).to_be_visible()
    loaded = await visitor.page.evaluate(
        "performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname)"
    )
    assert set(loaded) - {"/favicon.ico"} == {"/deskbell/deskbell.js"}
    assert backend.calls == []
    assert await visitor.page.evaluate(STORED) == NOTHING


async def test_an_open_chat_only_says_hello(visitor: Visitor, backend: FakeBackend) -> None:
    await visitor.press_the_bell()
    await visitor.sees("Online now")
    await visitor.field.fill("Not sent")
    assert backend.names() == ["widget_hello"]
    assert backend.calls[0].token == ""
    assert backend.frames == []
    assert await visitor.page.evaluate(STORED) == NOTHING


async def test_the_first_message_makes_the_account_and_the_chat(
    visitor: Visitor, backend: FakeBackend
) -> None:
    await visitor.press_the_bell()
    await visitor.write("Is there a dimmer?")
    await visitor.sees("Ringing…")
    assert backend.names()[1:3] == ["signup", "start_chat"]
    asked = backend.of("start_chat")[0]
    assert asked["visitor"]["page"] == {"url": backend.url + "/", "title": "Shop"}
    assert asked["visitor"]["device"] == "desktop"
    assert backend.calls[2].token == "token-1"


async def test_a_strict_content_security_policy_is_enough(
    backend: FakeBackend, make_visitor: MakeVisitor
) -> None:
    backend.csp = "default-src 'none'; script-src 'self'; connect-src 'self'"
    backend.color = "#205080"
    visitor = await make_visitor(
        script="document.addEventListener('securitypolicyviolation', (e) => { throw e.blockedURI })"
    )
    await visitor.press_the_bell()
    await visitor.write("Hello")
    await visitor.sees("Ringing…")
    await until(lambda: backend.sockets)
    await backend.accept()
    await visitor.sees("Ada Moreno has joined the chat")
    background = await visitor.panel.locator(".send").evaluate(
        "(button) => getComputedStyle(button).backgroundColor"
    )
    assert background == "rgb(32, 80, 128)"


async def test_a_browser_without_storage_can_chat(make_visitor: MakeVisitor) -> None:
    visitor = await make_visitor(script=BLOCKED)
    await visitor.press_the_bell()
    await visitor.write("One")
    await visitor.sees("Ringing…")
    await visitor.write("Two")
    await expect(visitor.panel.get_by_text("Just now · Sent")).to_be_visible()
    assert await visitor.lines() == ["One", "Two"]


async def test_a_chat_that_does_not_load_says_so_and_tries_again(visitor: Visitor) -> None:
    async def fail(route: Route) -> None:
        await route.abort()

    await visitor.page.route("**/widget.js*", fail)
    await visitor.bell.click()
    await expect(visitor.bell).to_have_accessible_name("Not loaded. Try again.")
    await visitor.page.unroute("**/widget.js*")
    await visitor.press_the_bell()


async def test_the_page_can_steer_the_widget(visitor: Visitor, backend: FakeBackend) -> None:
    await visitor.page.evaluate(LISTEN)
    await visitor.page.evaluate("Deskbell.open()")
    await visitor.write("Hello")
    await visitor.sees("Ringing…")
    await visitor.page.evaluate("Deskbell.close(); Deskbell.hide()")
    await expect(visitor.bell).to_be_hidden()
    await visitor.page.evaluate("Deskbell.show()")
    await expect(visitor.bell).to_be_visible()
    assert await visitor.page.evaluate("heard") == [
        ["open", None],
        ["status", "ringing"],
        ["close", None],
    ]


async def test_what_the_page_knows_of_its_visitor_comes_with_the_first_message(
    visitor: Visitor, backend: FakeBackend
) -> None:
    await visitor.page.evaluate("""Deskbell.identify({ name: "Nora", email: "nora@example.com" });
        Deskbell.setAttributes({ plan: "gold", seats: 2 });
        Deskbell.setAttributes({ seats: 3 });
        Deskbell.open()""")
    await visitor.write("Hello")
    await until(lambda: backend.bodies() == ["Hello"])
    told = backend.of("start_chat")[0]["visitor"]
    assert (told["name"], told["email"]) == ("Nora", "nora@example.com")
    assert told["attributes"] == {"plan": "gold", "seats": 3}


async def test_a_handler_that_throws_does_not_stop_the_chat(
    backend: FakeBackend, visitor: Visitor
) -> None:
    await visitor.page.evaluate(
        "window.onerror = () => true; Deskbell.on('open', () => { throw new Error('the page') })"
    )
    await visitor.press_the_bell()
    await visitor.write("Hello")
    await until(lambda: backend.bodies() == ["Hello"])


async def test_shutdown_forgets_the_visitor(visitor: Visitor, backend: FakeBackend) -> None:
    await visitor.press_the_bell()
    await visitor.write("Hello")
    await visitor.sees("Ringing…")
    await visitor.page.evaluate("Deskbell.shutdown()")
    await expect(visitor.widget).to_have_count(0)
    assert await visitor.page.evaluate(STORED) == NOTHING
    await until(lambda: not backend.sockets)
    assert False in [args.get("here") for args in backend.of("chat_seen")]
