"""What a clinic gives to new patients: its own plan, or the built-in one; never to others."""

from datetime import time
from typing import Any
from uuid import UUID

import pytest

from backend.kit.errors import InvalidInput
from care.models import Clinic
from notifications.models.reminder import DefaultReminder, Reminder
from notifications.reminders.default_plan import (
    MOST_DEFAULT_REMINDERS,
    create_default_reminders,
    set_default_plan,
)
from notifications.reminders.edit import change_reminder
from tests import cast as people
from tests.cast import Cast
from tests.notifications.reminder_scenario import MORNING, planned

EVENING: dict[str, Any] = {
    "purpose": "checkin",
    "times": [time(19, 30)],
    "nudge": True,
    "skip_if_logged": True,
}
WEEKLY: dict[str, Any] = {
    "purpose": "measure",
    "times": [time(10)],
    "days": ["sun"],
    "expires_minutes": 600,
}
BEFORE = {"purpose": "pre_session", "before_minutes": 120}


def given(patient_id: UUID) -> list[tuple[str, list[int], int | None, int | None]]:
    rows = Reminder.objects.filter(patient_id=patient_id).order_by("row")
    return [(row.purpose, row.minutes, row.weekdays, row.before_minutes) for row in rows]


def test_a_clinics_own_plan_is_given_in_its_order(cast: Cast) -> None:
    set_default_plan(administrator=cast.ada, sent=[EVENING, WEEKLY, BEFORE])

    create_default_reminders(patient_id=cast.maya.pk, now=MORNING)

    assert given(cast.maya.pk) == [
        ("checkin", [1170], 127, None),
        ("measure", [600], 64, None),
        ("pre_session", [], 127, 120),
    ]
    evening = Reminder.objects.get(purpose="checkin")
    assert (evening.nudge, evening.skip_if_logged, evening.active) == (True, True, True)


def test_another_clinic_is_not_concerned(cast: Cast) -> None:
    other = Clinic.objects.create(name="Hill Clinic", time_zone=people.ZONE)
    stranger = people.patient(other, "ines", "Ines", treated_by=people.staff(other, "dr_x", "X"))
    set_default_plan(administrator=cast.ada, sent=[WEEKLY])

    create_default_reminders(patient_id=stranger.pk, now=MORNING)

    assert [row[0] for row in given(stranger.pk)] == ["checkin", "pre_session", "session"]


def test_whoever_has_reminders_keeps_them(cast: Cast) -> None:
    planned(cast.maya, "12:00")
    set_default_plan(administrator=cast.ada, sent=[EVENING])

    create_default_reminders(patient_id=cast.maya.pk, now=MORNING)

    assert given(cast.maya.pk) == [("checkin", [720], 127, None)]


def test_the_patient_changes_what_was_given(cast: Cast) -> None:
    set_default_plan(administrator=cast.ada, sent=[EVENING])
    create_default_reminders(patient_id=cast.maya.pk, now=MORNING)
    mine = Reminder.objects.get()

    change_reminder(
        chart=people.own_chart(cast.maya), reminder_id=mine.id, rev=1,
        changes={"times": [time(21)]}, now=MORNING,
    )  # fmt: skip

    assert given(cast.maya.pk) == [("checkin", [1260], 127, None)]
    assert DefaultReminder.objects.get().minutes == [1170]


def test_a_new_plan_replaces_the_old_one_and_an_empty_one_is_the_built_in(cast: Cast) -> None:
    set_default_plan(administrator=cast.ada, sent=[EVENING, WEEKLY])
    set_default_plan(administrator=cast.ada, sent=[WEEKLY])
    assert DefaultReminder.objects.count() == 1

    plans = set_default_plan(administrator=cast.ada, sent=[])

    assert [plan.purpose for plan in plans] == ["checkin", "pre_session", "session"]
    assert not DefaultReminder.objects.exists()


def test_a_bad_reminder_of_a_plan_is_named_by_its_place(cast: Cast) -> None:
    sent: list[dict[str, Any]] = [
        EVENING,
        WEEKLY | {"times": []},
        {"purpose": "gossip", "times": [time(8)]},
    ]

    with pytest.raises(InvalidInput) as refusal:
        set_default_plan(administrator=cast.ada, sent=sent)

    assert [error.field for error in refusal.value.errors] == [
        "reminders.1.times", "reminders.2.purpose",
    ]  # fmt: skip
    assert not DefaultReminder.objects.exists()


def test_a_plan_without_end_is_refused(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        set_default_plan(administrator=cast.ada, sent=[EVENING] * (MOST_DEFAULT_REMINDERS + 1))

    assert not DefaultReminder.objects.exists()
