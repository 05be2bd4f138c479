"""A skill given as homework has a reminder of its own, which belongs to the patient."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from journaling.entries.record import record_entry
from journaling.skills import catalogue
from journaling.skills.assign import (
    ASSIGNMENT_SUBSCRIBERS,
    assign_skill,
    change_assignment,
    end_assignment,
)
from notifications.engine.sweep import sweep
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Purpose, Reminder
from notifications.reminders.edit import change_reminder, delete_reminder
from notifications.reminders.follow import (
    follow_assignment,
    series_id_of,
    spread_over_week,
)
from tests import cast as people
from tests.cast import Cast
from tests.followers import unfollowed
from tests.notifications.reminder_scenario import MORNING, drain, planned

DAY = timedelta(days=1)
MONDAY = date(2026, 3, 2)
#: 17:00 in Chicago.
TEATIME = MORNING + timedelta(hours=9)


def team(cast: Cast) -> Chart:
    return open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.SKILLS, now=MORNING,
        to_write=True,
    )  # fmt: skip


def assigned(cast: Cast, *, per_week: int = 7, until: date | None = None, skill: str = "") -> UUID:
    chart = team(cast)
    found = assign_skill(
        chart=chart, skill=skill or "ride-the-urge", per_week=per_week, until=until, note="",
        skills=catalogue.shipped_skills(), today=MONDAY, now=MORNING,
    )  # fmt: skip
    follow_assignment(chart=chart, assignment_id=found, now=MORNING)
    return found


def days_until(at: datetime, *, days: int) -> list[int]:
    """Live so many days; tell on which days of the month something was sent."""
    for day in range(days):
        drain(at + day * DAY)
    sent = Occurrence.objects.filter(state="sent").order_by("due_at")
    return [found.local_day.day for found in sent]


@pytest.mark.parametrize(
    ("per_week", "first", "mask"),
    [(1, 0, 0b1), (2, 0, 0b1001), (3, 0, 0b10101), (7, 3, 0b1111111), (21, 0, 0b1111111),
     (2, 5, 0b100010)],
)  # fmt: skip
def test_days_are_spread_over_the_week(per_week: int, first: int, mask: int) -> None:
    assert spread_over_week(per_week, first=first) == mask


def test_an_assignment_is_reminded_of_until_its_last_day(cast: Cast) -> None:
    assigned(cast, per_week=3, until=MONDAY + 3 * DAY)

    assert days_until(TEATIME, days=6) == [2, 4]
    assert Reminder.objects.get().purpose == Purpose.SKILL


def test_again_nothing_changes(cast: Cast) -> None:
    assignment = assigned(cast)
    before = Reminder.objects.values().get()

    follow_assignment(chart=team(cast), assignment_id=assignment, now=MORNING)

    assert Reminder.objects.values().get() == before


def test_who_practised_shortly_before_is_not_reminded(cast: Cast) -> None:
    assigned(cast)
    body = people.craving(at=TEATIME) | {"kind": "skill_practice", "skill": "ride-the-urge"}
    fields = ("id", "kind", "occurred_at", "recorded_at", "time_zone", "skill")
    sent = {name: body[name] for name in fields} | {"attempted": True}

    record_entry(chart=people.own_chart(cast.maya), sent=sent, now=TEATIME)
    drain(TEATIME + timedelta(minutes=1))

    assert Occurrence.objects.get().reason == "already_logged"


def test_what_ends_earlier_is_reminded_of_no_longer(cast: Cast) -> None:
    assignment = assigned(cast)
    change_assignment(
        chart=team(cast), assignment_id=assignment, rev=1, changes={"until": MONDAY + DAY},
        now=MORNING,
    )  # fmt: skip
    follow_assignment(chart=team(cast), assignment_id=assignment, now=MORNING)

    assert days_until(TEATIME, days=4) == [2, 3]


def test_what_is_ended_is_reminded_of_no_more(cast: Cast) -> None:
    assignment = assigned(cast)
    end_assignment(chart=team(cast), assignment_id=assignment, rev=1, now=MORNING)

    follow_assignment(chart=team(cast), assignment_id=assignment, now=MORNING)

    assert days_until(TEATIME, days=3) == []
    assert Reminder.objects.get().deleted_at == MORNING


def test_the_patient_may_move_it_and_delete_it_and_it_does_not_come_back(cast: Cast) -> None:
    assignment, own = assigned(cast), people.own_chart(cast.maya)
    name = series_id_of(assignment)
    moved = change_reminder(
        chart=own, reminder_id=name, rev=1, changes={"days": ["sun"]}, now=MORNING
    )
    follow_assignment(chart=team(cast), assignment_id=assignment, now=MORNING)
    kept = Reminder.objects.get().weekdays

    delete_reminder(chart=own, reminder_id=name, rev=moved.rev, now=MORNING)
    follow_assignment(chart=team(cast), assignment_id=assignment, now=MORNING)

    assert kept == 0b1000000
    assert Reminder.objects.get().deleted_at == MORNING


def test_two_assignments_are_one_message(cast: Cast) -> None:
    assigned(cast)
    assigned(cast, skill=_another())

    drain(TEATIME)

    assert sorted(Occurrence.objects.values_list("state", "reason")) == [
        ("sent", "inbox"), ("skipped", "bundled"),
    ]  # fmt: skip


def test_own_reminders_of_the_patient_are_left_alone(cast: Cast) -> None:
    own = planned(cast.maya, "10:00", purpose="skill")
    assignment = assigned(cast)

    end_assignment(chart=team(cast), assignment_id=assignment, rev=1, now=MORNING)
    follow_assignment(chart=team(cast), assignment_id=assignment, now=MORNING)

    own.refresh_from_db()
    assert own.deleted_at is None


def cut_off(cast: Cast, *, until: date | None = None) -> UUID:
    """Give homework as one does who is cut off before its reminders."""
    with unfollowed(ASSIGNMENT_SUBSCRIBERS):
        return assign_skill(
            chart=team(cast), skill="ride-the-urge", per_week=7, until=until, note="",
            skills=catalogue.shipped_skills(), today=MONDAY, now=MORNING,
        )  # fmt: skip


def test_the_sweep_begins_what_was_cut_off(cast: Cast) -> None:
    cut_off(cast, until=MONDAY + DAY)

    first, again = sweep(now=MORNING)["homework"], sweep(now=MORNING)["homework"]

    assert (first, again) == (1, 0)
    assert days_until(TEATIME, days=4) == [2, 3]


def test_the_sweep_ends_what_outlasts_its_homework(cast: Cast) -> None:
    ended, shorter = assigned(cast), assigned(cast, skill=_another())
    own = planned(cast.maya, "10:00", purpose="skill")
    with unfollowed(ASSIGNMENT_SUBSCRIBERS):
        end_assignment(chart=team(cast), assignment_id=ended, rev=1, now=MORNING)
        change_assignment(
            chart=team(cast), assignment_id=shorter, rev=1, changes={"until": MONDAY + DAY},
            now=MORNING,
        )  # fmt: skip

    first, again = sweep(now=MORNING)["homework"], sweep(now=MORNING)["homework"]

    assert (first, again) == (2, 0)
    assert Reminder.objects.get(id=series_id_of(ended)).deleted_at == MORNING
    assert Reminder.objects.get(id=series_id_of(shorter)).ends_on == MONDAY + DAY
    own.refresh_from_db()
    assert own.deleted_at is None


def test_the_sweep_leaves_alone_what_the_patient_changed(cast: Cast) -> None:
    own = people.own_chart(cast.maya)
    deleted = series_id_of(assigned(cast))
    shortened = series_id_of(assigned(cast, skill=_another(), until=MONDAY + 9 * DAY))
    delete_reminder(chart=own, reminder_id=deleted, rev=1, now=MORNING)
    change_reminder(
        chart=own, reminder_id=shortened, rev=1, changes={"ends_on": MONDAY + DAY}, now=MORNING
    )
    before = list(Reminder.objects.order_by("id").values())

    assert sweep(now=MORNING)["homework"] == 0
    assert list(Reminder.objects.order_by("id").values()) == before


def _another() -> str:
    return next(slug for slug in sorted(catalogue.shipped_skills()) if slug != "ride-the-urge")
