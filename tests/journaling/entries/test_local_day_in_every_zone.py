"""In every zone an entry is of the day on the wall, through both clock changes (B27)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from journaling.entries.validate import ValidEntry, validate_entry

#: The nights around which clocks change somewhere, a leap day, and an ordinary one.
DAYS = [
    date(2024, 2, 29), date(2026, 3, 8), date(2026, 3, 28), date(2026, 3, 29), date(2026, 4, 5),
    date(2026, 6, 15), date(2026, 10, 4), date(2026, 10, 25), date(2026, 11, 1),
]  # fmt: skip
ZONES = sorted(available_timezones() - {"localtime", "Factory"})
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def instant(day: date, clock: time, zone: str) -> datetime:
    return datetime.combine(day, clock, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def exists(day: date, clock: time, zone: str) -> bool:
    """Greenland's clocks spring forward late in the evening: some walls never show half past."""
    there = instant(day, clock, zone).astimezone(ZoneInfo(zone))
    return (there.date(), there.time()) == (day, clock)


def draft(occurred: datetime, recorded: datetime, zone: str, *, now: datetime = NOW) -> ValidEntry:
    body: dict[str, Any] = {
        "id": "00000000-0000-4000-8000-000000000001",
        "kind": "craving",
        "occurred_at": occurred.isoformat(),
        "recorded_at": recorded.isoformat(),
        "time_zone": zone,
        "intensity": 5,
        "target": "wine",
    }
    return validate_entry(body, now=now)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_half_past_eleven_at_night_is_of_that_day_everywhere(day: date) -> None:
    wrong = []
    for zone in (zone for zone in ZONES if exists(day, time(23, 30), zone)):
        late = instant(day, time(23, 30), zone)
        soon = late + timedelta(minutes=15)
        next_day = instant(day + timedelta(days=1), time(1, 40), zone)

        found = [draft(late, at, zone) for at in (soon, next_day)]

        seen = [(each.local_date, each.recall) for each in found]
        if seen != [(day, "momentary"), (day, "recalled")]:
            wrong.append((zone, seen))

    assert wrong == []


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_from_morning_to_night_is_the_same_day_everywhere(day: date) -> None:
    wrong = []
    for zone in (zone for zone in ZONES if exists(day, time(23, 59), zone)):
        early, late = instant(day, time(4, 0), zone), instant(day, time(23, 59), zone)

        found = draft(early, late, zone)

        if (found.local_date, found.recall, found.is_countable) != (day, "same_day", True):
            wrong.append((zone, found.local_date, found.recall))

    assert wrong == []


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue", "Australia/Lord_Howe"])
def test_a_clock_that_is_wrong_is_flagged_and_never_repaired(zone: str) -> None:
    ahead = NOW + timedelta(hours=3)

    found = draft(ahead, ahead, zone)

    assert found.clock_suspect is True
    assert (found.occurred_at, found.recorded_at, found.received_at) == (ahead, ahead, NOW)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Chicago", "Europe/Berlin"])
def test_what_is_recalled_after_48_hours_stays_out_through_a_clock_change(zone: str) -> None:
    occurred = instant(date(2026, 10, 24), time(23, 0), zone)

    found = [
        draft(occurred, occurred + timedelta(hours=48) + beyond, zone)
        for beyond in (timedelta(0), timedelta(seconds=1))
    ]

    assert [each.is_countable for each in found] == [True, False]
