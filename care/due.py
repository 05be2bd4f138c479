"""What is due of the patients of a caseload, and what of the clinic's list of resources is stale.

What a screening is for, a medicine's name and the words of a task are left out: they stand on the
page of the patient, which whoever acts on it opens.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery

from backend.kit.timezones import local_day
from care.access.data_categories import DataCategory
from care.access.roster import Roster
from care.clinic.resources import STALE_AFTER
from care.constants import PLAN_REVIEWED_EVERY
from care.models import (
    CarePlan,
    CareTask,
    Certification,
    CommunityResource,
    Episode,
    MedicationVersion,
    Screening,
    User,
)
from care.programme.read import CERTIFIED_LEVELS

#: So many days ahead a refill is told: a week, for a prescription to be made (ours).
REFILL_TOLD_AHEAD = timedelta(days=7)


class DueKind(StrEnum):
    """What is due."""

    CERTIFICATION = "certification"
    PLAN_REVIEW = "plan_review"
    SCREENING = "screening"
    REFILL = "refill"
    TASK = "task"


DUE_KINDS = [kind.value for kind in DueKind]


@dataclass(frozen=True, slots=True)
class DuePatientItem:
    """One thing that is due of one patient, and since or by when; None where no day is set."""

    patient_id: UUID
    name: str
    kind: DueKind
    on: date | None


@dataclass(frozen=True, slots=True)
class StaleResource:
    """A resource that nobody checked for 180 days; None of which nobody ever did."""

    id: UUID
    name: str
    verified_at: date | None


@dataclass(frozen=True, slots=True)
class DueReport:
    """What is due of a clinician's patients, soonest first, and what is stale of the clinic's."""

    items: Sequence[DuePatientItem]
    stale: Sequence[StaleResource]


def due_report(*, viewer: User, roster: Roster | None, now: datetime) -> DueReport:
    """Report what is due; of patients only those of a roster, which administrators have none of.

    Each patient's part stands in it only where their consent covers that part for the viewer.
    The number of statements does not grow with the number of patients.
    """
    today = local_day(now, viewer.clinic.time_zone)
    items = [] if roster is None else list(_items(roster, today))
    items.sort(key=lambda one: (one.on or date.max, one.name.casefold(), one.kind, one.patient_id))
    return DueReport(items, stale_resources(viewer=viewer, today=today))


def stale_resources(*, viewer: User, today: date) -> list[StaleResource]:
    """List the clinic's resources that nobody checked lately, those never checked first."""
    rows = CommunityResource.objects.filter(
        Q(verified_at__isnull=True) | Q(verified_at__lt=today - STALE_AFTER),
        clinic_id=viewer.clinic_id, is_withdrawn=False,
    ).order_by(F("verified_at").asc(nulls_first=True), "name", "id")  # fmt: skip
    return [StaleResource(row.pk, row.name, row.verified_at) for row in rows]


def _items(roster: Roster, today: date) -> Iterator[DuePatientItem]:
    names = {person.patient_id: person.name for person in roster.people}
    in_programme = roster.ids_with_consent(DataCategory.PROGRAMME)
    medical = roster.ids_with_consent(DataCategory.MEDICAL)
    found: Iterable[tuple[DueKind, Iterable[tuple[UUID, date | None]]]] = (
        (DueKind.CERTIFICATION, _certifications(in_programme, today)),
        (DueKind.PLAN_REVIEW, _plan_reviews(in_programme, today)),
        (DueKind.TASK, _tasks(in_programme, today)),
        (DueKind.SCREENING, _screenings(medical)),
        (DueKind.REFILL, _refills(medical, today)),
    )
    for kind, rows in found:
        for patient_id, on in rows:
            yield DuePatientItem(patient_id, names[patient_id], kind, on)


def _certifications(ids: list[UUID], today: date) -> list[tuple[UUID, date | None]]:
    """List open episodes whose certification has run out, or was never made."""
    newest = Certification.objects.filter(episode_id=OuterRef("pk")).order_by("-renew_by")
    rows = Episode.objects.filter(
        patient_id__in=ids, discharged_on__isnull=True, level_of_care__in=CERTIFIED_LEVELS
    ).annotate(renew_by=Subquery(newest.values("renew_by")[:1]))
    return [
        (row.patient_id, row.renew_by or row.admitted_on)
        for row in rows
        if row.renew_by is None or row.renew_by < today
    ]


def _plan_reviews(ids: list[UUID], today: date) -> list[tuple[UUID, date | None]]:
    """List open episodes whose newest plan was last reviewed too long ago, or is missing."""
    newest = CarePlan.objects.filter(patient_id=OuterRef("patient_id")).order_by("-rev")
    rows = Episode.objects.filter(patient_id__in=ids, discharged_on__isnull=True).annotate(
        reviewed_on=Subquery(newest.values("reviewed_on")[:1])
    )
    due = [
        (row.patient_id, row.reviewed_on + PLAN_REVIEWED_EVERY if row.reviewed_on else None)
        for row in rows
    ]
    return [(patient_id, on) for patient_id, on in due if on is None or on < today]


def _tasks(ids: list[UUID], today: date) -> list[tuple[UUID, date | None]]:
    """List what is not done and whose day has come."""
    rows = CareTask.objects.filter(patient_id__in=ids, done_at__isnull=True, due_on__lte=today)
    return list(rows.values_list("patient_id", "due_on"))


def _screenings(ids: list[UUID]) -> list[tuple[UUID, date | None]]:
    """List what was asked for and is not done."""
    rows = Screening.objects.filter(patient_id__in=ids, done_on__isnull=True)
    return list(rows.values_list("patient_id", "asked_on"))


def _refills(ids: list[UUID], today: date) -> list[tuple[UUID, date | None]]:
    """List what is taken and has to be filled again within a week, by its newest version."""
    rows = MedicationVersion.objects.filter(patient_id__in=ids).order_by("medication_id", "-rev")
    newest: dict[UUID, MedicationVersion] = {}
    for row in rows.only("patient_id", "medication_id", "rev", "refill_by", "ends_on", "is_ended"):
        newest.setdefault(row.medication_id, row)
    return [
        (row.patient_id, row.refill_by)
        for row in newest.values()
        if row.refill_by is not None
        and row.refill_by <= today + REFILL_TOLD_AHEAD
        and not row.is_ended
        and (row.ends_on is None or row.ends_on >= today)
    ]
