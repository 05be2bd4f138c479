"""The next occurrence of a reminder: its id and tag, and when it is due.

Pushes are spread: the engine takes an occurrence some minutes after the time that was planned.
"""

import zlib
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid5

from django.conf import settings

from backend.kit.db.bulk import uuid_hex
from notifications.models.reminder import Purpose, Reminder
from notifications.reminders.plan import ReminderPlan
from notifications.reminders.recurrence import HandledSlot, find_next_slot
from notifications.reminders.sessions import (
    SESSION_HORIZON,
    PatientSession,
    SessionsByPatient,
    find_next_announced,
    sessions_of_patients,
)

#: Google asks senders to keep away from these minutes around each quarter of an hour.
CROWDED_MINUTES = (13, 14, 0, 1, 2)
#: How long after the quarter a reminder goes out instead, fixed for each, in seconds.
SPREAD_LEAST_SECONDS, SPREAD_MOST_SECONDS = 121, 420
#: With a shorter window than this a reminder is exact.
SPREAD_MIN_WINDOW_MINUTES = 15
#: The exact minute matters for these.
UNSPREAD_PURPOSES = frozenset({Purpose.SESSION, Purpose.DOSE})
#: By how much a spread reminder may be behind its time at most.
LONGEST_SPREAD = timedelta(minutes=2, seconds=SPREAD_MOST_SECONDS)
#: The slot of a nudge is the minute that it repeats plus this.
NUDGE_SLOT = 2000
_OCCURRENCE_NAMESPACE = UUID("0d1f1a5e-6a55-5c0b-9a3e-6f0f9d7f5b1c")


class NextDue(NamedTuple):
    """The occurrence to come. ``due_at``, when the engine takes it, includes ``spread`` seconds."""

    due_at: datetime | None
    day: date | None
    slot: int | None
    spread: int
    session: UUID | None

    @property
    def handled(self) -> HandledSlot | None:
        """Return its day and slot, as the last handled one when its series goes on."""
        return None if self.day is None or self.slot is None else (self.day, self.slot)

    def columns(self) -> dict[str, object]:
        """Return it as columns of a reminder."""
        return {f"next_{name}": value for name, value in self._asdict().items()}


NO_NEXT = NextDue(None, None, None, 0, None)
NEXT_COLUMNS = tuple(f"next_{name}" for name in NextDue._fields)


def compute_next_due(
    plan: ReminderPlan,
    *,
    name: UUID,
    zone_name: str,
    patient_sessions: Sequence[PatientSession],
    after: datetime,
    handled: HandledSlot | None,
) -> NextDue:
    """Compute what comes of a plan later than ``after`` and beyond the one handled last."""
    if plan.before_minutes is not None:
        before = timedelta(minutes=plan.before_minutes)
        patient_session = find_next_announced(
            patient_sessions, before=before, after=after, handled=handled
        )
        if patient_session is None:
            return NO_NEXT
        due_at, day, slot = (
            patient_session.starts_at - before,
            patient_session.day,
            patient_session.minute,
        )
        session: UUID | None = patient_session.session
    else:
        next_slot = find_next_slot(plan.rule, zone_name=zone_name, after=after, handled=handled)
        if next_slot is None:
            return NO_NEXT
        day, slot, due_at = next_slot
        session = None
    spread = spread_seconds(plan.purpose, name, due_at, plan.expires_minutes)
    return NextDue(due_at + timedelta(seconds=spread), day, slot, spread, session)


def spread_seconds(purpose: str, name: UUID, due_at: datetime, expires_minutes: int) -> int:
    """Compute by how many seconds a push is delayed, so that not all come on the quarter.

    On the phone itself it may stand at the exact time; see ``reminders/upcoming``.
    """
    minute = due_at.minute % 15
    if (
        minute not in CROWDED_MINUTES
        or purpose in UNSPREAD_PURPOSES
        or expires_minutes < SPREAD_MIN_WINDOW_MINUTES
        or not settings.REMINDER_SPREAD
    ):
        return 0
    to_quarter = (15 - minute if minute > 2 else -minute) * 60
    own_delay = SPREAD_LEAST_SECONDS + zlib.crc32(name.bytes) % (
        SPREAD_MOST_SECONDS - SPREAD_LEAST_SECONDS + 1
    )
    return to_quarter + own_delay


def shown_until(due_at: datetime, expires_minutes: int, before_minutes: int | None) -> datetime:
    """Return until when it may be shown; a session's reminder, until the session begins."""
    return due_at + timedelta(minutes=min(expires_minutes, before_minutes or expires_minutes))


def sessions_ahead(*, patients: Collection[UUID], now: datetime) -> SessionsByPatient:
    """Load the sessions that may be announced to these patients."""
    return sessions_of_patients(patients=patients, since=now, until=now + SESSION_HORIZON)


def stored_next(reminder: Reminder) -> NextDue:
    """Return the next occurrence of a reminder as stored."""
    return NextDue(*(getattr(reminder, name) for name in NEXT_COLUMNS))


def last_handled(reminder: Reminder) -> HandledSlot | None:
    """Return the day and slot of the occurrence handled last."""
    if reminder.last_day is None or reminder.last_slot is None:
        return None
    return reminder.last_day, reminder.last_slot


def search_from(reminder: Reminder, *, now: datetime) -> datetime:
    """Return the instant after which the next occurrence is searched.

    One whose time has come, but whose push is delayed by some minutes, is still to come.
    """
    if reminder.next_due_at is not None and reminder.next_due_at > now:
        unspread = reminder.next_due_at - timedelta(seconds=reminder.next_spread)
        return (
            min(now, unspread - timedelta(microseconds=1))
            if now - unspread < LONGEST_SPREAD
            else now
        )
    return now


def unspread_due_at(reminder: Reminder) -> datetime | None:
    """Return when a reminder is due next by the patient's clock; its push may be later."""
    if reminder.next_due_at is None:
        return None
    return reminder.next_due_at - timedelta(seconds=reminder.next_spread)


def occurrence_id(
    *, patient_id: UUID, reminder_id: UUID, day: date, slot: int, session: UUID | None = None
) -> UUID:
    """Return the id of an occurrence: derived, so that a phone knows it before it is due.

    The id of a session's reminder is that of the session: moved within its day, it is the same.
    """
    part = slot if session is None else f"{session}|{'nudge' if slot >= NUDGE_SLOT else 'main'}"
    return uuid5(_OCCURRENCE_NAMESPACE, f"{patient_id}|{reminder_id}|{day.isoformat()}|{part}")


def tag_of_occurrence(occurrence: UUID) -> str:
    """Return the tag by which a phone replaces a notification (at most 64 bytes, APNs' limit)."""
    return f"r-{uuid_hex(occurrence)}"


def occurrence_of_tag(tag: str) -> UUID:
    """Return the occurrence that a tag was made for: a nudge has the tag of its original."""
    return UUID(hex=tag.removeprefix("r-"))


def counterpart_slot(slot: int) -> int:
    """Return the slot of the nudge, or of the original of a nudge."""
    return slot - NUDGE_SLOT if slot >= NUDGE_SLOT else slot + NUDGE_SLOT
