"""The one key to clinical data: who gets a chart, what it shows, and what the log keeps of it."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.kit.db.claims import InsideTransaction
from care.access import roster
from care.access.chart import Chart, NoSuchChart
from care.access.data_categories import DataCategory
from care.access.open import check_team, open_chart
from care.models import AccessLogEntry, CareTeamMembership, Clinic, Consent, User
from care.people.enrol import revoke_treatment_consents
from tests import cast as people
from tests.cast import LONG_AGO, Cast


def chart_for(viewer: User, patient: User) -> Chart:
    return open_chart(
        viewer=viewer, patient_id=patient.pk, what=DataCategory.ENTRIES, now=timezone.now()
    )


def last_row() -> AccessLogEntry:
    return AccessLogEntry.objects.latest("id")


def test_the_therapist_of_a_patient_opens_their_chart_and_it_is_logged(cast: Cast) -> None:
    chart = chart_for(cast.dr_okafor, cast.maya)

    row = last_row()
    assert (chart.patient_id, chart.is_own) == (cast.maya.pk, False)
    assert (row.action, row.actor_id, row.patient_id) == ("read", cast.dr_okafor.pk, cast.maya.pk)
    assert (row.data_class, row.reason) == ("entries", "primary_therapist")


@pytest.mark.parametrize("who", ["dr_lind", "noah", "ada"])
def test_strangers_get_no_chart_and_the_denial_is_logged(cast: Cast, who: str) -> None:
    stranger = getattr(cast, who)

    with pytest.raises(NoSuchChart):
        chart_for(stranger, cast.maya)

    row = last_row()
    assert (row.action, row.actor_id, row.patient_id) == ("denied", stranger.pk, cast.maya.pk)


def test_a_patient_that_does_not_exist_looks_like_a_strangers(cast: Cast) -> None:
    nobody = User(id="018f0000-0000-7000-8000-000000000000", clinic=cast.clinic)

    with pytest.raises(NoSuchChart) as unknown:
        chart_for(cast.dr_lind, nobody)
    with pytest.raises(NoSuchChart) as foreign:
        chart_for(cast.dr_lind, cast.maya)

    assert str(unknown.value) == str(foreign.value) == ""


def test_an_ended_care_team_closes_the_chart_at_that_moment(cast: Cast) -> None:
    now = timezone.now()
    CareTeamMembership.objects.filter(clinician=cast.dr_okafor).update(ends_at=now)

    with pytest.raises(NoSuchChart):
        open_chart(
            viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.ENTRIES, now=now
        )
    open_chart(
        viewer=cast.dr_okafor,
        patient_id=cast.maya.pk,
        what=DataCategory.ENTRIES,
        now=now - timedelta(seconds=1),
    )


def test_a_care_team_that_has_not_begun_opens_nothing(cast: Cast) -> None:
    people.joins(cast.maya.pk, cast.dr_lind, since=timezone.now() + timedelta(days=1))

    with pytest.raises(NoSuchChart):
        chart_for(cast.dr_lind, cast.maya)


def test_revoked_consent_closes_the_chart_to_staff_and_never_to_the_patient(cast: Cast) -> None:
    revoke_treatment_consents(patient_id=cast.maya.pk, now=timezone.now())

    with pytest.raises(NoSuchChart):
        chart_for(cast.dr_okafor, cast.maya)

    assert last_row().reason == "no_consent"
    assert chart_for(cast.maya, cast.maya).is_own


def test_expired_consent_closes_the_chart(cast: Cast) -> None:
    Consent.objects.filter(patient_id=cast.maya.pk).update(expires_at=timezone.now())

    with pytest.raises(NoSuchChart):
        chart_for(cast.dr_okafor, cast.maya)


def test_a_clinician_who_moved_to_another_clinic_is_a_stranger(cast: Cast) -> None:
    cast.dr_okafor.clinic = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
    cast.dr_okafor.save(update_fields=["clinic"])

    with pytest.raises(NoSuchChart):
        chart_for(cast.dr_okafor, cast.maya)


def test_an_administrator_on_a_care_team_still_gets_no_chart(cast: Cast) -> None:
    people.joins(cast.maya.pk, cast.ada)

    with pytest.raises(NoSuchChart):
        chart_for(cast.ada, cast.maya)


def test_only_the_primary_therapist_sees_what_is_for_the_individual_therapist(cast: Cast) -> None:
    people.joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.GROUP_LEADER)

    primary, leader = chart_for(cast.dr_okafor, cast.maya), chart_for(cast.dr_lind, cast.maya)

    assert primary.sharing_levels == {"care_team", "individual_therapist_only"}
    assert leader.sharing_levels == {"care_team"}


def test_nobody_else_makes_a_chart(cast: Cast) -> None:
    real = chart_for(cast.dr_okafor, cast.maya)

    with pytest.raises(TypeError):
        Chart(
            patient_id=cast.noah.pk,
            viewer_id=real.viewer_id,
            viewer_role=real.viewer_role,
            viewer_name=real.viewer_name,
            device_session_id=None,
            reason="own",
            sharing_levels=real.sharing_levels,
            parts=real.parts,
            enrolled_at=None,
            cipher=real.cipher,
            made_by=object(),
        )


def test_a_read_is_never_logged_where_a_rollback_could_erase_it(cast: Cast) -> None:
    with transaction.atomic(), pytest.raises(InsideTransaction):
        chart_for(cast.dr_okafor, cast.maya)
    with transaction.atomic(), pytest.raises(InsideTransaction):
        chart_for(cast.dr_lind, cast.maya)


def test_opening_a_chart_takes_two_statements(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as seen:
        chart_for(cast.dr_okafor, cast.maya)

    assert len(seen) == 2, [query["sql"] for query in seen]


def test_planning_needs_the_team_but_not_consent(cast: Cast) -> None:
    revoke_treatment_consents(patient_id=cast.maya.pk, now=timezone.now())
    now = timezone.now()

    check_team(viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.SESSIONS, now=now)
    with pytest.raises(NoSuchChart):
        check_team(
            viewer=cast.dr_lind, patient_id=cast.maya.pk, what=DataCategory.SESSIONS, now=now
        )


def test_someone_who_joined_twice_sees_with_the_newest_role(cast: Cast) -> None:
    CareTeamMembership.objects.filter(clinician=cast.dr_okafor).update(
        ends_at=LONG_AGO + timedelta(days=1)
    )
    people.joins(cast.maya.pk, cast.dr_okafor, role=CareTeamMembership.Role.THERAPIST)

    assert chart_for(cast.dr_okafor, cast.maya).sharing_levels == {"care_team"}


def test_of_two_roles_that_hold_at_once_the_newest_decides(cast: Cast) -> None:
    now = timezone.now()
    CareTeamMembership.objects.filter(clinician=cast.dr_okafor).update(
        ends_at=now + timedelta(days=1)
    )
    people.joins(
        cast.maya.pk, cast.dr_okafor, role=CareTeamMembership.Role.THERAPIST,
        since=now - timedelta(days=1),
    )  # fmt: skip

    assert chart_for(cast.dr_okafor, cast.maya).sharing_levels == {"care_team"}
    assert roster.open_caseload_roster(viewer=cast.dr_okafor, now=now).people[0].sharing_levels == {
        "care_team"
    }
