"""How a moment is told: relative up to an hour, then of the day, then the date (style.md, Look)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal

Kind = Literal["now", "minutes", "clock", "yesterday", "weekday", "date"]


@dataclass(frozen=True, slots=True)
class When:
    """A moment ready to be worded: `minutes` counts only for the kind "minutes"."""

    kind: Kind
    at: datetime
    minutes: int = 0


def when(at: datetime, now: datetime, zone: tzinfo | None = None) -> When:
    """Choose the wording for `at`, seen at `now` by a reader in `zone` (None: the device's)."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    passed = now - at
    if passed < timedelta(minutes=1):
        return When("now", local)
    if passed < timedelta(hours=1):
        return When("minutes", local, int(passed.total_seconds() // 60))
    days = (today.date() - local.date()).days
    if days <= 0:
        return When("clock", local)
    if days == 1:
        return When("yesterday", local)
    return When("weekday" if days < 7 else "date", local)


def stopwatch(seconds: int) -> str:
    """A running wait: 0:07, 1:05, 1:02:09."""
    minutes, rest = divmod(max(0, seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
