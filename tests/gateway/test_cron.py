"""Schedules: when a job is due."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.cron import parse


def at(text: str) -> datetime:
    """A minute in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "minute", "due"),
    [
        ("* * * * *", "2026-11-22T10:31", True),
        ("*/15 * * * *", "2026-11-22T10:30", True),
        ("*/15 * * * *", "2026-11-22T10:31", False),
        ("5,10-12 3 * * *", "2026-11-22T03:11", True),
        ("0 9 * * mon-fri", "2026-11-22T09:00", False),
        ("0 9 * * mon-fri", "2026-11-23T09:00", True),
        ("0 9 * * 7", "2026-11-22T09:00", True),
        ("0 0 $ * *", "2026-11-30T00:00", True),
        ("0 0 $ * *", "2026-12-30T00:00", False),
        ("0 0 13 * fri", "2026-11-13T00:00", True),
        ("0 0 13 * fri", "2026-11-20T00:00", True),
        ("@hourly", "2026-11-22T10:00", True),
        ("0 0 1 jan *", "2027-01-01T00:00", True),
    ],
)
def test_a_minute_is_due_or_not(schedule: str, minute: str, due: bool) -> None:
    assert parse(schedule).includes(at(minute)) is due


def test_seconds_are_an_interval() -> None:
    assert parse("5 seconds").seconds == 5


@pytest.mark.parametrize(
    "schedule", ["", "* * * *", "60 seconds", "61 * * * *", "*/0 * * * *", "x * * * *"]
)
def test_nonsense_is_refused(schedule: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text is pg_cron's, the kind is what counts
        parse(schedule)
