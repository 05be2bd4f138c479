"""Whom a step calls, and when the next one is due: every row of the table, time passed in."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from care.oncall.schedule import OnCallSchedule, Shift, WeekdaySpan
from journaling.safety.escalation import (
    CLOSED_REPEAT,
    URGENT_REPEAT,
    EscalationStep,
    callable_staff,
    next_step,
)
from tests.on_call_clinic import CLOSED, HOUR, OPEN, OPENS_AGAIN

DUTY, NEXT, BACKUP, OWN = (uuid4() for _ in range(4))
ESCALATE, REPEAT = timedelta(minutes=20), timedelta(minutes=7)


def staffing(*, alerts_on: bool = True, rota: bool = True) -> OnCallSchedule:
    monday, tuesday = WeekdaySpan(0, 8 * 60, 17 * 60), WeekdaySpan(1, 8 * 60, 17 * 60)
    return OnCallSchedule(
        time_zone="America/Chicago",
        alerts_on=alerts_on,
        hours=(monday, tuesday),
        rota=(Shift(monday, DUTY), Shift(tuesday, NEXT)) if rota else (),
        backup=BACKUP,
        escalate=ESCALATE,
        repeat=REPEAT,
    )


def step(
    level: int,
    number: int,
    now: datetime,
    *,
    therapists: list[UUID] | None = None,
    out_of_reach: tuple[UUID, ...] = (),
    alerts_on: bool = True,
) -> EscalationStep:
    return next_step(
        level=level,
        step=number,
        staffing=staffing(alerts_on=alerts_on),
        therapists=therapists,
        reachable={DUTY, NEXT, BACKUP, OWN} - set(out_of_reach),
        now=now,
    )


def test_level_2_calls_who_is_on_duty_and_then_waits_for_the_clinics_minutes() -> None:
    found = step(2, 0, OPEN)

    assert found == EscalationStep({DUTY: "duty"}, frozenset({DUTY}), OPEN + ESCALATE)


def test_level_2_unanswered_calls_the_backup_as_well() -> None:
    found = step(2, 1, OPEN)

    assert found.parts == {DUTY: "duty", BACKUP: "backup"}
    assert found.next_at == OPEN + URGENT_REPEAT


@pytest.mark.parametrize("number", [0, 1, 5])
def test_level_2_waits_for_staffed_hours_and_calls_nobody_before(number: int) -> None:
    assert step(2, number, CLOSED) == EscalationStep({}, frozenset(), OPENS_AGAIN)


@pytest.mark.parametrize("number", [0, 1, 9])
def test_level_3_calls_duty_and_backup_at_once_and_again(number: int) -> None:
    found = step(3, number, OPEN)

    assert found == EscalationStep(
        {DUTY: "duty", BACKUP: "backup"}, frozenset({DUTY, BACKUP}), OPEN + REPEAT
    )


def test_level_3_outside_the_hours_calls_who_is_next_and_nobody_counts_as_at_work() -> None:
    found = step(3, 0, CLOSED)

    assert found.parts == {NEXT: "duty", BACKUP: "backup"}
    assert found.at_work == frozenset()
    assert found.next_at == CLOSED + CLOSED_REPEAT


def test_level_3_repeats_at_the_opening_at_the_latest() -> None:
    found = step(3, 4, OPENS_AGAIN - timedelta(minutes=10))

    assert found.next_at == OPENS_AGAIN


@pytest.mark.parametrize("level", [2, 3])
def test_with_alerts_off_nobody_is_called_and_nothing_is_due(level: int) -> None:
    assert step(level, 0, OPEN, alerts_on=False) == EscalationStep({}, frozenset(), None)


def test_where_nobody_on_duty_can_be_reached_the_backup_is_called_at_once() -> None:
    found = step(2, 0, OPEN, out_of_reach=(DUTY,))

    assert found.parts == {BACKUP: "backup"}
    assert found.at_work == frozenset({BACKUP})


def test_where_nobody_can_be_reached_nobody_counts_as_told_and_it_is_tried_again() -> None:
    for level in (2, 3):
        found = step(level, 0, OPEN, out_of_reach=(DUTY, BACKUP))

        assert (found.parts, found.at_work) == ({}, frozenset())
        assert found.next_at is not None
        assert found.next_at > OPEN


def test_what_the_own_therapist_alone_may_know_calls_nobody_else() -> None:
    for level in (2, 3):
        found = step(level, 3, OPEN, therapists=[OWN])

        assert found.parts == {OWN: "therapist"}
        # They are not on duty: nobody says that somebody at work was told.
        assert found.at_work == frozenset()


def test_an_own_therapist_who_is_on_duty_is_at_work() -> None:
    assert step(3, 0, OPEN, therapists=[DUTY]).at_work == frozenset({DUTY})
    assert step(3, 0, CLOSED, therapists=[NEXT]).at_work == frozenset()


def test_without_an_own_therapist_nobody_is_called() -> None:
    assert step(3, 0, OPEN, therapists=[]).parts == {}


def test_nobody_is_called_twice_in_one_step_and_duty_comes_before_backup() -> None:
    alone = OnCallSchedule(
        time_zone="America/Chicago",
        alerts_on=True,
        hours=(WeekdaySpan(0, 0, 1440),),
        rota=(Shift(WeekdaySpan(0, 0, 1440), BACKUP),),
        backup=BACKUP,
    )

    assert callable_staff(alone, OPEN, None) == {BACKUP: "duty"}


def test_a_clinic_without_any_opening_still_repeats_an_emergency() -> None:
    never = OnCallSchedule(alerts_on=True, backup=BACKUP)

    found = next_step(
        level=3, step=0, staffing=never, therapists=None, reachable={BACKUP}, now=OPEN
    )

    assert found == EscalationStep({BACKUP: "backup"}, frozenset(), OPEN + HOUR)
