"""What a caseload needs from the programme: the session before, and the session to come."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max, OuterRef, Q, Subquery

from care.access import on_team
from care.models import Attendance, TreatmentSession
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
    """Find for each patient the viewer's next session with them, within four weeks."""
    rows = (
        TreatmentSession.objects.filter(
            Q(patient_id__in=roster.ids)
            | Q(
                on_team(now, "group__memberships__"),
                group__memberships__patient_id__in=roster.ids,
            ),
            clinician_id=roster.viewer_id,
            starts_at__gte=now,
            starts_at__lt=now + AHEAD,
            cancelled_at__isnull=True,
        )
        .order_by("starts_at", "id")
        .values_list("patient_id", "group__memberships__patient_id", "id", "kind", "starts_at")
    )
    found: dict[UUID, Upcoming] = {}
    for alone, in_group, session_id, kind, starts_at in rows:
        found.setdefault(alone or in_group, Upcoming(session_id, kind, starts_at))
    return found


def last_attended_at(*, now: datetime) -> Subquery:
    """Build the instant of the newest session that the patient of a row (its key) attended."""
    attended = Attendance.objects.filter(
        patient_id=OuterRef("pk"), status__in=Attendance.ATTENDED, session__starts_at__lte=now
    )
    return Subquery(
        attended.order_by().values("patient_id").annotate(at=Max("session__starts_at")).values("at")
    )
