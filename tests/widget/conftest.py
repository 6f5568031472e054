"""One browser for these tests; for each a backend of its own and a fresh visitor."""

from __future__ import annotations

import asyncio
import subprocess
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
import uvicorn

from desk_cli.ports import HOST
from tests.e2e.browser import DESKTOP, ROOT, chromium
from tests.e2e.visitor import Visitor
from tests.widget.fake_backend import FakeBackend, until

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from playwright.async_api import Browser

    from tests.e2e.browser import Device

HERE = ROOT / "tests" / "widget"
WIDGET = ROOT / "widget"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All on one event loop: the browser lives on it."""
    for item in items:
        if item.path.is_relative_to(HERE) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def built() -> subprocess.CompletedProcess[str]:
    """The widget, built from what the sources are now."""
    command = ["node", "build.mjs"]
    return subprocess.run(command, cwd=WIDGET, capture_output=True, text=True, check=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncGenerator[Browser]:
    """Chromium."""
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def backend(built: subprocess.CompletedProcess[str]) -> AsyncGenerator[FakeBackend]:
    """A backend that answers, on a port of its own."""
    assert "widget.js" in built.stdout, built.stderr
    fake = FakeBackend()
    config = uvicorn.Config(fake.app(), HOST, 0, log_level="error", ws="websockets-sansio")
    server = uvicorn.Server(config)
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(server.serve())
        await until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        fake.url = f"http://{HOST}:{port}"
        yield fake
        await fake.drop_sockets()
        server.should_exit = True
        await serving


@pytest_asyncio.fixture(loop_scope="session")
async def make_visitor(
    browser: Browser, backend: FakeBackend
) -> AsyncGenerator[Callable[..., Awaitable[Visitor]]]:
    """Opens the page in a browser of its own; whatever the page throws fails the test."""
    thrown: list[str] = []
    contexts = []

    async def make(device: Device = DESKTOP, script: str = "") -> Visitor:
        context = await browser.new_context(**device.options())
        contexts.append(context)
        if script:
            await context.add_init_script(script)
        context.on("weberror", lambda error: thrown.append(str(error.error)))
        page = await context.new_page()
        return await Visitor(page, backend.url + "/").open()

    yield make
    for context in contexts:
        await context.close()
    assert thrown == []


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(make_visitor: Callable[..., Awaitable[Visitor]]) -> Visitor:
    """A visitor on the page, who did nothing yet."""
    return await make_visitor()
