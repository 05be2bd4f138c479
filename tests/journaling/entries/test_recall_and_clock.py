"""How fresh a memory is, through midnight and both clock changes, and whose clock is wrong."""

from datetime import date, datetime, timedelta

import pytest

from backend.kit.timezones import LocalCalendar
from journaling.entries.entry import Recall
from journaling.entries.validate import (
    classify_recall,
    is_clock_suspect,
    is_day_in_time,
    is_moment_in_time,
)

CHICAGO = LocalCalendar("America/Chicago")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("occurred", "recorded", "expected"),
    [
        pytest.param("2026-05-01T12:00-05:00", "2026-05-01T12:15-05:00", "momentary", id="15-min"),
        pytest.param("2026-05-01T12:00-05:00", "2026-05-01T12:16-05:00", "same_day", id="16-min"),
        pytest.param(
            "2026-05-01T23:50-05:00", "2026-05-02T00:04-05:00", "momentary", id="midnight"
        ),
        pytest.param("2026-05-01T23:30-05:00", "2026-05-02T00:01-05:00", "recalled", id="next-day"),
        pytest.param(
            "2026-05-01T00:01-05:00", "2026-05-01T23:59-05:00", "same_day", id="whole-day"
        ),
        pytest.param("2026-11-01T01:50-05:00", "2026-11-01T01:10-06:00", "same_day", id="fold"),
        pytest.param("2026-03-08T01:55-06:00", "2026-03-08T03:05-05:00", "momentary", id="gap"),
        pytest.param("2026-05-01T12:00-05:00", "2026-05-01T11:00-05:00", "momentary", id="before"),
    ],
)
def test_recall_follows_the_phones_own_times(occurred: str, recorded: str, expected: str) -> None:
    found = classify_recall(occurred_at=at(occurred), recorded_at=at(recorded), calendar=CHICAGO)

    assert found == Recall(expected)


@pytest.mark.parametrize(
    ("recorded_after", "received_after", "expected"),
    [
        pytest.param(timedelta(0), timedelta(0), False, id="at-once"),
        pytest.param(timedelta(0), timedelta(days=21), False, id="offline-for-weeks"),
        pytest.param(timedelta(0), timedelta(minutes=-5), False, id="drift"),
        pytest.param(timedelta(0), timedelta(minutes=-6), True, id="phone-ahead"),
        pytest.param(timedelta(minutes=-6), timedelta(0), True, id="recorded-before-it-happened"),
    ],
)
def test_a_clock_is_doubted_only_when_it_runs_ahead(
    recorded_after: timedelta, received_after: timedelta, expected: bool
) -> None:
    occurred = at("2026-05-01T12:00-05:00")

    found = is_clock_suspect(
        occurred_at=occurred,
        recorded_at=occurred + recorded_after,
        received_at=occurred + received_after,
    )

    assert found is expected


def test_more_than_48_hours_late_stays_out_of_statistics() -> None:
    occurred = at("2026-05-01T12:00-05:00")

    assert is_moment_in_time(occurred_at=occurred, recorded_at=occurred + timedelta(hours=48))
    assert not is_moment_in_time(
        occurred_at=occurred, recorded_at=occurred + timedelta(hours=48, microseconds=1)
    )


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        pytest.param("2026-05-04T12:00-05:00", True, id="on-the-day"),
        pytest.param("2026-05-07T00:00-05:00", True, id="48-hours-after-midnight"),
        pytest.param("2026-05-07T00:01-05:00", False, id="a-minute-later"),
        pytest.param("2026-05-07T01:00-04:00", True, id="the-same-instant-elsewhere"),
    ],
)
def test_a_whole_day_may_be_told_for_48_hours_after_it_ended(recorded: str, expected: bool) -> None:
    found = is_day_in_time(day=date(2026, 5, 4), recorded_at=at(recorded), calendar=CHICAGO)

    assert found is expected


def test_a_day_of_25_hours_ends_at_its_own_midnight() -> None:
    # 1 November 2026 has 25 hours in Chicago; its last midnight is at 06:00 UTC, not 05:00.
    found = [
        is_day_in_time(day=date(2026, 11, 1), recorded_at=at(recorded), calendar=CHICAGO)
        for recorded in ("2026-11-04T06:00+00:00", "2026-11-04T06:01+00:00")
    ]

    assert found == [True, False]


def test_the_day_that_an_entry_speaks_of_decides_how_fresh_it_is() -> None:
    morning = at("2026-05-05T08:00-05:00")

    fresh = [
        classify_recall(occurred_at=morning, recorded_at=morning, calendar=CHICAGO, day=day)
        for day in (date(2026, 5, 5), date(2026, 5, 4))
    ]

    assert fresh == [Recall.MOMENTARY, Recall.RECALLED]
