"""What comes, for a phone to plan by itself: what the engine would send if nothing changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from care.access import Chart
from notifications.foretelling import Foretold
from notifications.upcoming import upcoming_of


@dataclass(frozen=True, slots=True)
class Coming:
    """One occurrence to come, under the name and the tag that it will have."""

    id: UUID
    reminder_id: UUID
    purpose: str
    due_at: datetime
    expires_at: datetime
    tag: str


def coming(*, chart: Chart, hours: int, now: datetime) -> Sequence[Coming]:
    """List what will be shown in the next hours, soonest first, for a phone to plan by itself.

    What would stay silent by a rule that is known beforehand is left out, nudges are in, and a
    snoozed occurrence stands at its new time. Asked again after anything changed, it may differ.
    """
    until = now + timedelta(hours=hours)
    found = upcoming_of(patient=chart.patient_id, until=until, now=now)
    return [_told(one) for one in found]


def _told(one: Foretold) -> Coming:
    item = one.item
    return Coming(item.id, one.series.id, item.purpose, one.show_at, item.not_after, item.tag)
