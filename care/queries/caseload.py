"""What a caseload needs from the programme: the session before, and the session to come."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q, Subquery

from backend.kit.prepared import Prepared
from care.access import DataClass, on_team
from care.models import Attendance, Patient, TreatmentSession, User
from care.roster import Roster

#: A session further ahead is not "the next one" that a caseload speaks of.
AHEAD = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The next session of the clinician with one patient, alone or in a group."""

    id: UUID
    kind: str
    starts_at: datetime


def next_sessions(*, roster: Roster, now: datetime) -> dict[UUID, Upcoming]:
    """Find for each patient the viewer's next session with them, within four weeks.

    Of whom consent doesn't cover sessions nothing is told.
    """
    ids = roster.covering(DataClass.SESSIONS)
    rows = _SESSIONS.all(ids=ids, viewer=roster.viewer_id, now=now, before=now + AHEAD)
    found: dict[UUID, Upcoming] = {}
    for alone, in_group, session_id, kind, starts_at in rows:
        found.setdefault(alone or in_group, Upcoming(session_id, kind, starts_at))
    return found


def _sessions(*, ids: list[UUID], viewer: UUID, now: datetime, before: datetime) -> Any:
    return (
        TreatmentSession.objects.filter(
            Q(patient_id__in=ids)
            | Q(on_team(now, "group__memberships__"), group__memberships__patient_id__in=ids),
            clinician_id=viewer,
            starts_at__gte=now,
            starts_at__lt=before,
            cancelled_at__isnull=True,
        )
        .order_by("starts_at", "id")
        .values_list("patient_id", "group__memberships__patient_id", "id", "kind", "starts_at")
    )


_SESSIONS = Prepared(
    _sessions,
    ids=Patient._meta.pk,
    viewer=User._meta.pk,
    now=TreatmentSession._meta.get_field("starts_at"),
    before=TreatmentSession._meta.get_field("starts_at"),
)


def last_attended_at(*, now: datetime) -> Subquery:
    """Build the instant of the newest session that the patient of a row (its key) attended."""
    attended = Attendance.objects.filter(
        patient_id=OuterRef("pk"), status__in=Attendance.ATTENDED, session__starts_at__lte=now
    )
    return Subquery(
        attended.order_by().values("patient_id").annotate(at=Max("session__starts_at")).values("at")
    )


def attended_between(*, after: str, until: str, kind: str | None = None) -> Exists:
    """Build whether the patient of a row attended a session after one instant of it, up to another.

    ``after`` and ``until`` name columns of the row, which has a ``patient_id``; without a kind
    every session counts.
    """
    found = Attendance.objects.filter(
        patient_id=OuterRef("patient_id"), status__in=Attendance.ATTENDED,
        session__starts_at__gt=OuterRef(after), session__starts_at__lte=OuterRef(until),
    )  # fmt: skip
    return Exists(found if kind is None else found.filter(session__kind=kind))
