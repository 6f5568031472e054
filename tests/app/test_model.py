"""The rules that need nothing but data."""

from __future__ import annotations

from datetime import UTC, timedelta

from hypothesis import given
from hypothesis import strategies as st

from desk.model.bubbles import BubbleRow, DayRow, Reader, SystemRow, row_key, rows_of
from desk.model.chat import capped, latest_first, ringing_order, talk_seconds, waiting_seconds
from desk.model.message import Draft, contiguous_until, has_gap, merge
from desk.model.text import initials, one_line, stable_index
from desk.model.times import stopwatch, when
from tests.app.support import make

NOW = make.NOW


def test_merging_keeps_order_and_drops_repeats() -> None:
    known = (make.message(1), make.message(2))
    merged = merge(known, [make.message(4), make.message(2), make.message(3)])
    assert [message.seq for message in merged] == [1, 2, 3, 4]


def test_merging_what_is_known_changes_nothing() -> None:
    known = (make.message(1), make.message(2))
    assert merge(known, [make.message(2)]) is known


def test_a_whole_message_replaces_one_that_was_cut_and_not_the_reverse() -> None:
    cut, whole = make.message(1, "lo", cut=True), make.message(1, "long text")
    assert merge((cut,), [whole])[0].body == "long text"
    assert merge((whole,), [cut])[0].body == "long text"


@given(st.sets(st.integers(1, 60), min_size=1), st.randoms(use_true_random=False))
def test_merging_in_any_order_gives_the_same(seqs: set[int], random: object) -> None:
    messages = [make.message(seq) for seq in seqs]
    shuffled = messages.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    merged: tuple[object, ...] = ()
    for message in shuffled:
        merged = merge(merged, [message])  # type: ignore[arg-type]
    assert [message.seq for message in merged] == sorted(seqs)  # type: ignore[attr-defined]


def test_a_catch_up_starts_before_the_first_gap() -> None:
    messages = tuple(make.message(seq) for seq in (5, 6, 9))
    assert contiguous_until(messages) == 6
    assert has_gap(messages)
    assert contiguous_until(()) == 0
    assert not has_gap(messages[:2])


def test_messages_by_one_author_within_three_minutes_form_a_group() -> None:
    messages = (
        make.message(1),
        make.message(2),
        make.message(3, created_at=NOW + timedelta(minutes=9)),
        make.message(4, author="agent", created_at=NOW + timedelta(minutes=9, seconds=5)),
    )
    rows = [row for row in rows_of(messages, (), Reader(UTC)) if isinstance(row, BubbleRow)]
    assert [(row.opens, row.closes) for row in rows] == [
        (True, False),
        (False, True),
        (True, True),
        (True, True),
    ]


def test_each_day_begins_with_a_separator_in_the_readers_zone() -> None:
    messages = (make.message(1), make.message(2, created_at=NOW + timedelta(days=1)))
    rows = rows_of(messages, (), Reader(UTC))
    assert [type(row) for row in rows] == [DayRow, BubbleRow, DayRow, BubbleRow]


def test_a_system_message_stands_alone() -> None:
    messages = (
        make.message(1),
        make.message(2, author="system", event="agent_joined"),
        make.message(3),
    )
    rows = rows_of(messages, (), Reader(UTC))
    assert isinstance(rows[2], SystemRow)
    assert [row.closes for row in rows if isinstance(row, BubbleRow)] == [True, True]


def test_a_draft_is_shown_until_its_message_is_stored_and_keeps_its_key() -> None:
    draft = Draft("d1", "c1", "on its way", NOW + timedelta(seconds=2))
    waiting = rows_of((make.message(1),), (draft,), Reader(UTC))[-1]
    stored = make.message(2, "on its way", id="d1", author="agent")
    confirmed = rows_of((make.message(1), stored), (draft,), Reader(UTC))
    assert isinstance(waiting, BubbleRow)
    assert waiting.state == "queued"
    assert [row_key(row) for row in confirmed].count("d1") == 1
    assert row_key(confirmed[-1]) == row_key(waiting)


def test_an_agents_message_is_read_once_the_visitor_has_seen_it() -> None:
    messages = (make.message(1, author="agent"), make.message(2, author="agent"))
    rows = rows_of(messages, (), Reader(UTC, visitor_read_seq=1))
    assert [row.state for row in rows if isinstance(row, BubbleRow)] == ["read", "sent"]


def test_my_own_name_is_not_repeated_to_me() -> None:
    mine = make.message(1, author="agent", agent_id="a-ann", author_name="Ann Lee")
    other = make.message(2, author="agent", agent_id="a-ben", author_name="Ben Okafor")
    rows = rows_of((mine, other), (), Reader(UTC, agent_id="a-ann"))
    assert [row.name for row in rows if isinstance(row, BubbleRow)] == [None, "Ben Okafor"]


def test_the_oldest_ring_comes_first_and_the_latest_chat_on_top() -> None:
    early = make.chat("c1", ring_started_at=NOW - timedelta(seconds=9))
    late = make.chat("c2", ring_started_at=NOW)
    assert ringing_order((late, early)) == (early, late)
    old = make.active("c3", last_message_at=NOW - timedelta(hours=1))
    assert latest_first((old, make.active("c4")))[0].id == "c4"


def test_waiting_is_counted_from_the_ring_and_never_negative() -> None:
    chat = make.chat(ring_started_at=NOW)
    assert waiting_seconds(chat, NOW + timedelta(seconds=61.5)) == 61
    assert waiting_seconds(chat, NOW - timedelta(seconds=5)) == 0


def test_talking_is_counted_from_the_acceptance() -> None:
    assert talk_seconds(make.active(ended_at=NOW + timedelta(minutes=2))) == 120
    assert talk_seconds(make.chat()) == 0


def test_badges_stop_at_99() -> None:
    assert [capped(count) for count in (0, 7, 99, 100)] == ["", "7", "99", "99+"]


def test_times_are_relative_up_to_an_hour_then_of_the_day_then_the_date() -> None:
    def kind(**ago: float) -> str:
        return when(NOW - timedelta(**ago), NOW, UTC).kind

    assert kind(seconds=30) == "now"
    assert kind(minutes=59) == "minutes"
    assert kind(hours=3) == "clock"
    assert kind(hours=20) == "yesterday"
    assert kind(days=3) == "weekday"
    assert kind(days=30) == "date"


def test_a_stopwatch_reads_like_one() -> None:
    assert [stopwatch(s) for s in (7, 65, 3729)] == ["0:07", "1:05", "1:02:09"]


def test_initials_previews_and_colours() -> None:
    assert [initials(name) for name in ("Ann Lee", "maya", "", "Ana de la Cruz")] == [
        "AL",
        "M",
        "",
        "AC",
    ]
    assert one_line("one\n two   three") == "one two three"
    assert one_line("x" * 200).endswith("…")
    assert stable_index("v1", 6) == stable_index("v1", 6)
