"""A patient's card, names of people, and patients of whom their clinician is shown nothing."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from backend.kit.timezones import local_day
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_reads_many
from care.access.rules import membership_holds
from care.models import (
    CareTeamMembership,
    GroupMembership,
    Patient,
    SupportPerson,
    TreatmentSession,
    User,
)
from care.people.profile import patient_clock
from care.programme.read import EpisodeOnDay, episode_on_day


@dataclass(frozen=True, slots=True)
class CardTeamMember:
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
    """Who the patient is, their episode of care, and who treats them."""

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
    stay: EpisodeOnDay | None
    care_team: tuple[CardTeamMember, ...]
    next_session: NextSession | None


@dataclass(frozen=True, slots=True)
class UnshownPatient:
    """A patient who is treated but not shown: not enrolled yet, or without a consent in force."""

    patient_id: UUID
    name: str
    is_enrolled: bool


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
        stay=episode_on_day(chart=chart, day=today),
        care_team=_team(chart, now),
        next_session=_next_session(chart, now),
    )


def patient_today(*, chart: Chart, now: datetime) -> date:
    """Return the patient's local day."""
    return patient_clock(chart=chart).local.day_of(now)


def patient_name(*, patient_id: UUID) -> str:
    """Read the name that a patient wants to be called by; the caller treats them."""
    return User.objects.values_list("display_name", flat=True).get(pk=patient_id)


def staff_names(*, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Find the names of members of staff; nobody else's is returned."""
    staff = User.objects.filter(pk__in=set(ids), role__in=[User.Role.CLINICIAN, User.Role.ADMIN])
    return dict(staff.values_list("pk", "display_name"))


def supporter_names(*, chart: Chart, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Find the names of the support persons in a patient's access log.

    It is what the patient called them when they agreed: another patient may call the same person
    otherwise, which is nobody else's to know. The names of staff stand in the log itself, as they
    were; another patient who was refused is named to nobody.
    """
    named = SupportPerson.objects.filter(
        patient_id=chart.patient_id, supporter_id__in=set(ids)
    ).order_by("accepted_at", "id")
    return dict(named.values_list("supporter_id", "consent__recipient"))


def unshown_patients(
    *, viewer: User, shown: Collection[UUID], now: datetime
) -> list[UnshownPatient]:
    """List the patients whom the clinician treats beside those who are shown, by name; logged.

    Whoever was discharged is left out, as in the caseload.
    """
    rows = (
        CareTeamMembership.objects.filter(
            membership_holds(now),
            Q(patient__discharged_at__isnull=True) | Q(patient__discharged_at__gt=now),
            clinician_id=viewer.pk,
        )
        .exclude(patient_id__in=shown)
        .order_by("patient__user__display_name", "patient_id")
        .values_list("patient_id", "patient__user__display_name", "patient__enrolled_at")
    )
    unshown = {pk: UnshownPatient(pk, name, enrolled is not None) for pk, name, enrolled in rows}
    log_reads_many(
        viewer=viewer, patient_ids=unshown, what=DataCategory.PROFILE, reason="caseload", now=now
    )
    return list(unshown.values())


def _team(chart: Chart, now: datetime) -> tuple[CardTeamMember, ...]:
    rows = (
        CareTeamMembership.objects.filter(membership_holds(now), patient_id=chart.patient_id)
        .order_by("starts_at", "id")
        .values_list("clinician_id", "clinician__display_name", "role")
    )
    return tuple(CardTeamMember(*row) for row in rows)


def _next_session(chart: Chart, now: datetime) -> NextSession | None:
    if not chart.covers(DataCategory.SESSIONS):
        return None
    groups = GroupMembership.objects.filter(membership_holds(now), patient_id=chart.patient_id)
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
