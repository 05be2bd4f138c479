"""Skills given as homework, as a brief and a group's leader need them: which, since when."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from care.roster import Roster
from journaling.models import Assignment
from journaling.queries.skills import is_open


@dataclass(frozen=True, slots=True)
class Homework:
    """One open assignment; ``since`` is a day of the patient's calendar."""

    patient_id: UUID
    skill: str
    per_week: int
    since: date


def homework_of_all(*, roster: Roster, today: date) -> list[Homework]:
    """List what is assigned to each patient of a roster on that day, oldest first."""
    return _told(Assignment.objects.filter(is_open(today), patient_id__in=roster.ids))


def _told(rows: "QuerySet[Assignment]") -> list[Homework]:
    found = rows.order_by("since", "assigned_at", "id")
    return [Homework(*row) for row in found.values_list("patient_id", "skill", "per_week", "since")]
