"""A weekday without entries, and days since the last one: what is found, and what never is."""

from datetime import UTC, date, datetime, timedelta

import pytest

from backend.kit.timezones import LocalCalendar
from journaling.insights.confidence import Confidence
from journaling.insights.silence import (
    Reached,
    ReminderTrace,
    present_silence,
    reached_by_day,
    weekday_silence,
)

MONDAY = date(2026, 3, 2)
SUNDAY = 6


def days_of(weeks: int) -> list[date]:
    return [MONDAY + timedelta(days=n) for n in range(7 * weeks)]


def without(days: list[date], silent: set[date]) -> set[date]:
    return set(days) - silent


def sundays(days: list[date]) -> list[date]:
    return [day for day in days if day.weekday() == SUNDAY]


def test_four_of_five_sundays_without_an_entry_are_found() -> None:
    days = days_of(5)

    found = weekday_silence(days, logged=without(days, set(sundays(days)[1:])))

    assert found.is_claim
    assert (found.weekday, found.silent, found.shown) == (SUNDAY, 4, 5)
    assert (found.other_silent, found.other_shown) == (0, 30)


def test_days_without_a_reminder_shown_are_in_no_count() -> None:
    days = days_of(6)
    silent = set(sundays(days))
    shown = [day for day in days if day not in sundays(days)[:2]]

    found = weekday_silence(shown, logged=without(days, silent))

    assert (found.weekday, found.silent, found.shown) == (SUNDAY, 4, 4)


def test_silent_sundays_without_a_reminder_shown_are_no_finding() -> None:
    days = days_of(8)
    shown = [day for day in days if day.weekday() != SUNDAY]

    found = weekday_silence(shown, logged=without(days, set(sundays(days))))

    assert found.confidence is Confidence.NONE


def test_three_sundays_are_too_few() -> None:
    days = days_of(3)

    found = weekday_silence(days, logged=without(days, set(sundays(days))))

    assert found.confidence is Confidence.TOO_EARLY


def test_whole_silent_weeks_say_nothing_of_their_sundays() -> None:
    days = days_of(8)
    silent = {day for day in days if day < MONDAY + timedelta(weeks=4)}

    assert weekday_silence(days, logged=without(days, silent)).confidence is Confidence.NONE


def test_reminders_of_silent_weeks_on_sundays_alone_are_no_pattern() -> None:
    # Four silent weeks in which only Sundays had a reminder, then four weeks of entries: pooled,
    # four of eight Sundays stand against none of 24 other days.
    days = days_of(8)
    later = MONDAY + timedelta(weeks=4)
    shown = [day for day in days if day >= later or day.weekday() == SUNDAY]

    found = weekday_silence(shown, logged={day for day in days if day >= later})

    assert found.confidence is Confidence.NONE


def test_a_day_as_silent_as_the_others_is_no_finding() -> None:
    days = days_of(8)

    assert weekday_silence(days, logged=set()).confidence is Confidence.NONE
    assert weekday_silence(days, logged=set(days)).confidence is Confidence.NONE


def test_a_receipt_counts_on_the_day_on_which_it_was_given() -> None:
    calendar = LocalCalendar("America/Chicago")
    opened_next_day = datetime(2026, 3, 3, 15, tzinfo=UTC)
    traces = [
        ReminderTrace(MONDAY, is_delivered=True, receipts=(opened_next_day,)),
        ReminderTrace(MONDAY + timedelta(days=4), is_delivered=False),
    ]

    found = reached_by_day(traces, calendar)

    assert found == {MONDAY: Reached.DELIVERED, MONDAY + timedelta(days=1): Reached.SHOWN}


def test_a_day_begins_where_the_patient_has_it_begin() -> None:
    at_two = datetime(2026, 3, 3, 8, tzinfo=UTC)  # 2 am in Chicago
    trace = ReminderTrace(MONDAY, is_delivered=False, receipts=(at_two,))

    found = reached_by_day([trace], LocalCalendar("America/Chicago", 4))

    assert found == {MONDAY: Reached.SHOWN}


def test_days_since_the_last_entry_are_told_by_how_far_reminders_came() -> None:
    days = days_of(2)
    logged = set(days[:8])
    reached = {days[8]: Reached.SHOWN, days[9]: Reached.DELIVERED, days[10]: Reached.NOT_KNOWN}

    found = present_silence(days, first=days[0], logged=logged, reached=reached)

    assert found is not None
    assert (found.last_entry_on, found.days) == (days[7], 6)
    assert (found.shown, found.delivered, found.not_known) == (1, 1, 4)


@pytest.mark.parametrize(("silent_days", "is_told"), [(2, False), (3, True)])
def test_two_days_are_not_told_and_three_are(silent_days: int, is_told: bool) -> None:
    days = days_of(2)

    found = present_silence(days, first=days[0], logged=set(days[:-silent_days]), reached={})

    assert (found is not None) is is_told


def test_an_entry_of_today_ends_the_silence() -> None:
    days = days_of(2)
    today = days[-1] + timedelta(days=1)

    assert present_silence(days, first=days[0], logged={today}, reached={}) is None
