"""Who is on duty may know that an event is there; the chart that says so shows nothing else."""

from datetime import datetime

import pytest
from django.utils import timezone

from care.access.chart import Chart, NoSuchChart
from care.access.data_categories import DataCategory
from care.access.log import log_system_write
from care.models import AccessLogEntry, CareTeamMembership, Patient, User
from care.oncall.chart import open_on_call_chart
from care.people.enrol import revoke_treatment_consents
from care.programme.care_team import (
    patients_with_therapists,
    primary_therapists_of,
    sharing_levels_by_patient,
)
from journaling.entries.read import NoSuchEntry, entries_page, entry_of
from journaling.safety.escalation import notifiable_patients, record_calls
from journaling.safety.safety_plan import PlanHidden, newest_plan_of, write_plan
from tests.cast import LONG_AGO, Cast, joins, own_chart, staff
from tests.on_call_clinic import CLOSED, OPEN, reyes, save, set_up, urge

WHAT = DataCategory.SAFETY_EVENTS


def open_duty(viewer: User, cast: Cast, now: datetime = OPEN) -> Chart:
    return open_on_call_chart(viewer=viewer, patient_id=cast.maya.pk, what=WHAT, now=now)


def test_the_backup_gets_a_chart_that_shows_no_entry_and_no_plan(cast: Cast) -> None:
    set_up(cast)
    entry = save(cast.maya, urge(), now=OPEN)
    write_plan(chart=own_chart(cast.maya), rev=0, sent={"what_i_do": ["walk"]}, now=OPEN)

    chart = open_duty(reyes(), cast)

    assert (chart.reason, chart.sharing_levels) == ("on_duty", frozenset())
    assert entries_page(chart=chart, limit=10) == []
    with pytest.raises(NoSuchEntry):
        entry_of(chart=chart, entry_id=entry.id)
    with pytest.raises(PlanHidden):
        newest_plan_of(chart=chart)


@pytest.mark.parametrize("who", ["dr_lind", "ada", "noah", "maya"])
def test_who_is_not_on_duty_gets_none(cast: Cast, who: str) -> None:
    set_up(cast)

    with pytest.raises(NoSuchChart):
        open_duty(getattr(cast, who), cast)


def test_outside_the_hours_duty_opens_nothing_unless_called(cast: Cast) -> None:
    set_up(cast)
    with pytest.raises(NoSuchChart):
        open_duty(reyes(), cast, CLOSED)

    record_calls(event_id=cast.maya.pk, patient_id=cast.maya.pk, step=0, at_work=(),
    now=CLOSED,
              parts={reyes().pk: "backup"})  # fmt: skip

    assert open_duty(reyes(), cast, CLOSED).patient_id == cast.maya.pk


def test_without_consent_after_discharge_and_in_another_clinic_there_is_none(cast: Cast) -> None:
    set_up(cast)
    other = type(cast.clinic).objects.create(name="Hill Clinic", time_zone="UTC")
    stranger = staff(other, "dr_hill", "Dr. Hill")
    record_calls(event_id=cast.maya.pk, patient_id=cast.maya.pk, step=0, at_work=(), now=OPEN,
              parts={stranger.pk: "duty"})  # fmt: skip
    with pytest.raises(NoSuchChart):
        open_duty(stranger, cast)

    Patient.objects.filter(pk=cast.maya.pk).update(discharged_at=OPEN)
    with pytest.raises(NoSuchChart):
        open_duty(reyes(), cast)

    Patient.objects.filter(pk=cast.maya.pk).update(discharged_at=None)
    revoke_treatment_consents(patient_id=cast.maya.pk, now=OPEN)
    with pytest.raises(NoSuchChart):
        open_duty(reyes(), cast)


def test_a_list_over_many_patients_knows_what_each_chart_shows(cast: Cast) -> None:
    joins(cast.noah.pk, cast.dr_okafor, role=CareTeamMembership.Role.NURSE)

    found = sharing_levels_by_patient(what=WHAT, viewer=cast.dr_okafor, now=OPEN)

    assert found == {
        cast.maya.pk: {"care_team", "individual_therapist_only"},
        cast.noah.pk: {"care_team"},
    }


def test_a_list_leaves_out_who_left_and_who_revoked(cast: Cast) -> None:
    revoke_treatment_consents(patient_id=cast.maya.pk, now=OPEN)
    CareTeamMembership.objects.filter(clinician=cast.dr_lind).update(ends_at=OPEN)

    assert sharing_levels_by_patient(what=WHAT, viewer=cast.dr_okafor, now=OPEN) == {}
    assert sharing_levels_by_patient(what=WHAT, viewer=cast.dr_lind, now=OPEN) == {}
    assert sharing_levels_by_patient(what=WHAT, viewer=cast.ada, now=OPEN) == {}


def test_staff_may_be_told_of_who_consents_and_was_not_discharged(cast: Cast) -> None:
    both = [cast.maya.pk, cast.noah.pk]
    assert notifiable_patients(patients=both, now=OPEN) == set(both)

    revoke_treatment_consents(patient_id=cast.maya.pk, now=OPEN)
    Patient.objects.filter(pk=cast.noah.pk).update(discharged_at=OPEN)

    assert notifiable_patients(patients=both, now=OPEN) == set()


def test_own_therapists_are_the_primary_ones_of_that_moment(cast: Cast) -> None:
    joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.NURSE)

    assert primary_therapists_of(patient_id=cast.maya.pk, now=OPEN) == [cast.dr_okafor.pk]
    assert primary_therapists_of(patient_id=cast.maya.pk, now=LONG_AGO.replace(year=2000)) == []
    assert patients_with_therapists(patients=[cast.maya.pk])[cast.maya.pk].therapists == (
        "Dr. Okafor",
    )


def test_what_no_person_did_is_logged_as_the_systems(cast: Cast) -> None:
    log_system_write(patient_id=cast.maya.pk, what=WHAT, reason="safety_sweep", now=timezone.now())

    row = AccessLogEntry.objects.get()
    assert (row.actor_id, row.actor_role, row.patient_id) == (None, "system", cast.maya.pk)
    assert (row.action, row.data_class, row.reason) == ("write", "safety_events", "safety_sweep")
