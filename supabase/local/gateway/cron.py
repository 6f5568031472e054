"""The schedules of pg_cron: five fields, `N seconds`, and names such as `@hourly`. Pure.

Fields: minute, hour, day of the month, month, day of the week; times are UTC, as in pg_cron.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

SECONDS = re.compile(r"^\s*([1-9]|[1-5]\d)\s+seconds?\s*$", re.IGNORECASE)
NAMED = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
MONTHS = {
    name: place
    for place, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
DAYS = {name: place for place, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
LAST_DAY = "$"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a job runs: every so many seconds, or in the minutes that the fields allow."""

    seconds: int | None = None
    fields: tuple[frozenset[int], ...] = ()
    any_day: bool = True
    any_weekday: bool = True
    last_day: bool = False

    def includes(self, minute: datetime) -> bool:
        """Whether a job with fields runs in this minute (UTC)."""
        if self.seconds is not None:
            return False
        minutes, hours, days, months, weekdays = self.fields
        if minute.minute not in minutes or minute.hour not in hours or minute.month not in months:
            return False
        on_day = minute.day in days or (self.last_day and _is_last_day(minute))
        on_weekday = minute.isoweekday() % 7 in weekdays
        if self.any_day or self.any_weekday:
            return on_day and on_weekday
        return on_day or on_weekday


def parse(text: str) -> Schedule:
    """Read a schedule. Raises ValueError."""
    found = SECONDS.match(text)
    if found:
        return Schedule(seconds=int(found.group(1)))
    parts = NAMED.get(text.strip().lower(), text).split()
    if len(parts) != 5:
        raise ValueError(f"invalid schedule: {text}")
    minutes, hours, days, months, weekdays = parts
    return Schedule(
        fields=(
            _values(minutes, 0, {}),
            _values(hours, 1, {}),
            frozenset[int]() if days == LAST_DAY else _values(days, 2, {}),
            _values(months, 3, MONTHS),
            frozenset(day % 7 for day in _values(weekdays, 4, DAYS)),
        ),
        any_day=days.startswith("*"),
        any_weekday=weekdays.startswith("*"),
        last_day=days == LAST_DAY,
    )


def _values(text: str, place: int, names: dict[str, int]) -> frozenset[int]:
    low, high = BOUNDS[place]
    found: set[int] = set()
    for part in text.lower().split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            start, end = low, high
        else:
            start = _number(first, names)
            end = _number(last, names) if dash else (high if step else start)
        if not (low <= start <= end <= high) or (step and int(step) < 1):
            raise ValueError(f"invalid schedule: {text}")
        found.update(range(start, end + 1, int(step) if step else 1))
    return frozenset(found)


def _number(text: str, names: dict[str, int]) -> int:
    return names[text] if text in names else int(text)


def _is_last_day(minute: datetime) -> bool:
    after = minute.replace(day=28).toordinal() + 4
    first_of_next = datetime.fromordinal(after).replace(day=1).toordinal()
    return minute.toordinal() == first_of_next - 1
