"""Who a patient is, for somebody who holds their chart."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from backend.kit.zones import local_day
from care.access import Chart, DataClass, on_team
from care.models import (
    CareTeamMembership,
    GroupMembership,
    Patient,
    TreatmentSession,
)
from care.queries.briefing import Stay, stay_at
from care.queries.people import calendar_of


@dataclass(frozen=True, slots=True)
class Member:
    """One of those who treat the patient now."""

    clinician_id: UUID
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class NextSession:
    """The patient's next session, of their own or of a group of theirs."""

    id: UUID
    kind: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class PatientCard:
    """Who the patient is, where they stand, and who treats them."""

    id: UUID
    name: str
    time_zone: str
    language: str
    #: How many hours after local midnight their day begins.
    day_starts_hour: int
    enrolled_at: datetime | None
    discharged_at: datetime | None
    #: The day on the clinic's calendar, by which stays are counted.
    today: date
    stay: Stay | None
    care_team: tuple[Member, ...]
    next_session: NextSession | None


def patient_card(*, chart: Chart, now: datetime) -> PatientCard:
    """Read who the patient is, in a fixed number of statements."""
    patient = Patient.objects.select_related("user__clinic").get(pk=chart.patient_id)
    user = patient.user
    today = local_day(now, user.clinic.time_zone)
    return PatientCard(
        id=user.pk,
        name=user.display_name,
        time_zone=user.time_zone,
        language=user.language,
        day_starts_hour=patient.day_starts_hour,
        enrolled_at=patient.enrolled_at,
        discharged_at=patient.discharged_at,
        today=today,
        stay=stay_at(chart=chart, day=today),
        care_team=_team(chart, now),
        next_session=_next_session(chart, now),
    )


def today_of(*, chart: Chart, now: datetime) -> date:
    """Tell which day it is for the patient."""
    return calendar_of(chart=chart).local.day_of(now)


def _team(chart: Chart, now: datetime) -> tuple[Member, ...]:
    rows = (
        CareTeamMembership.objects.filter(on_team(now), patient_id=chart.patient_id)
        .order_by("starts_at", "id")
        .values_list("clinician_id", "clinician__display_name", "role")
    )
    return tuple(Member(*row) for row in rows)


def _next_session(chart: Chart, now: datetime) -> NextSession | None:
    if not chart.covers(DataClass.SESSIONS):
        return None
    groups = GroupMembership.objects.filter(on_team(now), patient_id=chart.patient_id)
    row = (
        TreatmentSession.objects.filter(
            Q(patient_id=chart.patient_id) | Q(group_id__in=groups.values("group_id")),
            starts_at__gt=now,
            cancelled_at__isnull=True,
        )
        .order_by("starts_at", "id")
        .values_list("id", "kind", "starts_at")
        .first()
    )
    return NextSession(*row) if row is not None else None
