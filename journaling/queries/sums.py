"""Sums over several patients, made by the database: rows stay where they are.

Every query takes a roster and asks one statement, however many patients stand in it. All columns
but ``wanted_to`` and its like are read from the index ``entry_timeline`` alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from care.roster import Roster
from journaling.models import Entry

#: Diary codes 4 to 7, in the database's words: ``journaling.kinds.skill_practice.is_used``.
USED = Q(automatic=True) | (Q(attempted=True) & ~Q(able=False))
#: Wanted to, and neither used nor tried in vain: code 2.
WANTED = Q(wanted_to=True) & ~USED & ~Q(attempted=True)


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of one patient. ``counted`` leaves out what was recalled too late."""

    patient_id: UUID
    on: date
    entries: int
    counted: int
    craving_peak: int | None


@dataclass(frozen=True, slots=True)
class Practice:
    """What one patient did with one skill on one local day."""

    patient_id: UUID
    on: date
    skill: str
    done: int
    helped: int
    answered: int
    wanted: int


def days_of(*, roster: Roster, since: datetime, until: datetime) -> list[Day]:
    """Sum up each local day with entries; the craving is the strongest that counts."""
    rows = (
        shown(roster, since, until)
        .values_list("patient_id", "local_date")
        .annotate(
            entries=Count("row"),
            counted=Count("row", filter=Q(counts=True)),
            craving_peak=Max("intensity", filter=Q(counts=True, kind="craving")),
        )
    )
    return [Day(*row) for row in rows]


def practice_of(*, roster: Roster, since: datetime, until: datetime) -> list[Practice]:
    """Sum up each skill of each local day: used, helped, and wanted but not used."""
    rows = (
        shown(roster, since, until)
        .filter(kind="skill_practice", counts=True)
        .values_list("patient_id", "local_date", "skill")
        .annotate(
            done=Count("row", filter=USED),
            was_helpful=Count("row", filter=USED & Q(helped=True)),
            answered=Count("row", filter=USED & Q(helped__isnull=False)),
            wanted=Count("row", filter=WANTED),
        )
    )
    return [Practice(*row) for row in rows]


def shown(roster: Roster, since: datetime, until: datetime) -> "QuerySet[Entry, Any]":
    """Take the entries of that time which the roster shows."""
    return Entry.objects.filter(
        roster.shown(), deleted_at__isnull=True, occurred_at__gte=since, occurred_at__lt=until
    )


def by_patient(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    """Sort rows by whose they are."""
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.patient_id, []).append(row)
    return found
