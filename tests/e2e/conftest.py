"""One stack and one browser for all of these tests; for each test people and an empty stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.e2e.browser import ROOT, chromium
from tests.e2e.scene import Keyring, Scene
from tests.e2e.stack import tried_out

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from pathlib import Path

    from playwright.async_api import Browser

    from desk_cli.ready import Ready

HERE = ROOT / "tests" / "e2e"
PICTURES = ROOT / ".deskbell" / "e2e"
FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs all of them, on one event loop: the browser lives on it."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.xdist_group("e2e"))
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the scene know that its test failed."""
    report = yield
    if call.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Generator[Ready]:
    """Everything, as `deskbell try` starts it."""
    with tried_out(tmp_path_factory.mktemp("everything")) as ready:
        yield ready


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncGenerator[Browser]:
    """Chromium."""
    async with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    """Who has signed in already."""
    return Keyring()


@pytest.fixture
def pictures(request: pytest.FixtureRequest) -> Path:
    """Where a failed test leaves what everybody saw."""
    return PICTURES / request.node.name


@pytest_asyncio.fixture(loop_scope="session")
async def scene(
    request: pytest.FixtureRequest,
    browser: Browser,
    ready: Ready,
    keyring: Keyring,
    pictures: Path,
) -> AsyncGenerator[Scene]:
    """People in front of browsers; a page that throws fails the test."""
    async with Scene(browser, ready, keyring) as scene:
        yield scene
        if request.node.stash.get(FAILED, False):
            await scene.pictures(pictures)
    assert scene.problems == []
