"""The web app's door: what a browser tells, and where its tokens stay."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from desk.settings import Settings
from desk.shell.browser import Browser, BrowserStorage
from desk.shell.web import asgi_app, browser_of


class Preferences:
    """One browser's storage, which may be away."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.away = False

    async def get(self, key: str) -> str | None:
        self._check()
        return self.values.get(key)

    async def set(self, key: str, value: str) -> None:
        self._check()
        self.values[key] = value

    async def remove(self, key: str) -> None:
        self._check()
        self.values.pop(key, None)

    def _check(self) -> None:
        if self.away:
            raise RuntimeError("the browser is away")


@pytest.fixture
def preferences() -> Preferences:
    return Preferences()


def storage_in(preferences: Preferences) -> BrowserStorage:
    return BrowserStorage(preferences)


async def test_tokens_are_kept_in_the_browser_and_found_by_the_next_session(
    preferences: Preferences,
) -> None:
    await storage_in(preferences).set_item("session", "token")
    assert await storage_in(preferences).get_item("session") == "token"
    assert await storage_in(Preferences()).get_item("session") is None


async def test_what_the_browser_missed_is_written_when_it_is_back(
    preferences: Preferences,
) -> None:
    storage = storage_in(preferences)
    preferences.away = True
    await storage.set_item("session", "renewed")
    assert await storage.get_item("session") == "renewed"
    preferences.away = False
    await storage.flush()
    assert await storage_in(preferences).get_item("session") == "renewed"


async def test_signing_out_forgets_the_token_in_the_browser(preferences: Preferences) -> None:
    storage = storage_in(preferences)
    await storage.set_item("session", "token")
    await storage.remove_item("session")
    assert preferences.values == {}


def scope(**headers: str) -> dict[str, Any]:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "websocket", "headers": pairs}


def test_languages_come_in_the_order_of_preference() -> None:
    known = browser_of(scope(accept_language="en;q=0.5, ar-EG, de;q=x, fr;q=0.9"))
    assert known.languages == ("ar-EG", "fr", "en")


def test_our_cookie_is_believed_before_the_header() -> None:
    known = browser_of(scope(accept_language="en", cookie="deskbell_languages=ar-EG%2Cen"))
    assert known.languages == ("ar-EG", "en")


def test_the_time_zone_comes_from_the_cookie_and_nonsense_is_ignored() -> None:
    known = browser_of(scope(cookie="a=b; deskbell_zone=Europe%2FLisbon"))
    assert str(known.tzinfo) == "Europe/Lisbon"
    assert browser_of(scope()).tzinfo is None
    assert Browser(zone="../../etc/passwd").tzinfo is None
    assert Browser(zone="No/Where").tzinfo is None


async def test_the_page_asks_the_browser_for_its_zone_and_the_rest_is_untouched() -> None:
    app: Any = asgi_app(Settings("http://127.0.0.1:9", "key"))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        page = await client.get("/chats/abc")
        assert "deskbell_zone" in page.text
        assert int(page.headers["content-length"]) == len(page.content)
        assert "location.reload()" in page.text
        assert "<title>Deskbell</title>" in page.text
        sound = await client.get("/ring.wav")
        assert sound.status_code == 200
        assert sound.content.startswith(b"RIFF")
