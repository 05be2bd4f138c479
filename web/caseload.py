"""Everybody whom the clinician treats, by need."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from backend.kit.zones import local_day
from care import roster
from care.models import TreatmentSession, User
from care.queries.ahead import individual_ahead
from care.queries.waiting import waiting_of
from journaling import queries, wording
from journaling.limits import SILENT_DAYS
from journaling.queries import Case
from web.gate import clinicians
from web.patient import brief_address
from web.showing import show


@dataclass(frozen=True, slots=True)
class Row:
    """One patient of the caseload, in words."""

    patient_id: UUID
    name: str
    level: str
    next_at: str
    is_in_group: bool
    brief_at: str
    entries: str
    silence: str
    is_silent: bool
    events: str
    spark: tuple[int | None, ...]
    known: int
    gap: str


@clinicians
@require_GET
def caseload(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """List them, most urgent first; each one shown is logged."""
    people = roster.open_caseload(viewer=viewer, now=now)
    own = individual_ahead(viewer=viewer, patients=people.ids, now=now)
    rows = [
        _row(case, viewer, now, own.get(case.patient_id))
        for case in queries.caseload(roster=people, now=now)
    ]
    return show(
        request, "web/caseload.html", viewer=viewer, here="caseload", rows=rows,
        waiting=waiting_of(viewer=viewer, shown=people.ids, now=now),
    )  # fmt: skip


def _row(case: Case, viewer: User, now: datetime, own: UUID | None) -> Row:
    zone, coming = viewer.clinic.time_zone, case.next_session
    open_events = case.open_safety_events
    return Row(
        patient_id=case.patient_id,
        name=case.name,
        level=wording.spoken(case.level_of_care).capitalize() if case.level_of_care else "",
        next_at=wording.moment(coming.starts_at, zone) if coming else "",
        is_in_group=coming is not None and coming.kind == TreatmentSession.Kind.GROUP,
        brief_at=brief_address(case.patient_id, own),
        entries=_entries(case),
        silence=_silence(case, now, zone),
        is_silent=case.days_without_entries >= SILENT_DAYS,
        events=wording.counted(open_events, "open safety event") if open_events else "",
        spark=case.craving_spark,
        known=sum(value is not None for value in case.craving_spark),
        gap=case.gap_text,
    )


def _entries(case: Case) -> str:
    n = case.entries_since_last_session
    return f"{wording.counted(n, 'entry', 'entries')} since the last session"


def _silence(case: Case, now: datetime, zone: str) -> str:
    if case.last_entry_at is None:
        return "Nothing logged yet"
    if case.days_without_entries > 1:
        return f"Last entry {case.days_without_entries} days ago"
    is_today = local_day(case.last_entry_at, zone) == local_day(now, zone)
    return f"Last entry {'today' if is_today else 'yesterday'}"
