"""How a patient's reminders fared: each in words, with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.kit.keyset import page_of
from notifications.models import Device, Occurrence
from notifications.telling import tell

#: Where a page ends: the reminder's time, and its id for those of one instant.
Position = tuple[datetime, UUID]

ENDED = {
    "signed_out": "off: the phone was signed out",
    "removed": "off: the patient removed it",
    "replaced": "off: the app on this phone has a newer address",
    "address_moved": "off: somebody else signed in on this phone",
    "stale": "off: not used for a month, and another phone was",
    "dead": "off: not used for nine months",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One reminder. What only the patient and the care team may know is None for others."""

    id: UUID
    due_at: datetime
    became: str
    words: str
    sent_at: datetime | None
    purpose: str | None
    opened_at: datetime | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Phone:
    """One device that reminders go or went to, without its name or address."""

    platform: str
    since: datetime
    last_seen_at: datetime
    words: str


def history_page(
    *,
    patient_id: UUID,
    may_know: bool,
    limit: int,
    position: Position | None = None,
    is_backwards: bool = False,
) -> Sequence[Line]:
    """List a patient's reminders, newest first; ``may_know`` adds what the care team may see.

    The caller has asked ``care.access`` for the right to it.
    """
    rows = Occurrence.objects.filter(patient_id=patient_id)
    found = page_of(rows, limit=limit, position=position, is_backwards=is_backwards, at="due_at")
    return [_line(row, may_know=may_know) for row in found]


def phones_of(*, patient_id: UUID) -> Sequence[Phone]:
    """List the devices that reminders go or went to, newest first."""
    return [
        Phone(
            row.platform,
            row.created_at,
            row.last_seen_at,
            "on" if row.ended_at is None else ENDED.get(row.ended_reason, _ended(row)),
        )
        for row in Device.objects.filter(patient_id=patient_id).order_by("-created_at", "id")[:20]
    ]


def _ended(row: Device) -> str:
    return f"off: the push service does not know its address any more ({row.ended_reason})"


def _line(row: Occurrence, *, may_know: bool) -> Line:
    told = tell(state=row.state, reason=row.reason, slot=row.slot, may_know=may_know)
    return Line(
        row.pk,
        row.due_at,
        told.became,
        told.words,
        row.sent_at,
        row.purpose if may_know else None,
        row.opened_at if may_know else None,
        row.answered_at if may_know else None,
    )
