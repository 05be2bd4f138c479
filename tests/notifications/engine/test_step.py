"""A step decides from the state and the instant alone, and leaves the state as it was."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from notifications.engine.policy import NUDGE_AFTER, PatientContext, SendHistory
from notifications.engine.step import MISSED_COLUMNS, PatientState, SeriesState, step
from notifications.reminders.next_due import compute_next_due
from notifications.reminders.plan import ReminderPlan
from notifications.reminders.sessions import PatientSession

PATIENT = UUID(int=1)
DUE = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CONTEXT = PatientContext(
    zone_name="UTC", quiet_start=time(22), quiet_end=time(7), is_enrolled=True, has_consent=True,
    paused_until=None, is_in_session=False, logged={},
    last_active_at=DUE - timedelta(hours=1),
)  # fmt: skip


def series(name: int, plan: ReminderPlan) -> SeriesState:
    row: dict[str, Any] = {
        "row": name, "purpose": plan.purpose, "active": True, "deleted_at": None,
        "skip_if_logged": False, "minutes": list(plan.minutes), "next_due_at": None,
        "halved_at": None, "was": None, **dict.fromkeys(MISSED_COLUMNS),
    }  # fmt: skip
    next_due = compute_next_due(
        plan, name=UUID(int=name), zone_name="UTC", patient_sessions=(),
        after=DUE - timedelta(hours=1), handled=None,
    )  # fmt: skip
    return SeriesState(
        id=UUID(int=name), rev=1, plan=plan, next_due=next_due, row=row, misses_counted_from=None,
        closed=None,
    )  # fmt: skip


def state_with(*plans: ReminderPlan, **changes: Any) -> PatientState:
    by_number = {number: series(number, plan) for number, plan in enumerate(plans, start=1)}
    state = PatientState(patient=PATIENT, context=CONTEXT, history=SendHistory(), series=by_number)
    return replace(state, **changes)


CHECKIN = ReminderPlan("checkin", (8 * 60 + 33,), expires_minutes=120)
SKILL = ReminderPlan("skill", (8 * 60 + 35,), expires_minutes=120)


def test_what_is_due_is_sent_and_its_series_goes_on() -> None:
    state = state_with(CHECKIN)
    before = deepcopy(state)

    after, decisions = step(state, now=DUE + 5 * MINUTE)

    [decision] = decisions
    assert (decision.waiting, decision.item.slot) == (1, 8 * 60 + 33)
    assert after.series[1].next_due.day == date(2026, 3, 3)
    assert (after.history.of, after.history.at) == (decision.item.id, DUE + 5 * MINUTE)
    assert state == before
    assert step(state, now=DUE + 5 * MINUTE) == (after, decisions)


def test_before_it_is_due_nothing_is_decided() -> None:
    state = state_with(CHECKIN)

    assert step(state, now=DUE) == (state, [])
    assert state.next_at() == DUE + 3 * MINUTE


def test_what_falls_due_together_is_one_message() -> None:
    _, decisions = step(state_with(CHECKIN, SKILL), now=DUE + 6 * MINUTE)

    assert sorted((one.item.purpose, one.waiting, one.reason) for one in decisions) == [
        ("checkin", 2, ""), ("skill", 0, "bundled"),
    ]  # fmt: skip


def test_a_nudge_follows_under_the_tag_of_what_it_repeats() -> None:
    nudged = replace(CHECKIN, nudge=True)
    state, [original] = step(state_with(nudged), now=DUE + 3 * MINUTE)

    assert state.next_at() == original.item.due_at + NUDGE_AFTER
    _, [nudge] = step(state, now=original.item.due_at + NUDGE_AFTER)

    assert (nudge.waiting, nudge.item.tag) == (1, original.item.tag)
    assert nudge.item.id != original.item.id


def test_a_nudge_of_what_was_never_shown_is_left_out() -> None:
    session = PatientSession(UUID(int=9), DUE, DUE + 10 * MINUTE, DUE.date(), 510)
    nudged = replace(CHECKIN, nudge=True)
    state, [original] = step(state_with(nudged, sessions=[session]), now=DUE + 3 * MINUTE)
    assert (original.waiting, original.reason) == (0, "in_session")

    _, [nudge] = step(state, now=original.item.due_at + NUDGE_AFTER)

    assert (nudge.waiting, nudge.reason) == (0, "nothing_to_repeat")


def test_what_must_wait_for_its_turn_waits_in_the_state() -> None:
    history = SendHistory().after_sending(UUID(int=7), at=DUE - 30 * MINUTE)

    state, [decision] = step(state_with(CHECKIN, history=history), now=DUE + 3 * MINUTE)

    assert (decision.reason, decision.next_attempt_at) == ("apart", DUE + 30 * MINUTE)
    assert state.next_at() == DUE + 30 * MINUTE
    _, [again] = step(state, now=DUE + 30 * MINUTE)
    assert again.waiting == 1


def test_after_reminders_end_nothing_is_sent() -> None:
    _, [decision] = step(state_with(CHECKIN, ends_at=DUE), now=DUE + 3 * MINUTE)

    assert (decision.waiting, decision.reason) == (0, "not_enrolled")


def test_after_three_misses_every_second_one_is_left_out() -> None:
    state = state_with(CHECKIN)
    context = CONTEXT._replace(last_active_at=None)
    state = replace(state, context=context)
    ends = []

    for day in range(7):
        state, [decision] = step(state, now=DUE + timedelta(days=day, minutes=3))
        ends.append(decision.reason or "sent")

    assert ends == ["sent", "sent", "sent", "halved", "sent", "halved", "sent"]
