"""Groups, and who treats whom."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.kit.errors import InvalidInput
from care.access.chart import NoSuchChart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.constants import MOST_IN_A_GROUP
from care.models import (
    AccessLogEntry,
    Attendance,
    CareTeamMembership,
    Clinic,
    Group,
    GroupMembership,
    User,
)
from care.people.enrol import revoke_treatment_consents
from care.programme import care_team
from care.programme.groups import (
    NoSuchGroup,
    add_to_group,
    get_or_create_group,
    group_of_clinic,
    groups_of_clinic,
    remove_from_group,
    save_group,
)
from care.sessions import attendance, occurrences, series
from care.sessions.plan import NoSuchSession, PlannedSession, change_session
from care.sessions.read import sessions_page
from tests import cast as people
from tests.cast import Cast

NOW = timezone.now()
Role = CareTeamMembership.Role


def join(clinician: User, group: Group, patient: User) -> tuple[GroupMembership, bool]:
    return add_to_group(clinician=clinician, group_id=group.pk, patient_id=patient.pk, now=NOW)


def parts_of(patient: User) -> dict[str, str]:
    rows = CareTeamMembership.objects.filter(patient_id=patient.pk, ends_at__isnull=True)
    return {str(name): role for name, role in rows.values_list("clinician__username", "role")}


def test_whoever_opens_a_group_leads_it(cast: Cast) -> None:
    made, _ = get_or_create_group(clinician=cast.dr_lind, name="Evening")

    assert (made.leader_id, made.clinic_id) == (cast.dr_lind.pk, cast.clinic.pk)


def test_a_patient_joins_once_and_the_leader_joins_the_care_team(cast: Cast) -> None:
    group = people.group(cast.dr_lind)

    first, is_new = join(cast.dr_okafor, group, cast.maya)
    again, is_new_again = join(cast.dr_okafor, group, cast.maya)

    assert (is_new, is_new_again) == (True, False)
    assert first.pk == again.pk
    assert parts_of(cast.maya) == {"dr_okafor": "primary_therapist", "dr_lind": "group_leader"}
    log = AccessLogEntry.objects.get(action="write", data_class="groups")
    assert (log.patient_id, log.actor_id) == (cast.maya.pk, cast.dr_okafor.pk)


def test_who_may_not_add_to_a_care_team_brings_nobody_in_through_a_group(cast: Cast) -> None:
    nurse = people.staff(cast.clinic, "dr_nurse", "Nurse")
    people.joins(cast.maya.pk, nurse, role=Role.NURSE)
    group = people.group(cast.dr_lind)

    with pytest.raises(care_team.NotPrimaryTherapist):
        join(nurse, group, cast.maya)

    assert GroupMembership.objects.count() == 0
    assert "dr_lind" not in parts_of(cast.maya)
    assert AccessLogEntry.objects.get(action="denied").reason == "not_primary"


def test_whoever_treats_them_adds_to_a_group_whose_leader_treats_them_already(cast: Cast) -> None:
    nurse = people.staff(cast.clinic, "dr_nurse", "Nurse")
    people.joins(cast.maya.pk, nurse, role=Role.NURSE)

    _, is_new = join(nurse, people.group(cast.dr_okafor), cast.maya)
    _, is_own = join(nurse, people.group(nurse), cast.maya)

    assert (is_new, is_own) == (True, True)


def test_sessions_follow_the_leader_to_whom_a_group_is_handed(cast: Cast) -> None:
    group = people.group(cast.dr_lind, cast.maya)
    past, coming = (
        people.session(cast.dr_lind, starts_at=NOW + timedelta(days=days), with_group=group)
        for days in (-7, 7)
    )
    plan = PlannedSession(
        clinician=cast.dr_lind, kind="group", starts_at=NOW + timedelta(days=1),
        ends_at=NOW + timedelta(days=1, hours=1), group_id=group.pk,
    )  # fmt: skip
    first, _ = series.plan_series(plan=plan, weekly=occurrences.WeeklyRecurrence(), now=NOW)

    save_group(
        admin=cast.ada, group_id=group.pk, name="Morning", leader_id=cast.dr_okafor.pk, now=NOW
    )

    for row, is_moved in ((past, False), (coming, True), (first, True)):
        before, rev = row.clinician_id, row.rev
        row.refresh_from_db()
        assert (row.clinician_id != before, row.rev - rev) == (is_moved, int(is_moved))
    moved = change_session(
        clinician=cast.dr_okafor, session_id=coming.pk, rev=coming.rev, now=NOW,
        changes={"cancelled": True},
    )  # fmt: skip
    assert moved.cancelled_at == NOW
    mark = attendance.AttendanceMark(patient_id=cast.maya.pk, status="present", minutes=60)
    for session in (past, first):
        attendance.record_attendance(
            clinician=cast.dr_okafor,
            session_id=session.pk,
            marks=[mark],
            now=session.starts_at + timedelta(hours=1),
        )
    followed = series.change_series_from(
        clinician=cast.dr_okafor, session_id=first.pk, rev=first.rev, now=NOW,
        changes={"title": "Anew"},
    )  # fmt: skip
    assert followed.series is not None
    assert followed.series.clinician_id == cast.dr_okafor.pk
    held = sessions_page(viewer=cast.dr_lind, now=NOW, limit=50)
    assert [one.pk for one in held] == [past.pk]
    assert past.pk in {one.pk for one in sessions_page(viewer=cast.dr_okafor, now=NOW, limit=50)}


def test_whoever_is_handed_a_group_marks_nobody_whom_they_do_not_treat(cast: Cast) -> None:
    group = people.group(cast.dr_lind, cast.maya)
    past = people.session(cast.dr_lind, starts_at=NOW - timedelta(days=7), with_group=group)
    new = people.staff(cast.clinic, "dr_new", "Dr. New")
    save_group(admin=cast.ada, group_id=group.pk, name="Morning", leader_id=new.pk, now=NOW)
    told = []

    for patient in (cast.maya, cast.noah):
        mark = attendance.AttendanceMark(patient_id=patient.pk, status="present", minutes=60)
        with pytest.raises(InvalidInput) as refusal:
            attendance.record_attendance(clinician=new, session_id=past.pk, marks=[mark], now=NOW)
        told.append(refusal.value.errors)

    assert told[0] == told[1]  # whether somebody is in the group is not told either
    assert not Attendance.objects.exists()


def test_who_led_a_group_before_changes_nothing_of_it(cast: Cast) -> None:
    group = people.group(cast.dr_lind, cast.maya)
    past = people.session(cast.dr_lind, starts_at=NOW - timedelta(days=7), with_group=group)
    save_group(
        admin=cast.ada, group_id=group.pk, name="Morning", leader_id=cast.dr_okafor.pk, now=NOW
    )

    with pytest.raises(NoSuchSession):
        change_session(
            clinician=cast.dr_lind, session_id=past.pk, rev=past.rev, changes={"title": "x"},
            now=NOW,
        )  # fmt: skip


def test_a_leader_who_treats_the_patient_anyway_keeps_that_part(cast: Cast) -> None:
    join(cast.dr_okafor, people.group(cast.dr_okafor), cast.maya)

    assert parts_of(cast.maya) == {"dr_okafor": "primary_therapist"}


def test_leaving_ends_the_leaders_part_with_the_last_group(cast: Cast) -> None:
    one, two = people.group(cast.dr_lind), people.group(cast.dr_lind, name="Second")
    join(cast.dr_okafor, one, cast.maya)
    join(cast.dr_okafor, two, cast.maya)
    later = NOW + timedelta(hours=1)

    for group, left in ((one, True), (two, False)):
        assert remove_from_group(
            clinician=cast.dr_okafor, group_id=group.pk, patient_id=cast.maya.pk, now=later
        )
        assert ("dr_lind" in parts_of(cast.maya)) is left
    assert not remove_from_group(
        clinician=cast.dr_okafor, group_id=one.pk, patient_id=cast.maya.pk, now=later
    )


def test_a_group_takes_twelve(cast: Cast) -> None:
    group = people.group(cast.dr_okafor)
    for n in range(MOST_IN_A_GROUP):
        who = people.patient(cast.clinic, f"p{n}", f"P{n}", treated_by=cast.dr_okafor)
        join(cast.dr_okafor, group, who)

    with pytest.raises(InvalidInput) as refusal:
        join(cast.dr_okafor, group, cast.maya)

    assert refusal.value.errors[0].code == "group_full"
    assert GroupMembership.objects.count() == MOST_IN_A_GROUP


def test_nobody_puts_a_stranger_into_a_group(cast: Cast) -> None:
    group = people.group(cast.dr_okafor)

    with pytest.raises(NoSuchChart):
        join(cast.dr_okafor, group, cast.noah)

    assert GroupMembership.objects.count() == 0
    assert parts_of(cast.noah) == {"dr_lind": "primary_therapist"}


def test_nobody_puts_a_stranger_into_the_group_of_who_treats_them(cast: Cast) -> None:
    group = people.group(cast.dr_lind)

    with pytest.raises(NoSuchChart):
        join(cast.dr_okafor, group, cast.noah)

    assert GroupMembership.objects.count() == 0


def test_a_group_of_another_clinic_is_none(cast: Cast) -> None:
    other = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
    group = people.group(people.staff(other, "dr_far", "Dr. Far"))

    with pytest.raises(NoSuchGroup):
        join(cast.dr_okafor, group, cast.maya)

    assert AccessLogEntry.objects.get().reason == "not_theirs"


def test_members_are_shown_to_whoever_treats_them(cast: Cast) -> None:
    group = people.group(cast.dr_okafor, cast.maya, cast.noah)

    (seen,) = groups_of_clinic(viewer=cast.dr_okafor, now=NOW)
    found = group_of_clinic(viewer=cast.dr_lind, group_id=group.pk, now=NOW)

    assert [one.name for one in seen.members] == ["Maya"]
    assert found is not None
    assert [one.name for one in found.members] == ["Noah"]
    assert {row.patient_id for row in AccessLogEntry.objects.filter(action="read")} == {
        cast.maya.pk, cast.noah.pk,
    }  # fmt: skip


def test_a_primary_therapist_brings_colleagues_in_and_lets_them_go(cast: Cast) -> None:
    add: dict[str, Any] = {"clinician": cast.dr_okafor, "patient_id": cast.maya.pk, "now": NOW}
    care_team.add_to_team(colleague_id=cast.dr_lind.pk, role=Role.PHYSICIAN, **add)
    care_team.add_to_team(colleague_id=cast.dr_lind.pk, role=Role.PHYSICIAN, **add)
    assert parts_of(cast.maya)["dr_lind"] == "physician"
    care_team.add_to_team(colleague_id=cast.dr_lind.pk, role=Role.NURSE, **add)
    assert parts_of(cast.maya)["dr_lind"] == "nurse"

    care_team.remove_from_team(colleague_id=cast.dr_lind.pk, **add)

    assert parts_of(cast.maya) == {"dr_okafor": "primary_therapist"}
    assert AccessLogEntry.objects.filter(action="write", data_class="care_team").count() == 3


def test_consent_is_not_needed_to_arrange_care(cast: Cast) -> None:
    revoke_treatment_consents(patient_id=cast.maya.pk, now=NOW)

    care_team.add_to_team(
        clinician=cast.dr_okafor, patient_id=cast.maya.pk, colleague_id=cast.dr_lind.pk,
        role=Role.NURSE, now=NOW,
    )  # fmt: skip

    assert parts_of(cast.maya)["dr_lind"] == "nurse"


def test_somebody_stays_responsible(cast: Cast) -> None:
    with pytest.raises(care_team.LastPrimaryTherapist):
        care_team.remove_from_team(
            clinician=cast.dr_okafor, patient_id=cast.maya.pk, colleague_id=cast.dr_okafor.pk,
            now=NOW,
        )  # fmt: skip
    with pytest.raises(care_team.LastPrimaryTherapist):
        care_team.add_to_team(
            clinician=cast.dr_okafor, patient_id=cast.maya.pk, colleague_id=cast.dr_okafor.pk,
            role=Role.NURSE, now=NOW,
        )  # fmt: skip

    assert parts_of(cast.maya) == {"dr_okafor": "primary_therapist"}


def test_others_of_the_team_decide_nothing_about_it(cast: Cast) -> None:
    people.joins(cast.maya.pk, cast.dr_lind, role=Role.NURSE)

    with pytest.raises(care_team.NotPrimaryTherapist):
        care_team.remove_from_team(
            clinician=cast.dr_lind, patient_id=cast.maya.pk, colleague_id=cast.dr_okafor.pk,
            now=NOW,
        )  # fmt: skip

    assert AccessLogEntry.objects.get(action="denied").reason == "not_primary"


@pytest.mark.parametrize("who", ["maya", "ada"])
def test_only_clinicians_of_the_clinic_join_a_care_team(cast: Cast, who: str) -> None:
    with pytest.raises(InvalidInput):
        care_team.add_to_team(
            clinician=cast.dr_okafor, patient_id=cast.maya.pk,
            colleague_id=getattr(cast, who).pk, role=Role.NURSE, now=NOW,
        )  # fmt: skip


def test_who_can_be_chosen(cast: Cast) -> None:
    assert [name for _, name in care_team.colleagues_of(viewer=cast.dr_okafor)] == [
        "Dr. Lind", "Dr. Okafor",
    ]  # fmt: skip
    assert care_team.patients_treated_by(viewer=cast.dr_okafor, now=NOW) == [(cast.maya.pk, "Maya")]
    (one,) = care_team.care_team_of(patient_id=cast.maya.pk, now=NOW)
    assert (one.name, one.role) == ("Dr. Okafor", "primary_therapist")


def test_a_group_that_is_handed_over_opens_no_chart(cast: Cast) -> None:
    made = people.group(cast.dr_okafor, cast.maya)
    account = people.staff(cast.clinic, "dr_new", "Dr. New")

    save_group(
        admin=cast.ada, group_id=made.pk, name="Evening", leader_id=account.pk, now=timezone.now()
    )

    assert not CareTeamMembership.objects.filter(clinician=account).exists()
    with pytest.raises(NoSuchChart):
        open_chart(
            viewer=account, patient_id=cast.maya.pk, what=DataCategory.ENTRIES,
            now=timezone.now(),
        )  # fmt: skip
