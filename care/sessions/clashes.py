"""Clashes of a planned session with others of the same patient, group, therapist or place."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from care.access.data_categories import DataCategory
from care.access.log import log_reads_many
from care.access.rules import membership_holds
from care.accounts.names import namesake_key
from care.models import CareTeamMembership, GroupMembership, TreatmentSession, User

TimeSpan = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Clash:
    """One session that overlaps.

    ``why`` names what both have in common: patient, group, member (somebody of the group),
    therapist or place. ``whom`` is the patient or the group.
    """

    why: str
    whom_id: UUID | None
    whom: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    place: str
    clinician: str


@dataclass(frozen=True, slots=True)
class PlannedTimes:
    """What is about to be planned; sessions ``beside`` it don't count, as the one that moves."""

    patient_id: UUID | None
    group_id: UUID | None
    place: str
    spans: Sequence[TimeSpan]
    beside: Collection[UUID] = ()


def find_clashes(*, viewer: User, planned: PlannedTimes, now: datetime) -> list[Clash]:
    """List the sessions that overlap with it, by start; the patients named are logged.

    Compared are the viewer's own sessions, those of their patients with anybody, and those of the
    clinic's groups: no other patient's session is the viewer's to know of.
    """
    rows = [
        row for row in _candidate_sessions(viewer, planned, now) if _overlaps(row, planned.spans)
    ]
    together = _with_shared_members(rows, planned) if rows else frozenset()
    clashing = [
        (row, why) for row in rows if (why := _clash_reason(row, viewer, planned, together))
    ]
    log_reads_many(
        viewer=viewer, patient_ids={row.patient_id for row, _ in clashing if row.patient_id},
        what=DataCategory.SESSIONS, reason="choosing", now=now,
    )  # fmt: skip
    return [_clash(row, why) for row, why in clashing]


def _candidate_sessions(
    viewer: User, planned: PlannedTimes, now: datetime
) -> list[TreatmentSession]:
    """Read the sessions within the whole time that is asked about."""
    if not planned.spans:
        return []
    treated = CareTeamMembership.objects.filter(membership_holds(now), clinician_id=viewer.pk)
    return list(
        TreatmentSession.objects.filter(
            Q(clinician_id=viewer.pk)
            | Q(group__isnull=False)
            | Q(patient_id__in=treated.values("patient_id")),
            clinic_id=viewer.clinic_id, cancelled_at__isnull=True,
            starts_at__lt=max(ends for _, ends in planned.spans),
            ends_at__gt=min(starts for starts, _ in planned.spans),
        )
        .exclude(pk__in=list(planned.beside))
        .select_related("clinician", "patient__user", "group")
        .order_by("starts_at", "id")
    )  # fmt: skip


def _overlaps(row: TreatmentSession, spans: Sequence[TimeSpan]) -> bool:
    return any(row.starts_at < ends and row.ends_at > starts for starts, ends in spans)


def _with_shared_members(
    rows: Sequence[TreatmentSession], planned: PlannedTimes
) -> frozenset[UUID]:
    """Find the sessions at which somebody is expected who would be expected here as well."""
    is_individual = planned.patient_id is not None
    members = GroupMembership.objects.filter(
        **(
            {"patient_id": planned.patient_id, "group_id__in": {row.group_id for row in rows}}
            if is_individual
            else {"group_id": planned.group_id, "patient_id__in": {row.patient_id for row in rows}}
        )
    ).values_list("group_id" if is_individual else "patient_id", "starts_at", "ends_at")
    times = list(members)
    return frozenset(
        row.pk for row in rows for member_key, since, until in times
        if member_key == (row.group_id if is_individual else row.patient_id)
        and since <= row.starts_at and (until is None or until > row.starts_at)
    )  # fmt: skip


def _clash_reason(
    row: TreatmentSession, viewer: User, planned: PlannedTimes, together: frozenset[UUID]
) -> str:
    place = namesake_key(planned.place)
    reasons = {
        "patient": planned.patient_id is not None and row.patient_id == planned.patient_id,
        "group": planned.group_id is not None and row.group_id == planned.group_id,
        "member": row.pk in together,
        "therapist": row.clinician_id == viewer.pk,
        "place": bool(place) and namesake_key(row.place) == place,
    }
    return next((why for why, is_so in reasons.items() if is_so), "")


def _clash(row: TreatmentSession, why: str) -> Clash:
    patient, group = row.patient, row.group
    return Clash(
        why=why,
        whom_id=row.patient_id or row.group_id,
        whom=patient.user.display_name if patient else group.name if group else "",
        kind=row.kind,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        place=row.place,
        clinician=row.clinician.display_name,
    )
