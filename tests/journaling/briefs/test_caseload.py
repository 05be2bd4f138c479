"""The caseload: each patient's own days, within what the viewer may see, most urgent first."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from care.access import roster
from care.models import (
    AccessLogEntry,
    CareTeamMembership,
    Clinic,
    GroupMembership,
    Patient,
    User,
)
from care.people.enrol import revoke_treatment_consents
from journaling.briefs.caseload import CaseloadPatient, caseload_of
from journaling.models import SafetyEvent
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import NOW, SESSION_AT, at, wrote
from tests.journaling.briefs.group_scenario import members

GAP = (None,) * 14


def looks(viewer: User, *, now: datetime = NOW) -> list[CaseloadPatient]:
    """Open the caseload as the clinician's request would."""
    return caseload_of(roster=roster.open_caseload_roster(viewer=viewer, now=now), now=now)


def of(found: list[CaseloadPatient], user: User) -> CaseloadPatient:
    return next(case for case in found if case.patient_id == user.pk)


def test_one_patient_reads_as_promised(cast: Cast) -> None:
    people.admitted(cast.maya, on=at(20).date())
    people.session(cast.dr_okafor, starts_at=at(3, 10), with_patient=cast.maya, status="present")
    people.session(cast.dr_okafor, starts_at=at(2, 10), with_patient=cast.maya, status="no_show")
    people.session(cast.dr_okafor, starts_at=at(-7, 10), with_patient=cast.maya)
    coming = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)
    wrote(cast.maya, "craving", at(13, 9), intensity=3)
    wrote(cast.maya, "craving", at(14, 9), intensity=9)
    wrote(cast.maya, "craving", at(2, 9), intensity=4)
    wrote(cast.maya, "craving", at(2, 21), intensity=6)
    last = wrote(cast.maya, "mood", at(1, 20))

    case = of(looks(cast.dr_okafor), cast.maya)

    assert (case.name, case.level_of_care) == ("Maya", "intensive_outpatient")
    assert case.next_session is not None
    assert (case.next_session.id, case.next_session.kind) == (coming.pk, "individual")
    assert case.last_entry_at == last.occurred_at
    assert (case.entries_since_last_session, case.days_without_entries) == (3, 1)
    assert case.craving_spark == (3, *[None] * 10, 6, None, None)


def test_without_any_entry_days_count_from_enrolment(cast: Cast) -> None:
    ivy = people.patient(cast.clinic, "ivy", "Ivy", treated_by=cast.dr_okafor, since=at(5, 23))

    case = of(looks(cast.dr_okafor), ivy)

    assert (case.last_entry_at, case.entries_since_last_session) == (None, 0)
    assert (case.days_without_entries, case.craving_spark) == (5, GAP)
    assert (case.level_of_care, case.next_session) == (None, None)


def test_days_begin_when_the_patients_do(cast: Cast) -> None:
    Patient.objects.filter(pk=cast.maya.pk).update(day_starts_hour=3)
    wrote(cast.maya, "craving", at(1, 22), intensity=6)

    case = of(looks(cast.dr_okafor, now=at(0, 2)), cast.maya)

    assert (case.days_without_entries, case.craving_spark[-1]) == (0, 6)


def test_a_craving_recalled_late_is_a_gap_and_the_entry_counts_as_one(cast: Cast) -> None:
    wrote(cast.maya, "craving", at(4), intensity=9, later=timedelta(hours=50))

    case = of(looks(cast.dr_okafor), cast.maya)

    assert case.craving_spark == GAP
    assert (case.entries_since_last_session, case.days_without_entries) == (1, 4)
    assert case.gap_text == "1 craving in 14 days, told too late for figures"


def test_an_empty_spark_tells_silence_from_none(cast: Cast) -> None:
    silent = of(looks(cast.dr_okafor), cast.maya).gap_text
    wrote(cast.maya, "mood", at(2))

    assert silent == "Nothing logged in 14 days"
    assert of(looks(cast.dr_okafor), cast.maya).gap_text == "No craving logged in 14 days"


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_days_are_the_patients_own(cast: Cast, zone: str) -> None:
    far = people.patient(cast.clinic, "far", "Far", treated_by=cast.dr_okafor, zone=zone)
    wrote(far, "craving", NOW - timedelta(minutes=5), intensity=5, time_zone=zone)
    wrote(far, "craving", NOW - timedelta(days=13), intensity=2, time_zone=zone)

    case = of(looks(cast.dr_okafor), far)

    assert case.craving_spark == (2, *[None] * 12, 5)
    assert case.days_without_entries == 0


def test_the_most_urgent_stand_first(cast: Cast) -> None:
    ana, ben, caro, dev, eli = members(cast, 5)
    for user in (ana, dev, eli):
        wrote(user, "mood", at(0, 8))
    people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=eli)
    wrote(ben, "mood", at(3, 8))
    wrote(caro, "craving", at(2), intensity=7)
    wrote(dev, "craving", at(5), intensity=10)
    CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=at(1))

    names = [case.name for case in looks(cast.dr_okafor)]

    assert names == ["Caro", "Ben", "Eli", "Ana", "Dev"]


