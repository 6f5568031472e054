"""The system's time zones, which the Postgres from PyPI reads."""

from __future__ import annotations

import contextlib
from pathlib import Path

from machine.shell import SetupError, apt_install, may_apt_install

SOME_ZONE = Path("/usr/share/zoneinfo/Europe/Paris")


def set_up_time_zones() -> None:
    """Debian's tzdata where a slim machine lacks it; elsewhere the stand-in says what to do."""
    if not SOME_ZONE.exists() and may_apt_install():
        with contextlib.suppress(SetupError):
            apt_install("tzdata")
