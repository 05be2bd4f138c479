"""Skills given as homework: who may, what is kept, and how practice is counted."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.kit.crypto import DecryptionFailed
from backend.kit.errors import InvalidInput
from care.access.chart import NoSuchChart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import AccessLogEntry, CareTeamMembership
from care.people.enrol import revoke_treatment_consents
from journaling.models import Assignment, TaughtSkill
from journaling.skills import catalogue
from journaling.skills.assign import (
    AlreadyAssigned,
    AssignmentChanged,
    OnlyCareTeamAssigns,
    assign_skill,
    change_assignment,
    end_assignment,
    mark_taught,
)
from journaling.skills.read import NoSuchAssignment, assignment_of
from tests import cast as people
from tests.cast import Cast, own_chart
from tests.journaling.skills.homework import NOW, TODAY, assigned, practised, team_chart, told

# --- Assigning -------------------------------------------------------------------------------


def test_what_is_assigned_is_seen_by_the_patient_and_the_team_alike(cast: Cast) -> None:
    assigned(cast, note="Try it before dinner 🌊", until=date(2026, 5, 20))

    (own,), (theirs,) = told(own_chart(cast.maya)), told(team_chart(cast))

    assert own == theirs
    assert (own.skill, own.name, own.per_week) == (
        "ride-the-urge", "Ride the urge like a wave", 4,
    )  # fmt: skip
    assert (own.since, own.until, own.note) == (TODAY, date(2026, 5, 20), "Try it before dinner 🌊")
    assert (own.assigned_by, own.rev) == (cast.dr_okafor.pk, 1)
    assert own.progress.text == "0 of 4 this week; given today"


def test_the_note_is_encrypted_for_this_row_alone(cast: Cast) -> None:
    first = assigned(cast, note="before dinner")
    second = assigned(cast, note="after work", skill="slow-breathing")

    sealed = bytes(Assignment.objects.get(pk=first).note or b"")
    assert b"dinner" not in sealed
    Assignment.objects.filter(pk=second).update(note=sealed)
    with pytest.raises(DecryptionFailed):
        told(team_chart(cast))


def test_assigning_stands_in_the_access_log(cast: Cast) -> None:
    assigned(cast)

    row = AccessLogEntry.objects.get(data_class="skills")
    assert (row.action, row.reason) == ("write", "primary_therapist")
    assert (row.actor_id, row.patient_id) == (cast.dr_okafor.pk, cast.maya.pk)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"skill": "no-such-skill"}, "skill"),
        ({"per_week": 0}, "per_week"),
        ({"per_week": 22}, "per_week"),
        ({"until": TODAY - timedelta(days=1)}, "until"),
        ({"until": TODAY + timedelta(days=367)}, "until"),
    ],
)
def test_what_cannot_be_assigned_is_named_and_nothing_is_kept(
    cast: Cast, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        assigned(cast, **changes)

    assert [error.field for error in refusal.value.errors] == [field]
    assert not Assignment.objects.exists()


def test_a_skill_is_assigned_once_at_a_time(cast: Cast) -> None:
    first = assigned(cast)

    with pytest.raises(AlreadyAssigned) as standing:
        assigned(cast, per_week=1)

    assert standing.value.assignment_id == first
    assert Assignment.objects.get().per_week == 4
    assigned(cast, skill="slow-breathing")
    assert Assignment.objects.count() == 2


def test_one_whose_last_day_has_passed_makes_room(cast: Cast) -> None:
    old = assigned(cast, until=TODAY)
    week = timedelta(days=7)

    new = assigned(cast, today=TODAY + week, now=NOW + week)

    assert Assignment.objects.get(pk=old).ended_at == NOW + week
    assert [one.id for one in told(team_chart(cast), TODAY + week)] == [new]
    both = told(team_chart(cast), TODAY + week, with_ended=True)
    assert [one.id for one in both] == [new, old]


def test_no_patient_assigns_changes_ends_or_teaches(cast: Cast) -> None:
    standing = assigned(cast)
    chart = own_chart(cast.maya)

    with pytest.raises(OnlyCareTeamAssigns):
        assign_skill(
            chart=chart, skill="slow-breathing", per_week=1, until=None, note="",
            skills=catalogue.shipped_skills(), today=TODAY, now=NOW,
        )  # fmt: skip
    with pytest.raises(OnlyCareTeamAssigns):
        change_assignment(
            chart=chart, assignment_id=standing, rev=1, changes={"per_week": 1}, now=NOW
        )
    with pytest.raises(OnlyCareTeamAssigns):
        end_assignment(chart=chart, assignment_id=standing, rev=1, now=NOW)
    with pytest.raises(OnlyCareTeamAssigns):
        mark_taught(
            chart=chart,
            skill="slow-breathing",
            is_taught=True,
            skills=catalogue.shipped_skills(),
            now=NOW,
        )

    assert Assignment.objects.values_list("rev", "per_week", "ended_at").get() == (1, 4, None)
    assert not TaughtSkill.objects.exists()


@pytest.mark.parametrize("reason", ["stranger", "former", "unconsented"])
def test_without_care_team_or_consent_nothing_is_opened(cast: Cast, reason: str) -> None:
    assigned(cast)
    who = cast.dr_lind if reason == "stranger" else cast.dr_okafor
    if reason == "former":
        CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=NOW)
    if reason == "unconsented":
        revoke_treatment_consents(patient_id=cast.maya.pk, now=NOW)

    with pytest.raises(NoSuchChart):
        team_chart(cast, who)


# --- Changing and ending ---------------------------------------------------------------------


def test_a_change_needs_the_newest_revision_and_keeps_the_rest(cast: Cast) -> None:
    name = assigned(cast, note="before dinner", until=date(2026, 5, 20))
    changes: dict[str, Any] = {"per_week": 2, "until": None}

    change_assignment(chart=team_chart(cast), assignment_id=name, rev=1, changes=changes, now=NOW)
    with pytest.raises(AssignmentChanged):
        change_assignment(
            chart=team_chart(cast), assignment_id=name, rev=1, changes={"per_week": 7}, now=NOW
        )

    (found,) = told(team_chart(cast))
    assert (found.per_week, found.until, found.note, found.rev) == (2, None, "before dinner", 2)


@pytest.mark.parametrize(
    ("changes", "field"), [({"per_week": 0}, "per_week"), ({"until": date(2026, 5, 5)}, "until")]
)
def test_a_change_is_held_to_the_same_limits(
    cast: Cast, changes: dict[str, Any], field: str
) -> None:
    name = assigned(cast)

    with pytest.raises(InvalidInput) as refusal:
        change_assignment(
            chart=team_chart(cast), assignment_id=name, rev=1, changes=changes, now=NOW
        )

    assert [error.field for error in refusal.value.errors] == [field]
    assert Assignment.objects.get().rev == 1


def test_what_is_ended_stays_on_record_and_can_be_assigned_again(cast: Cast) -> None:
    name = assigned(cast)

    end_assignment(chart=team_chart(cast), assignment_id=name, rev=1, now=NOW)

    assert told(own_chart(cast.maya)) == []
    (ended,) = told(own_chart(cast.maya), with_ended=True)
    assert (ended.id, ended.ended_at, ended.rev) == (name, NOW, 2)
    with pytest.raises(NoSuchAssignment):
        end_assignment(chart=team_chart(cast), assignment_id=name, rev=2, now=NOW)
    with pytest.raises(NoSuchAssignment):
        change_assignment(
            chart=team_chart(cast), assignment_id=name, rev=2, changes={"note": "x"}, now=NOW
        )
    assert assigned(cast) != name


def test_through_anothers_chart_there_is_no_such_assignment(cast: Cast) -> None:
    name = assigned(cast)
    noahs = open_chart(
        viewer=cast.dr_lind,
        patient_id=cast.noah.pk,
        what=DataCategory.SKILLS,
        now=NOW,
        to_write=True,
    )

    for act in (
        lambda: end_assignment(chart=noahs, assignment_id=name, rev=1, now=NOW),
        lambda: assignment_of(
            chart=noahs, assignment_id=name, skills=catalogue.shipped_skills(), today=TODAY
        ),
    ):
        with pytest.raises(NoSuchAssignment):
            act()

    assert Assignment.objects.get().ended_at is None
    assert told(noahs) == []


# --- Progress --------------------------------------------------------------------------------


def test_progress_counts_days_and_this_weeks_practice(cast: Cast) -> None:
    assigned(cast, today=date(2026, 5, 1), now=NOW - timedelta(days=5))
    practised(cast.maya, "2026-04-30T20:00")  # before it was assigned
    practised(cast.maya, "2026-05-01T20:00")
    practised(cast.maya, "2026-05-03T23:59")  # the Sunday before this week
    practised(cast.maya, "2026-05-04T00:01")
    practised(cast.maya, "2026-05-05T08:00")
    practised(cast.maya, "2026-05-05T20:00")
    practised(cast.maya, "2026-05-05T21:00", attempted=False, able=None, wanted_to=True)
    practised(cast.maya, "2026-05-05T21:00", able=False)
    practised(cast.maya, "2026-05-05T21:00", skill="slow-breathing")

    (found,) = told(own_chart(cast.maya))

    assert (found.progress.practised_days, found.progress.days) == (4, 5)
    assert (found.progress.this_week, found.progress.per_week) == (3, 4)
    assert found.progress.text == "3 of 4 this week; practised on 4 of 5 days"


def test_what_was_written_down_too_late_is_no_progress(cast: Cast) -> None:
    assigned(cast, today=date(2026, 5, 1), now=NOW - timedelta(days=5))
    practised(cast.maya, "2026-05-02T20:00", recorded_at="2026-05-04T20:00")
    practised(cast.maya, "2026-05-03T08:00", recorded_at="2026-05-05T08:01")

    (found,) = told(own_chart(cast.maya))

    assert found.progress.practised_days == 1


def test_the_team_sees_the_progress_that_was_shared(cast: Cast) -> None:
    assigned(cast)
    practised(cast.maya, "2026-05-06T08:00", share="private")
    practised(cast.maya, "2026-05-06T09:00", share="individual_therapist_only")
    people.joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.NURSE)

    seen = [
        told(chart)[0].progress.this_week
        for chart in (own_chart(cast.maya), team_chart(cast), team_chart(cast, cast.dr_lind))
    ]

    assert seen == [2, 1, 0]


def test_days_end_with_the_last_day_of_the_assignment(cast: Cast) -> None:
    assigned(cast, until=TODAY)

    (found,) = told(own_chart(cast.maya), TODAY + timedelta(days=9), with_ended=True)

    assert (found.progress.practised_days, found.progress.days) == (0, 1)


@pytest.mark.parametrize("count", [1, 30])
def test_statements_do_not_grow_with_practice_or_assignments(cast: Cast, count: int) -> None:
    for skill in list(catalogue.shipped_skills())[:count]:
        assigned(cast, skill=skill)
        practised(cast.maya, "2026-05-06T08:00", skill=skill)
    chart = own_chart(cast.maya)

    with CaptureQueriesContext(connection) as seen:
        found = told(chart)

    assert len(found) == count
    assert len(seen) == 2
