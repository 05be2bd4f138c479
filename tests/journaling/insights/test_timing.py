"""When cravings come: parts of the day and weekdays, never hours."""

from datetime import timedelta
from typing import Any

import pytest

from journaling.entries.entry import EntryValue
from journaling.insights.confidence import Confidence
from journaling.insights.timing import daypart_of, timing_by_daypart, timing_by_weekday
from tests.journaling.insights.logged_entries import days, logged


def craved(on: int, hour: int = 12, **more: Any) -> EntryValue:
    return logged("craving", on, hour, intensity=5, target="alcohol", **more)


def test_a_part_of_the_day_is_told_in_the_fixed_words() -> None:
    entries = [craved(n, 20) for n in range(14)] + [craved(n, 8 + 4 * (n % 3)) for n in range(10)]

    found = timing_by_daypart(entries)

    assert found.text == "More in the evening: 14 of 24."
    assert set(found.entries) == {entry.id for entry in entries[:14]}


def test_cravings_over_the_whole_day_are_told_so() -> None:
    found = timing_by_daypart([craved(n, (8, 12, 16, 20)[n % 4]) for n in range(24)])

    assert (found.confidence, found.text) == (Confidence.NONE, "Spread over the day.")


@pytest.mark.parametrize(
    ("n", "confidence"), [(19, Confidence.TOO_EARLY), (20, Confidence.FAIRLY_SURE)]
)
def test_it_takes_twenty_cravings(n: int, confidence: Confidence) -> None:
    found = timing_by_daypart([craved(on, 20) for on in range(n)])

    assert found.confidence is confidence
    if n == 19:
        assert found.text == "Too early to say: 19 cravings of the 20 it takes."


@pytest.mark.parametrize(
    "left_out",
    [
        {"origin": "prompt:0190f000-0000-7000-8000-000000000001"},
        {"origin": "in_session"},
        {"clock_suspect": True},
        {"late": timedelta(hours=25)},
    ],
    ids=["asked by a reminder", "in a session", "a clock that is wrong", "recalled"],
)
def test_only_what_was_logged_unasked_and_in_time_tells_when(left_out: dict[str, Any]) -> None:
    entries = [craved(n, 20) for n in range(19)] + [craved(20, 20, **left_out)]

    assert timing_by_daypart(entries).n == 19


@pytest.mark.parametrize(
    ("hour", "part"),
    [(2, "evening"), (3, "morning"), (10, "morning"), (11, "midday"), (15, "afternoon"),
     (18, "afternoon"), (19, "evening"), (23, "evening"), (0, "evening")],
)  # fmt: skip
def test_the_wall_clock_decides_the_part_of_the_day(hour: int, part: str) -> None:
    # Day 6 is the Sunday on which the clocks went forward at 2.
    assert daypart_of(craved(5, hour)) == part


def test_a_weekday_is_told_in_the_fixed_words() -> None:
    fridays = [craved(4 + 7 * week, hour) for week in range(6) for hour in (9, 12, 20)]
    others = [craved(n) for n in range(42) if n % 7 != 4]

    found = timing_by_weekday(fridays + others, days=days(42))

    assert found.text == "More on Fridays: 18 of 54."


def test_cravings_over_the_whole_week_are_told_so() -> None:
    found = timing_by_weekday([craved(n) for n in range(28)], days=days(28))

    assert found.text == "Spread over the week."


def test_weekdays_take_four_weeks_and_28_cravings() -> None:
    crowded = [craved(n, hour) for n in range(20) for hour in (9, 20)]

    short = timing_by_weekday(crowded, days=days(42))
    few = timing_by_weekday([craved(n) for n in range(0, 42, 2)], days=days(42))

    assert short.confidence is few.confidence is Confidence.TOO_EARLY
    assert short.text == "Too early to say: it takes 28 days."
    assert few.text == "Too early to say: 21 cravings of the 28 it takes."


def test_silent_weekends_do_not_make_a_weekday_stand_out() -> None:
    entries = [craved(n, hour) for n in range(56) if n % 7 < 5 for hour in (9, 20)]

    assert timing_by_weekday(entries, days=days(56)).text == "Spread over the week."


def test_entries_of_other_days_are_not_looked_at() -> None:
    entries = [craved(n) for n in range(40)]

    assert timing_by_weekday(entries, days=days(28)).n == 28