def opened(user: User, *, audience: str = "care_team", level: int = 2) -> SafetyEvent:
    return SafetyEvent.objects.create(
        patient_id=user.pk, audience=audience, level=level, opened_at=at(1), last_sign_at=at(1)
    )


def test_open_safety_events_come_before_all_else(cast: Cast) -> None:
    ana, ben, caro = members(cast, 3)
    wrote(caro, "craving", at(1), intensity=10)
    opened(ben)
    cleared = opened(ana)
    SafetyEvent.objects.filter(pk=cleared.pk).update(
        acknowledged_at=NOW, acknowledged_by=cast.dr_lind, reason="seen_in_person"
    )

    found = looks(cast.dr_okafor)

    assert [case.name for case in found][:2] == ["Ben", "Caro"]
    assert [of(found, user).open_safety_events for user in (ana, ben, caro)] == [0, 1, 0]


def test_an_event_for_the_therapist_alone_is_not_counted_for_others(cast: Cast) -> None:
    (ana,) = members(cast, 1)
    opened(ana, audience="individual_therapist_only")

    assert of(looks(cast.dr_okafor), ana).open_safety_events == 0
    assert of(looks(cast.dr_lind), ana).open_safety_events == 1


def test_the_next_session_may_be_of_their_group(cast: Cast) -> None:
    group = people.group(cast.dr_okafor, cast.maya)
    later = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)
    soon = people.session(
        cast.dr_okafor, starts_at=NOW + timedelta(minutes=5), with_group=group, kind="group"
    )

    def coming() -> UUID | None:
        found = of(looks(cast.dr_okafor), cast.maya).next_session
        return found.id if found else None

    assert coming() == soon.pk
    GroupMembership.objects.update(ends_at=at(1))
    assert coming() == later.pk
    later.cancelled_at = NOW
    later.save(update_fields=["cancelled_at"])
    assert coming() is None


def test_a_colleagues_session_is_not_ones_own_next(cast: Cast) -> None:
    people.joins(cast.maya.pk, cast.dr_lind)
    people.session(cast.dr_lind, starts_at=SESSION_AT, with_patient=cast.maya)

    assert of(looks(cast.dr_okafor), cast.maya).next_session is None


@pytest.mark.parametrize("why", ["no consent", "team ended", "discharged", "other clinic"])
def test_who_may_not_be_seen_is_not_there(cast: Cast, why: str) -> None:
    match why:
        case "no consent":
            revoke_treatment_consents(patient_id=cast.maya.pk, now=at(1))
        case "team ended":
            CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=at(1))
        case "discharged":
            Patient.objects.filter(pk=cast.maya.pk).update(discharged_at=at(1))
        case _:
            elsewhere = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
            User.objects.filter(pk=cast.maya.pk).update(clinic=elsewhere)

    assert looks(cast.dr_okafor) == []
    assert not AccessLogEntry.objects.filter(data_class="caseload").exists()


def test_each_patient_shown_stands_in_the_access_log(cast: Cast) -> None:
    ana, ben = members(cast, 2)

    looks(cast.dr_okafor)

    rows = AccessLogEntry.objects.filter(action="read", data_class="caseload")
    assert {row.patient_id for row in rows} == {ana.pk, ben.pk, cast.maya.pk}
    assert {(row.actor_id, row.reason) for row in rows} == {(cast.dr_okafor.pk, "caseload")}


def test_what_is_not_shared_with_the_viewer_moves_no_number(cast: Cast) -> None:
    (ana,) = members(cast, 1)
    wrote(ana, "craving", at(1, 8), intensity=9, share="private")
    wrote(ana, "craving", at(1, 9), intensity=8, share="individual_therapist_only")
    seen = wrote(ana, "craving", at(5, 9), intensity=2)

    leader = of(looks(cast.dr_okafor), ana)
    therapist = of(looks(cast.dr_lind), ana)

    assert (leader.last_entry_at, leader.entries_since_last_session) == (seen.occurred_at, 1)
    assert max(peak for peak in leader.craving_spark if peak is not None) == 2
    assert (therapist.entries_since_last_session, therapist.craving_spark[-2]) == (2, 8)


def test_what_was_deleted_is_gone(cast: Cast) -> None:
    from journaling.entries.edit import delete_entry

    entry = wrote(cast.maya, "craving", at(1), intensity=9)
    delete_entry(chart=people.own_chart(cast.maya), entry_id=entry.id, rev=1, now=NOW)

    case = of(looks(cast.dr_okafor), cast.maya)

    assert (case.last_entry_at, case.craving_spark) == (None, GAP)


def test_statements_do_not_grow_with_patients(cast: Cast) -> None:
    counts = []
    for count in (1, 12):
        shown = members(cast, count) if count == 12 else [cast.maya]
        for user in shown:
            wrote(user, "craving", at(1))
        with CaptureQueriesContext(connection) as seen:
            looks(cast.dr_okafor)
        counts.append(len(seen))

    assert counts[0] == counts[1] <= 7
