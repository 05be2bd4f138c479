"""Our series against the wall's clock by minutes; all zones: ``python -m tests.proofs.oracle``."""

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifications.reminders import recurrence
from tests.house.tree import ROOT
from tests.proofs.oracle.compare_series import differences, kinds, zones
from tests.proofs.oracle.wall_clock import Wall

#: Places whose clocks are changed in ways of their own, and a few days around it.
ODD = {
    "America/Chicago, spring": ("America/Chicago", date(2026, 3, 6)),
    "America/Chicago, autumn": ("America/Chicago", date(2026, 10, 30)),
    "half an hour, spring": ("Australia/Lord_Howe", date(2026, 10, 2)),
    "half an hour, autumn": ("Australia/Lord_Howe", date(2027, 4, 2)),
    "at midnight, spring": ("Africa/Cairo", date(2026, 4, 22)),
    "at midnight, autumn": ("Africa/Cairo", date(2026, 10, 28)),
    "an hour before midnight": ("America/Nuuk", date(2026, 3, 27)),
    "at Ramadan": ("Africa/Casablanca", date(2026, 2, 13)),
    "two hours": ("Antarctica/Troll", date(2026, 3, 27)),
    "three quarters of an hour": ("Pacific/Chatham", date(2026, 9, 25)),
    "never": ("Asia/Kolkata", date(2026, 3, 6)),
    "at the end of a year": ("Europe/London", date(2026, 12, 29)),
    "in a leap year": ("America/New_York", date(2028, 2, 26)),
    "without a Friday": ("Pacific/Apia", date(2011, 12, 28)),
}


@pytest.mark.parametrize(("zone_name", "first"), ODD.values(), ids=ODD)
def test_every_occurrence_comes_when_the_wall_first_shows_its_time(
    zone_name: str, first: date
) -> None:
    count, wrong = differences(zone_name, first=first, last=first + timedelta(days=5))

    assert wrong == []
    assert count > 100


def test_the_oracle_would_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    right = recurrence._midnight_unless_dst

    def as_in_winter(day: date, zone_name: str) -> datetime:
        return right(day, zone_name) or datetime(day.year, day.month, day.day, 6, tzinfo=UTC)

    monkeypatch.setattr(recurrence, "_midnight_unless_dst", as_in_winter)

    _, wrong = differences("America/Chicago", first=date(2026, 3, 6), last=date(2026, 3, 10))

    assert any("2026-03-08" in line or "2026, 3, 8" in line for line in wrong)


def test_the_wall_reaches_a_skipped_time_with_the_first_minute_after_it() -> None:
    wall = Wall("America/Chicago", date(2026, 3, 7), date(2026, 3, 9))

    assert wall.instant(date(2026, 3, 8), 150) == datetime(2026, 3, 8, 8, 0, tzinfo=UTC)
    assert wall.instant(date(2026, 3, 8), 180) == datetime(2026, 3, 8, 8, 0, tzinfo=UTC)
    assert wall.instant(date(2026, 3, 8), 119) == datetime(2026, 3, 8, 7, 59, tzinfo=UTC)


def test_the_wall_shows_a_repeated_time_first_once() -> None:
    wall = Wall("America/Chicago", date(2026, 10, 31), date(2026, 11, 2))

    assert wall.instant(date(2026, 11, 1), 90) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(("zone_name", "first"), ODD.values(), ids=ODD)
def test_the_wall_looked_at_every_hour_is_the_wall_looked_at_every_minute(
    zone_name: str, first: date
) -> None:
    wall, zone = Wall(zone_name, first, first + timedelta(days=1)), ZoneInfo(zone_name)

    at = datetime.combine(first, time(), tzinfo=UTC) - timedelta(days=2)
    shown: dict[datetime, datetime] = {}
    for _ in range(5 * 24 * 60):
        shown.setdefault(at.astimezone(zone).replace(tzinfo=None, fold=0), at)
        at += timedelta(minutes=1)

    days = (first - timedelta(days=1), first, first + timedelta(days=1))
    assert {day: wall.instant(day, 0) for day in days} == {
        day: min(at for local, at in shown.items() if local >= datetime.combine(day, time()))
        for day in days
    }
    assert all(
        wall.instant(local.date(), local.hour * 60 + local.minute) == at
        for local, at in shown.items()
        if local.date() in days
    )


def test_every_zone_is_of_some_kind() -> None:
    names = zones()

    found = kinds(names, date(2026, 1, 1), date(2026, 12, 31))

    assert len(names) > 500
    assert set(found) <= set(names)
    assert 60 < len(found) < len(names)


def test_the_whole_comparison_is_one_command() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests.proofs.oracle", "--years", "0", "--zones", "UTC,Asia/Tokyo",
         "--processes", "1"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip

    assert told.stdout.startswith("2 zones, 2026-01-01 to 2026-01-01, ")
    assert " 0 differ, " in told.stdout
