"""Sums over several patients, made by the database: rows stay where they are.

Every query takes a roster and asks one statement, however many patients stand in it. All columns
but ``wanted_to`` and its like are read from the index ``entry_timeline`` alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Count, Field, Max, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast

from backend.kit.prepared import Prepared
from care.roster import Levels, Roster, shared
from journaling.models import Entry

#: What every statement about a roster's entries is asked with.
PARAMETERS: "dict[str, Field[Any, Any]]" = {
    "ids": Entry._meta.get_field("patient"),
    "primary": Entry._meta.get_field("patient"),
    "since": Entry._meta.get_field("occurred_at"),
    "until": Entry._meta.get_field("occurred_at"),
}
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
    #: Cravings that were recalled too late to stand in the peak.
    cravings_apart: int = 0


@dataclass(frozen=True, slots=True)
class Practice:
    """What one patient did with one skill on one local day.

    A skill that was used in a craving was practised; whether it helped was not asked there.
    """

    patient_id: UUID
    on: date
    skill: str
    done: int
    helped: int
    answered: int
    wanted: int
    in_craving: bool = False


def days_of(*, roster: Roster, since: datetime, until: datetime) -> list[Day]:
    """Sum up each local day with entries; the craving is the strongest that counts."""
    rows = _days(roster.levels).all(**asked(roster, since, until))
    return [Day(*row) for row in rows]


def practice_of(*, roster: Roster, since: datetime, until: datetime) -> list[Practice]:
    """Sum up each skill of each local day: used, helped, and wanted but not used.

    Skills used in cravings come with them, a row each.
    """
    rows = _practice(roster.levels).all(**asked(roster, since, until))
    return [
        Practice(patient_id, on, slug, *rest)
        for patient_id, on, skill, *rest in rows
        for slug in (orjson.loads(skill) if rest[-1] else (skill,))
    ]


def asked(roster: Roster, since: datetime, until: datetime) -> dict[str, Any]:
    """Name the values of ``PARAMETERS`` for the entries of that time which the roster shows."""
    return {"ids": roster.ids, "primary": roster.primary, "since": since, "until": until}


def shown(
    levels: Levels, *, ids: list[UUID], primary: list[UUID], since: datetime, until: datetime
) -> "QuerySet[Entry, Any]":
    """Take the entries of that time which a roster of these levels shows."""
    return Entry.objects.filter(
        shared(levels, primary),
        patient_id__in=ids,
        deleted_at__isnull=True,
        shown_at__gte=since,
        shown_at__lt=until,
    )


@cache
def _days(levels: Levels) -> Prepared:
    def build(**values: Any) -> Any:
        return (
            shown(levels, **values)
            .values_list("patient_id", "local_date")
            .annotate(
                entries=Count("kind"),
                counted=Count("kind", filter=Q(counts=True)),
                craving_peak=Max("intensity", filter=Q(counts=True, kind="craving")),
                cravings_apart=Count("kind", filter=Q(counts=False, kind="craving")),
            )
        )

    return Prepared(build, **PARAMETERS)


@cache
def _practice(levels: Levels) -> Prepared:
    def build(**values: Any) -> Any:
        rows = shown(levels, **values).filter(counts=True)
        practised = (
            rows.filter(kind="skill_practice")
            .values_list("patient_id", "local_date", "skill")
            .annotate(
                done=Count("kind", filter=USED),
                was_helpful=Count("kind", filter=USED & Q(helped=True)),
                answered=Count("kind", filter=USED & Q(helped__isnull=False)),
                wanted=Count("kind", filter=WANTED),
                in_craving=Value(value=False),
            )
        )
        in_cravings = (
            rows.filter(kind="craving", skills__isnull=False)
            .annotate(
                names=Cast("skills", TextField()),
                done=Value(1),
                was_helpful=Value(0),
                answered=Value(0),
                wanted=Value(0),
                in_craving=Value(value=True),
            )
            .values_list(
                "patient_id", "local_date", "names", "done", "was_helpful", "answered", "wanted",
                "in_craving",
            )
        )  # fmt: skip
        return practised.union(in_cravings, all=True)

    return Prepared(build, **PARAMETERS)


def by_patient(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    """Sort rows by whose they are."""
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.patient_id, []).append(row)
    return found
