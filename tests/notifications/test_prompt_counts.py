"""Reminders as a brief counts them: answered of delivered; what never arrived stands apart."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from journaling.briefs.facts import ReminderCounts
from journaling.insights.silence import ReminderTrace
from notifications.briefs import prompt_counter_of
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.reminders.next_due import NUDGE_SLOT
from tests.cast import Cast, own_chart
from tests.journaling.briefs.brief_scenario import NOW, at

State = Occurrence.State
SINCE = at(7)


def reminder(cast: Cast) -> Reminder:
    return Reminder.objects.create(
        id=uuid4(), patient_id=cast.maya.pk, purpose="checkin", minutes=[480], weekdays=127,
        created_at=SINCE,
    )  # fmt: skip


def became(series: Reminder, days_ago: int, state: str, **changes: Any) -> None:
    due_at = changes.pop("due_at", at(days_ago, 8))
    Occurrence.objects.create(
        **(
            {
                "id": uuid4(), "reminder": series, "patient_id": series.patient_id,
                "purpose": "checkin", "local_day": due_at.date(), "slot": 480, "due_at": due_at,
                "not_after": due_at + timedelta(hours=1), "state": state,
                "next_attempt_at": due_at if state == State.PENDING else None,
                "sent_at": due_at if state == State.SENT else None,
                "tag": "checkin", "created_at": due_at,
            }
            | changes
        )
    )  # fmt: skip


def counted(cast: Cast) -> ReminderCounts:
    return prompt_counter_of(own_chart(cast.maya))(SINCE, NOW)


def test_answered_ignored_undelivered_and_paused_stand_apart(cast: Cast) -> None:
    series = reminder(cast)
    became(series, 1, State.SENT, answered_at=at(1, 9))
    became(series, 2, State.SENT)
    became(series, 3, State.SENT, opened_at=at(3, 9))
    became(series, 4, State.FAILED)
    became(series, 5, State.SKIPPED, reason="no_device")
    became(series, 6, State.SKIPPED, reason="paused")

    assert counted(cast) == ReminderCounts(delivered=3, answered=1, undelivered=2, paused=1)


@pytest.mark.parametrize("state", [State.FAILED, State.DEAD_DEVICE, State.EXPIRED, State.UNKNOWN])
def test_what_did_not_arrive_is_never_ignored(cast: Cast, state: str) -> None:
    became(reminder(cast), 1, state)

    assert counted(cast) == ReminderCounts(delivered=0, answered=0, undelivered=1, paused=0)


@pytest.mark.parametrize(
    ("state", "changes"),
    [
        pytest.param(State.SKIPPED, {"reason": "logged"}, id="answered before its time"),
        pytest.param(State.SKIPPED, {"reason": "quiet_hours"}, id="held back"),
        pytest.param(State.PENDING, {}, id="still to come"),
        pytest.param(State.SENT, {"purpose": "session"}, id="asks for no entry"),
        pytest.param(State.SENT, {"due_at": SINCE - timedelta(minutes=1)}, id="before the window"),
        pytest.param(State.SENT, {"due_at": NOW}, id="after the window"),
    ],
)
def test_what_asked_nothing_of_the_window_is_not_counted(
    cast: Cast, state: str, changes: dict[str, Any]
) -> None:
    became(reminder(cast), 1, state, **changes)

    assert counted(cast) == ReminderCounts(delivered=0, answered=0, undelivered=0, paused=0)


@pytest.mark.parametrize("answered", ["the reminder", "the nudge", "neither"])
def test_a_reminder_and_its_nudge_are_one(cast: Cast, answered: str) -> None:
    series = reminder(cast)
    for name, slot in (("the reminder", 480), ("the nudge", 480 + NUDGE_SLOT)):
        became(series, 1, State.SENT, slot=slot,
               answered_at=at(1, 10) if name == answered else None)  # fmt: skip

    assert counted(cast) == ReminderCounts(
        delivered=1, answered=int(answered != "neither"), undelivered=0, paused=0
    )


def test_a_nudge_that_arrived_makes_up_for_a_reminder_that_did_not(cast: Cast) -> None:
    series = reminder(cast)
    became(series, 1, State.FAILED)
    became(series, 1, State.SENT, slot=480 + NUDGE_SLOT)

    assert counted(cast) == ReminderCounts(delivered=1, answered=0, undelivered=0, paused=0)


def test_nobody_elses_reminders_count(cast: Cast) -> None:
    became(reminder(cast), 1, State.SENT)

    assert prompt_counter_of(own_chart(cast.noah))(SINCE, NOW).delivered == 0


def test_what_is_known_of_each_day_is_traced_beside_the_counts(cast: Cast) -> None:
    series = reminder(cast)
    became(series, 1, State.SENT, opened_at=at(1, 9))
    became(series, 2, State.UNKNOWN)
    became(series, 3, State.SKIPPED, reason="on_phone", snoozed_at=at(3, 9))
    became(series, 60, State.SENT, answered_at=at(60, 9))

    traces = {trace.local_day: trace for trace in counted(cast).traces}

    assert traces[at(1).date()] == ReminderTrace(at(1).date(), True, (at(1, 9),))
    assert traces[at(2).date()] == ReminderTrace(at(2).date(), False)
    assert traces[at(3).date()] == ReminderTrace(at(3).date(), False, (at(3, 9),))
    assert traces[at(60).date()].answered_at == at(60, 9)


def test_a_receipt_from_after_the_window_is_not_known_in_it(cast: Cast) -> None:
    became(reminder(cast), 1, State.SENT, opened_at=NOW + timedelta(minutes=1))

    (trace,) = counted(cast).traces

    assert trace.receipts == ()
