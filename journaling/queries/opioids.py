"""When a patient last told of opioid use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from journaling.kinds import KINDS, craving
from journaling.models import Entry
from journaling.safety import rules
from journaling.safety.rules import OPIOID_BREAK_DAYS

_COLUMNS = ("id", "kind", "occurred_at", "local_date", "substance", "target", "outcome", "urges")


@dataclass(frozen=True, slots=True)
class Use:
    """One entry that tells of opioid use: which, when, and on which local day."""

    id: UUID
    at: datetime
    day: date


def break_days(*, patient_id: UUID, uses: Sequence[Use]) -> dict[UUID, int]:
    """Count for each opioid use the days since the one before it, in one statement.

    From ``OPIOID_BREAK_DAYS`` on, or where none is known, it is that number: an unknown tolerance
    is taken for a lower one.
    """
    if not uses:
        return {}
    first = min(use.day for use in uses) - timedelta(days=OPIOID_BREAK_DAYS - 1)
    known = _known(patient_id, first, max(use.day for use in uses))
    return {use.id: _since_last(use, known) for use in uses}


def _since_last(use: Use, known: Sequence[Use]) -> int:
    days = [
        (use.day - other.day).days
        for other in known
        if other.id != use.id and (other.day, other.at) < (use.day, use.at)
    ]
    return min([*days, OPIOID_BREAK_DAYS])


def _known(patient_id: UUID, since: date, until: date) -> list[Use]:
    rows = Entry.objects.filter(
        Q(kind="use")
        | Q(kind="craving", outcome__in=craving.USED)
        | Q(kind="daily", urges__isnull=False),
        patient_id=patient_id,
        deleted_at__isnull=True,
        local_date__range=(since, until),
    ).values(*_COLUMNS)
    return [
        Use(row["id"], row["occurred_at"], row["local_date"]) for row in rows if _is_of_opioid(row)
    ]


def _is_of_opioid(row: dict[str, Any]) -> bool:
    return rules.names_opioid(KINDS[row["kind"]].signals(row))
