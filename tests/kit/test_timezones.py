"""Local days and wall clocks: what every reminder and every "today" stands on."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from backend.kit.timezones import (
    LATEST_START,
    LocalCalendar,
    UnknownZone,
    canonical_zone_name,
    get_zone,
    is_fixed_offset,
    local_day,
    local_to_utc,
    start_of_day,
)

CHICAGO = "America/Chicago"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc] # year to minute


@pytest.mark.parametrize(
    ("day", "clock", "zone_name", "expected"),
    [
        pytest.param(
            date(2026, 3, 8), time(2, 30), CHICAGO, utc(2026, 3, 8, 8, 0), id="gap-to-next-minute"
        ),
        pytest.param(
            date(2026, 11, 1), time(1, 30), CHICAGO, utc(2026, 11, 1, 6, 30), id="fold-to-first"
        ),
        pytest.param(
            date(2026, 10, 4),
            time(2, 15),
            "Australia/Lord_Howe",
            utc(2026, 10, 3, 15, 30),
            id="half-hour-gap",
        ),
        pytest.param(
            date(2026, 4, 5),
            time(1, 45),
            "Australia/Lord_Howe",
            utc(2026, 4, 4, 14, 45),
            id="half-hour-fold",
        ),
        pytest.param(
            date(2011, 12, 30),
            time(8, 0),
            "Pacific/Apia",
            utc(2011, 12, 30, 10, 0),
            id="a-day-that-never-was",
        ),
        pytest.param(date(2026, 7, 1), time(8, 30), "UTC", utc(2026, 7, 1, 8, 30), id="plain"),
    ],
)
def test_a_wall_clock_has_one_instant(
    day: date, clock: time, zone_name: str, expected: datetime
) -> None:
    found = local_to_utc(day, clock, zone_name)

    assert found == expected
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize("name", sorted(available_timezones() - {"localtime", "Factory"}))
def test_every_zone_keeps_the_wall_clock_through_a_year(name: str) -> None:
    clock = time(8, 30)
    for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(0, 365, 7)):
        found = local_to_utc(day, clock, name).astimezone(ZoneInfo(name))

        assert found.date() == day
        assert found.time() == clock


@pytest.mark.parametrize(
    ("at", "zone_name", "expected"),
    [
        pytest.param(utc(2026, 5, 2, 3, 30), CHICAGO, date(2026, 5, 1), id="evening-before"),
        pytest.param(utc(2026, 5, 1, 12, 0), "Pacific/Kiritimati", date(2026, 5, 2), id="plus-14"),
        pytest.param(utc(2026, 5, 1, 11, 59), "Etc/GMT+12", date(2026, 4, 30), id="minus-12"),
    ],
)
def test_half_past_eleven_in_the_evening_is_of_the_local_day(
    at: datetime, zone_name: str, expected: date
) -> None:
    assert local_day(at, zone_name) == expected


def test_a_day_whose_midnight_is_skipped_starts_after_the_gap() -> None:
    # Beirut's clocks jump from 00:00 to 01:00.
    assert start_of_day(date(2026, 3, 29), "Asia/Beirut") == utc(2026, 3, 28, 22, 0)


@pytest.mark.parametrize(
    "name", ["", "Mars/Base", "localtime", "../etc/passwd", "america/chicago "]
)
def test_unknown_zones_are_refused(name: str) -> None:
    with pytest.raises(UnknownZone):
        get_zone(name)


@pytest.mark.parametrize(
    ("told", "name", "hours"),
    [
        ("GMT+02:00", "Etc/GMT-2", 2), ("GMT+0200", "Etc/GMT-2", 2), ("UTC+2", "Etc/GMT-2", 2),
        ("utc+02", "Etc/GMT-2", 2), ("+02:00", "Etc/GMT-2", 2), ("GMT-05:00", "Etc/GMT+5", -5),
        ("UTC+14", "Etc/GMT-14", 14), ("UTC-12", "Etc/GMT+12", -12), ("GMT+00:00", "Etc/GMT", 0),
        ("GMT+05:30", "+05:30", 5.5), ("UTC-9:30", "-09:30", -9.5), ("UTC-13", "-13:00", -13),
        ("Z", "Etc/GMT", 0), ("America/Chicago", "America/Chicago", -6),
        ("Etc/GMT+5", "Etc/GMT+5", -5),
        ("Asia/Calcutta", "Asia/Calcutta", 5.5), ("UTC", "UTC", 0),
    ],
)  # fmt: skip
def test_a_zone_is_kept_under_a_name_that_can_be_read_again(
    told: str, name: str, hours: float
) -> None:
    assert canonical_zone_name(told) == name
    assert canonical_zone_name(name) == name
    assert get_zone(name).utcoffset(datetime(2026, 1, 1)) == timedelta(hours=hours)
    assert local_day(utc(2026, 1, 1, 12, 0), name)


@pytest.mark.parametrize(
    "told",
    ["Mars/Base", "localtime", "GMT+15", "UTC+2:60", "GMT+", "+2:3", "UTC+٢", "GMT++2", "", "EST+5",
     "GMT+02:00\n", "02:00"],
)  # fmt: skip
def test_what_is_no_zone_is_not_kept(told: str) -> None:
    with pytest.raises(UnknownZone):
        canonical_zone_name(told)


@pytest.mark.parametrize("told", ["GMT+02:00", "+02:00", "UTC+2", "+15:00"])
def test_only_the_kept_name_of_an_offset_is_a_zone(told: str) -> None:
    with pytest.raises(UnknownZone):
        get_zone(told)


def test_an_offset_without_a_place_is_told_from_a_place() -> None:
    assert [
        name for name in ("Etc/GMT-2", "+05:30", "-09:30", "Etc/GMT") if not is_fixed_offset(name)
    ] == []
    assert [
        name for name in ("UTC", "Europe/Paris", "Etc/UTC", "EST") if is_fixed_offset(name)
    ] == []


@pytest.mark.parametrize(
    ("hour", "at", "day"),
    [
        pytest.param(0, utc(2026, 5, 5, 5, 0), date(2026, 5, 5), id="midnight"),
        pytest.param(3, utc(2026, 5, 5, 7, 59), date(2026, 5, 4), id="a-minute-before-three"),
        pytest.param(3, utc(2026, 5, 5, 8, 0), date(2026, 5, 5), id="three"),
        pytest.param(2, utc(2026, 3, 8, 7, 59), date(2026, 3, 7), id="before-the-gap"),
        pytest.param(2, utc(2026, 3, 8, 8, 0), date(2026, 3, 8), id="two-never-was"),
        pytest.param(1, utc(2026, 11, 1, 5, 59), date(2026, 10, 31), id="before-the-first-one"),
        pytest.param(1, utc(2026, 11, 1, 6, 0), date(2026, 11, 1), id="the-first-one"),
        pytest.param(1, utc(2026, 11, 1, 7, 0), date(2026, 11, 1), id="the-second-one"),
        pytest.param(2, utc(2026, 11, 1, 7, 59), date(2026, 10, 31), id="the-repeated-hour"),
    ],
)
def test_a_day_may_begin_some_hours_after_midnight(hour: int, at: datetime, day: date) -> None:
    assert local_day(at, CHICAGO, hour) == LocalCalendar(CHICAGO, hour).day_of(at) == day


@pytest.mark.parametrize("name", [CHICAGO, "Antarctica/Troll", "Africa/Cairo", "America/Havana"])
@pytest.mark.parametrize("hour", range(LATEST_START + 1))
def test_days_follow_one_another_without_a_gap_or_a_return(name: str, hour: int) -> None:
    calendar = LocalCalendar(name, hour)
    instants = [utc(2026, 1, 1, 0, 0) + timedelta(minutes=30) * n for n in range(365 * 48)]

    days = [calendar.day_of(at) for at in instants]

    assert all(later - day in {timedelta(0), timedelta(days=1)}
               for day, later in pairwise(days))  # fmt: skip
    assert all(
        calendar.start_of(day) <= at < calendar.start_of(day + timedelta(days=1))
        for day, at in zip(days[::7], instants[::7], strict=True)
    )
