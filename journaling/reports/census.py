"""How many people are in treatment, by level of care, with small counts hidden.

On the first day of a month alone: of two neighbouring days the difference would be one person.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from django.conf import settings

from care.models import User
from care.programme.placement import LEVELS
from care.programme.treatments import days_by_level
from journaling.reports.small_cells import SMALLEST_CELL, Relation, hidden_cells

_ROW = "census"


@dataclass(frozen=True, slots=True)
class LevelCensus:
    """One level of care; None is hidden. ``median_days`` are since admission to this level."""

    level: str
    patients: int | None
    median_days: int | None


@dataclass(frozen=True, slots=True)
class Census:
    """The people in treatment on a day."""

    on: date
    levels: Sequence[LevelCensus]
    patients: int | None
    smallest_cell: int


def census(*, viewer: User, on: date) -> Census:
    """Count who was in treatment on the first day of the month of ``on``; nobody is named."""
    first = on.replace(day=1)
    days: dict[str, list[int]] = defaultdict(list)
    for level, count in days_by_level(clinic_id=viewer.clinic_id, on=first):
        days[level].append(count)
    least = max(SMALLEST_CELL, settings.SMALLEST_CELL)
    levels = list(dict.fromkeys([*LEVELS, *sorted(days)]))
    counts = {(_ROW, level): len(days[level]) for level in levels}
    total = (_ROW, "")
    relation = Relation(total, tuple(counts))
    hidden = hidden_cells(counts | {total: sum(counts.values())}, [relation], least=least)
    return Census(
        first,
        [
            LevelCensus(level, None, None)
            if (_ROW, level) in hidden
            else LevelCensus(
                level, len(days[level]), round(median(days[level])) if days[level] else None
            )
            for level in levels
        ],
        None if total in hidden else sum(counts.values()),
        least,
    )
