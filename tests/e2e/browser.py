"""The browser, and the devices that people hold."""

from __future__ import annotations

import os
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.async_api import async_playwright

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Browser, BrowserContext

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ANDROID = (
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/150.0.0.0 Mobile Safari/537.36"
)
PATIENCE_MS = 30_000
"""How long anything that is expected may take on a busy machine."""


@dataclass(frozen=True, slots=True)
class Device:
    """What a browser context is told to be; `more` are Playwright's own options."""

    width: int
    height: int
    phone: bool = False
    more: dict[str, Any] = field(default_factory=dict[str, Any])

    def options(self) -> dict[str, Any]:
        """The arguments of `Browser.new_context`."""
        touch = {"is_mobile": True, "has_touch": True, "user_agent": ANDROID} if self.phone else {}
        return {"viewport": {"width": self.width, "height": self.height}, **touch, **self.more}

    def but(self, **more: Any) -> Device:
        """The same device with other options."""
        return Device(self.width, self.height, self.phone, {**self.more, **more})


DESKTOP = Device(1280, 800)
TALL = Device(1280, 2000)
PHONE = Device(390, 844, phone=True)


@asynccontextmanager
async def chromium() -> AsyncGenerator[Browser]:
    """Chromium without a window, without a way to other machines, ringing without being heard."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path(), args=arguments())
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def persistent(folder: Path, device: Device, *more: str) -> AsyncGenerator[BrowserContext]:
    """A browser that keeps in `folder` what browsers keep."""
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            folder, executable_path=path(), args=[*arguments(), *more], **device.options()
        )
        context.set_default_timeout(PATIENCE_MS)
        try:
            yield context
        finally:
            await context.close()


def arguments() -> list[str]:
    """The command line of every browser here."""
    return [
        "--autoplay-policy=no-user-gesture-required",
        "--mute-audio",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ]


def path() -> str | None:
    """DESKBELL_CHROMIUM, else what `make setup` found, else Playwright's own (None)."""
    places = f"{ROOT / '.deskbell' / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    found = (shutil.which(name, path=places) for name in NAMES)
    return os.environ.get("DESKBELL_CHROMIUM") or next((each for each in found if each), None)
