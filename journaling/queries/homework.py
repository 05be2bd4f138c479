"""Skills given as homework, as a brief and a group's leader need them: which, since when."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from backend.kit.prepared import Prepared
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
    return [Homework(*row) for row in _HOMEWORK.all(ids=roster.ids, today=today)]


def _homework(*, ids: list[UUID], today: date) -> Any:
    return (
        Assignment.objects.filter(is_open(today), patient_id__in=ids)
        .order_by("since", "assigned_at", "id")
        .values_list("patient_id", "skill", "per_week", "since")
    )


_HOMEWORK = Prepared(
    _homework,
    ids=Assignment._meta.get_field("patient"),
    today=Assignment._meta.get_field("until"),
)
