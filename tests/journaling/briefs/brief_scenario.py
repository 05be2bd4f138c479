"""Telling a patient's weeks in a few lines, and reading the brief that comes of them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import User
from care.sessions import for_brief
from journaling.briefs.document import Brief, Section
from journaling.briefs.review import open_brief
from journaling.entries.entry import EntryValue
from journaling.entries.record import record_entry
from notifications.briefs import prompt_counter_of
from tests.cast import ZONE, own_chart

CHICAGO = ZoneInfo(ZONE)
#: A Tuesday, 10 in the morning at the clinic: the session that every brief here is for.
SESSION_AT = datetime(2026, 3, 24, 10, 0, tzinfo=CHICAGO).astimezone(UTC)
#: When the therapist looks: half an hour before.
NOW = SESSION_AT - timedelta(minutes=30)

_REQUIRED: dict[str, dict[str, Any]] = {
    "craving": {"intensity": 5, "target": "alcohol"},
    "mood": {"valence": 1},
    "skill_practice": {"skill": "slow-breathing", "attempted": True, "able": True},
    "use": {"substance": "alcohol"},
    "note": {"note": "a quiet day"},
    "daily": {},
    "pre_session": {},
    "dose": {"name": "naltrexone", "taken": True},
    "reading": {"type": "weight", "value": 70.5, "unit": "kg"},
    "meeting": {"meeting_kind": "mutual help"},
    "measure": {"instrument": "phq-9", "version": "1", "answers": {"q1": 1}},
}


def at(days_ago: int, hour: int = 12, minute: int = 0) -> datetime:
    """Find an hour of the clinic's wall clock, so many days before the session."""
    day = SESSION_AT.astimezone(CHICAGO).date() - timedelta(days=days_ago)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=CHICAGO)


def wrote(
    user: User, kind: str, when: datetime, *, later: timedelta = timedelta(0), **fields: Any
) -> EntryValue:
    """Record an entry as the patient's phone would, so much later than it occurred."""
    body = {
        "id": str(uuid4()),
        "kind": kind,
        "occurred_at": when.isoformat(),
        "recorded_at": (when + later).isoformat(),
        "time_zone": ZONE,
    }
    if kind == "measure":
        body["completed_at"] = when.isoformat()
    received = max(when + later, when)
    entry, _ = record_entry(
        chart=own_chart(user), sent=body | _REQUIRED[kind] | fields, now=received
    )
    return entry


def read(clinician: User, session_id: UUID, *, now: datetime = NOW) -> Brief:
    """Open the brief as the clinician's request would."""
    session = for_brief.individual_session(viewer=clinician, session_id=session_id, now=now)
    chart = open_chart(
        viewer=clinician, patient_id=session.patient_id, what=DataCategory.BRIEF, now=now
    )
    return open_brief(chart=chart, session=session, prompts=prompt_counter_of(chart), now=now)


def section(found: Brief, key: str) -> Section:
    """Find one section of a brief."""
    return next(part for part in found.sections if part.key == key)


def texts(found: Brief, key: str) -> list[str]:
    """List what one section says."""
    return [line.text for line in section(found, key).lines]


def header_text(found: Brief, name: str) -> str:
    """Return what the line of this name in the header says."""
    return next(line.text for line in section(found, "header").lines if line.name == name)


def everything(found: Brief) -> str:
    """Join all that a brief says, titles included."""
    return "\n".join(
        text for part in found.sections for text in (part.title, *(x.text for x in part.lines))
    )
