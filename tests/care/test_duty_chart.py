"""Who is on duty may know that an event is there; the chart that says so shows nothing else."""

from datetime import datetime

import pytest
from django.utils import timezone

from care import access, trail
from care.access import DataClass, NoSuchChart
from care.actions import duty
from care.actions.people import end_consent
from care.models import AccessLogEntry, CareTeamMembership, Patient, User
from care.queries.duty import may_be_told_of, people_of, primary_therapists, team_sees
from journaling import queries
from journaling.actions.safety_plans import write_plan
from journaling.queries.safety_plans import PlanHidden, plan_of
from tests.cast import LONG_AGO, Cast, joins, own_chart, staff
from tests.ward import CLOSED, OPEN, reyes, save, set_up, urge

WHAT = DataClass.SAFETY_EVENTS


def open_duty(viewer: User, cast: Cast, now: datetime = OPEN) -> access.Chart:
    return access.open_duty_chart(viewer=viewer, patient_id=cast.maya.pk, what=WHAT, now=now)


def test_the_backup_gets_a_chart_that_shows_no_entry_and_no_plan(cast: Cast) -> None:
    set_up(cast)
    entry = save(cast.maya, urge(), now=OPEN)
    write_plan(chart=own_chart(cast.maya), rev=0, sent={"what_i_do": ["walk"]}, now=OPEN)

    chart = open_duty(reyes(), cast)

    assert (chart.reason, chart.sees) == ("on_duty", frozenset())
    assert queries.entries_page(chart=chart, limit=10) == []
    with pytest.raises(queries.NoSuchEntry):
        queries.entry_of(chart=chart, entry_id=entry.id)
    with pytest.raises(PlanHidden):
        plan_of(chart=chart)


@pytest.mark.parametrize("who", ["dr_lind", "ada", "noah", "maya"])
def test_who_is_not_on_duty_gets_none(cast: Cast, who: str) -> None:
    set_up(cast)

    with pytest.raises(NoSuchChart):
        open_duty(getattr(cast, who), cast)


def test_outside_the_hours_duty_opens_nothing_unless_called(cast: Cast) -> None:
    set_up(cast)
    with pytest.raises(NoSuchChart):
        open_duty(reyes(), cast, CLOSED)

    duty.call(event_id=cast.maya.pk, patient_id=cast.maya.pk, step=0, at_work=(), now=CLOSED,
              parts={reyes().pk: "backup"})  # fmt: skip

    assert open_duty(reyes(), cast, CLOSED).patient_id == cast.maya.pk


def test_without_consent_after_discharge_and_in_another_clinic_there_is_none(cast: Cast) -> None:
    set_up(cast)
    other = type(cast.clinic).objects.create(name="Hill Clinic", time_zone="UTC")
    stranger = staff(other, "dr_hill", "Dr. Hill")
    duty.call(event_id=cast.maya.pk, patient_id=cast.maya.pk, step=0, at_work=(), now=OPEN,
              parts={stranger.pk: "duty"})  # fmt: skip
    with pytest.raises(NoSuchChart):
        open_duty(stranger, cast)

    Patient.objects.filter(pk=cast.maya.pk).update(discharged_at=OPEN)
    with pytest.raises(NoSuchChart):
        open_duty(reyes(), cast)

    Patient.objects.filter(pk=cast.maya.pk).update(discharged_at=None)
    end_consent(patient_id=cast.maya.pk, now=OPEN)
    with pytest.raises(NoSuchChart):
        open_duty(reyes(), cast)


def test_a_list_over_many_patients_knows_what_each_chart_shows(cast: Cast) -> None:
    joins(cast.noah.pk, cast.dr_okafor, role=CareTeamMembership.Role.NURSE)

    found = team_sees(viewer=cast.dr_okafor, now=OPEN)

    assert found == {
        cast.maya.pk: {"care_team", "individual_therapist_only"},
        cast.noah.pk: {"care_team"},
    }


def test_a_list_leaves_out_who_left_and_who_revoked(cast: Cast) -> None:
    end_consent(patient_id=cast.maya.pk, now=OPEN)
    CareTeamMembership.objects.filter(clinician=cast.dr_lind).update(ends_at=OPEN)

    assert team_sees(viewer=cast.dr_okafor, now=OPEN) == {}
    assert team_sees(viewer=cast.dr_lind, now=OPEN) == {}
    assert team_sees(viewer=cast.ada, now=OPEN) == {}


def test_staff_may_be_told_of_who_consents_and_was_not_discharged(cast: Cast) -> None:
    both = [cast.maya.pk, cast.noah.pk]
    assert may_be_told_of(patients=both, now=OPEN) == set(both)

    end_consent(patient_id=cast.maya.pk, now=OPEN)
    Patient.objects.filter(pk=cast.noah.pk).update(discharged_at=OPEN)

    assert may_be_told_of(patients=both, now=OPEN) == set()


def test_own_therapists_are_the_primary_ones_of_that_moment(cast: Cast) -> None:
    joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.NURSE)

    assert primary_therapists(patient_id=cast.maya.pk, now=OPEN) == [cast.dr_okafor.pk]
    assert primary_therapists(patient_id=cast.maya.pk, now=LONG_AGO.replace(year=2000)) == []
    assert people_of(patients=[cast.maya.pk])[cast.maya.pk].therapists == ("Dr. Okafor",)


def test_what_no_person_did_is_logged_as_the_systems(cast: Cast) -> None:
    trail.write_by_system(
        patient_id=cast.maya.pk, what=WHAT, reason="safety_sweep", now=timezone.now()
    )

    row = AccessLogEntry.objects.get()
    assert (row.actor_id, row.actor_role, row.patient_id) == (None, "system", cast.maya.pk)
    assert (row.action, row.data_class, row.reason) == ("write", "safety_events", "safety_sweep")
