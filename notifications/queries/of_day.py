"""What became of the reminders of one local day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from care.access import Chart
from notifications.identity import NUDGE
from notifications.models import Occurrence
from notifications.queries.prompted import day_asked

State = Occurrence.State
#: Held back, and yet not on purpose: there was nowhere to send it.
NOWHERE = "no_device"
#: Shown by another message that came at the same time.
BUNDLED = "bundled"


class Became(StrEnum):
    """What is known of a reminder; one that did not arrive was not ignored."""

    WAITING = "waiting"
    SENT = "sent"
    HELD_BACK = "held_back"
    NOT_DELIVERED = "not_delivered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OfDay:
    """One reminder of a day that has come, under the id and tag that the phone knows."""

    id: UUID
    reminder_id: UUID
    purpose: str
    is_nudge: bool
    due_at: datetime
    expires_at: datetime
    tag: str
    state: Became
    opened_at: datetime | None
    answered_at: datetime | None


def reminders_of_day(*, chart: Chart, day: date, now: datetime) -> list[OfDay]:
    """List the reminders of a day of the patient's whose time has come, earliest first.

    What lies ahead is left to the plan: nothing is made up that has not happened.
    """
    mine = Occurrence.objects.filter(patient_id=chart.patient_id)
    both = (day, day + timedelta(days=1))
    rows = (
        mine.filter(local_day__in=both, due_at__lte=now)
        .order_by("due_at", "slot", "id")
        .values_list(
            "id", "reminder__id", "purpose", "slot", "due_at", "not_after", "tag", "state",
            "reason", "opened_at", "answered_at", "local_day", "session",
        )
    )  # fmt: skip
    return [
        OfDay(
            id=pk,
            reminder_id=reminder,
            purpose=purpose,
            is_nudge=slot >= NUDGE,
            due_at=due_at,
            expires_at=not_after,
            tag=tag,
            state=_became(state, reason),
            opened_at=opened_at,
            answered_at=answered_at,
        )
        for pk, reminder, purpose, slot, due_at, not_after, tag, state, reason, opened_at,
        answered_at, planned_on, session in rows
        if day_asked(planned_on, slot, session, starts_hour=chart.day_starts_hour) == day
    ]  # fmt: skip


def _became(state: str, reason: str) -> Became:
    if state in Occurrence.OPEN:
        return Became.WAITING
    if state == State.SENT or (state == State.SKIPPED and reason == BUNDLED):
        return Became.SENT
    if state == State.SKIPPED and reason != NOWHERE:
        return Became.HELD_BACK
    return Became.UNKNOWN if state == State.UNKNOWN else Became.NOT_DELIVERED
