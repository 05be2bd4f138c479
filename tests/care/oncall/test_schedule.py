"""Hours and rota are read off the clinic's wall clock, also on the nights when it jumps."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from care.oncall.schedule import (
    MINUTES_A_DAY,
    OnCallSchedule,
    Shift,
    WeekdaySpan,
    uncovered_minutes,
)

OKAFOR, LIND, REYES, STONE = (uuid4() for _ in range(4))
EIGHT, FIVE = 8 * 60, 17 * 60


def week(*days: int, opens: int = EIGHT, closes: int = FIVE) -> tuple[WeekdaySpan, ...]:
    return tuple(WeekdaySpan(day, opens, closes) for day in days)


def staffing(**changes: object) -> OnCallSchedule:
    whole: dict[str, object] = {
        "time_zone": "America/Chicago",
        "alerts_on": True,
        "hours": week(0, 1, 2, 3, 4),
        "rota": (
            *(Shift(span, OKAFOR) for span in week(0, 1)),
            *(Shift(span, LIND, STONE) for span in week(2, 3, 4)),
        ),
        "backup": REYES,
    }
    return OnCallSchedule(**(whole | changes))  # type: ignore[arg-type] # named as its fields are


def chicago(day: int, hour: int, minute: int = 0) -> datetime:
    """Make an instant of May 2026, when Chicago is five hours behind; the 4th is a Monday."""
    return datetime(2026, 5, day, tzinfo=UTC) + timedelta(hours=hour + 5, minutes=minute)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (chicago(4, 7, 59), False),
        (chicago(4, 8), True),
        (chicago(4, 16, 59), True),
        (chicago(4, 17), False),
        (chicago(9, 12), False),
        (chicago(10, 12), False),
        (chicago(8, 12), True),
    ],
)
def test_staff_are_there_in_the_hours_alone(at: datetime, expected: bool) -> None:
    assert staffing().is_staffed(at) is expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (chicago(4, 9), [OKAFOR]),
        (chicago(6, 9), [LIND]),
        (chicago(4, 20), []),
        (chicago(9, 9), []),
    ],
)
def test_who_is_on_duty_is_who_stands_in_the_rota(at: datetime, expected: list[UUID]) -> None:
    assert staffing().on_duty(at) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (chicago(4, 9), [REYES]),
        # A shift may have a backup of its own.
        (chicago(6, 9), [STONE]),
        # Outside the hours there is still somebody to call in an emergency.
        (chicago(4, 20), [REYES]),
    ],
)
def test_the_backup_is_the_shifts_own_or_the_clinics(at: datetime, expected: list[UUID]) -> None:
    assert staffing().backups(at) == expected


def test_without_a_backup_there_is_none() -> None:
    assert staffing(backup=None).backups(chicago(4, 9)) == []


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (chicago(4, 6), chicago(4, 8)),
        (chicago(4, 9), chicago(5, 8)),
        (chicago(4, 17), chicago(5, 8)),
        (chicago(8, 17), chicago(11, 8)),
        (chicago(9, 12), chicago(11, 8)),
    ],
)
def test_the_next_opening_skips_nights_and_weekends(at: datetime, expected: datetime) -> None:
    assert staffing().next_opening(at) == expected


@pytest.mark.parametrize(("at", "expected"), [(chicago(5, 22), [LIND]), (chicago(9, 12), [OKAFOR])])
def test_outside_the_hours_the_next_on_duty_is_known(at: datetime, expected: list[UUID]) -> None:
    assert staffing().next_on_duty(at) == expected


def test_without_hours_nobody_is_ever_there() -> None:
    nobody = staffing(hours=())

    assert not nobody.is_staffed(chicago(4, 9))
    assert nobody.on_duty(chicago(4, 9)) == []
    assert nobody.next_opening(chicago(4, 9)) is None
    assert nobody.next_on_duty(chicago(4, 9)) == []


def test_a_rota_beyond_the_hours_puts_nobody_on_duty_there() -> None:
    early = staffing(hours=week(0, closes=12 * 60))

    assert early.on_duty(chicago(4, 11)) == [OKAFOR]
    assert early.on_duty(chicago(4, 13)) == []


def test_two_on_duty_are_both_there_and_nobody_twice() -> None:
    all_day = WeekdaySpan(0, 0, MINUTES_A_DAY)
    both = staffing(rota=tuple(Shift(all_day, who) for who in (OKAFOR, LIND, OKAFOR)))

    assert both.on_duty(chicago(4, 9)) == [OKAFOR, LIND]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        # March 8 2026: two o'clock becomes three. A Sunday shift from 1 to 4 has two hours.
        (datetime(2026, 3, 8, 7, 30, tzinfo=UTC), True),
        (datetime(2026, 3, 8, 8, 30, tzinfo=UTC), True),
        (datetime(2026, 3, 8, 9, 0, tzinfo=UTC), False),
        # November 1 2026: one o'clock comes twice. The same shift has four.
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), True),
        (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), True),
        (datetime(2026, 11, 1, 9, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 1, 10, 0, tzinfo=UTC), False),
    ],
)
def test_the_wall_clock_counts_on_both_nights(at: datetime, expected: bool) -> None:
    night = staffing(hours=week(6, opens=60, closes=240), rota=())

    assert night.is_staffed(at) is expected


def test_an_opening_that_the_spring_skips_comes_right_after_the_gap() -> None:
    night = staffing(hours=week(6, opens=150, closes=240), rota=())

    found = night.next_opening(datetime(2026, 3, 8, 6, tzinfo=UTC))

    assert found == datetime(2026, 3, 8, 8, tzinfo=UTC)


def test_every_staffed_minute_without_somebody_on_duty_is_found() -> None:
    hours = week(0, opens=EIGHT, closes=EIGHT + 3)

    assert uncovered_minutes(hours, [Shift(WeekdaySpan(0, EIGHT, EIGHT + 2), OKAFOR)]) == [
        (0, EIGHT + 2)
    ]
    assert uncovered_minutes(hours, [Shift(WeekdaySpan(0, 0, MINUTES_A_DAY), OKAFOR)]) == []
    assert len(uncovered_minutes(hours, [Shift(WeekdaySpan(1, 0, MINUTES_A_DAY), OKAFOR)])) == 3
    assert uncovered_minutes([], []) == []
