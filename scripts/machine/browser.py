"""The Chromium that the browser tests drive."""

from __future__ import annotations

import contextlib
import os
import sys

from machine.python_env import PYTHON
from machine.shell import (
    SetupError,
    answer,
    apt_install,
    installed,
    may_apt_install,
    run,
    say,
    starter_works,
    write_starter,
)

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ADVICE = "Install Chromium or Google Chrome, or set DESKBELL_CHROMIUM to where one is."


def set_up_chromium() -> None:
    """DESKBELL_CHROMIUM, else one in PATH, else Debian's package, else Playwright's."""
    if os.environ.get("DESKBELL_CHROMIUM") or starter_works("chromium"):
        return
    found = chromium_in_path()
    if found is None and may_apt_install():
        with contextlib.suppress(SetupError):
            apt_install("chromium")
        found = chromium_in_path()
    write_starter("chromium", [found or chromium_from_playwright()])


def chromium_in_path() -> str | None:
    """The first that answers: some systems have one that only asks to be installed."""
    places = [installed(name) for name in NAMES]
    return next((path for path in places if path and answer([path, "--version"])), None)


def chromium_from_playwright() -> str:
    say("installing Playwright's Chromium (once)")
    playwright = [str(PYTHON), "-m", "playwright", "install"]
    libraries = ["--with-deps"] if may_apt_install() else []
    run([*playwright, *libraries, "chromium"], ADVICE)
    code = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as playwright: print(playwright.chromium.executable_path)"
    )
    path = answer([str(PYTHON), "-c", code])
    if path is None or answer([path, "--version"]) is None:
        on = "" if sys.platform == "darwin" else " (libraries of the system may be missing)"
        raise SetupError(f"Playwright's Chromium does not start{on}. {ADVICE}")
    return path
