"""Counts for a support person: days and skills, never an entry."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet

from care.access import TEAM
from care.family import Shared
from journaling.models import Entry
from journaling.queries.skills import skills_of_clinic
from journaling.queries.sums import USED


@dataclass(frozen=True, slots=True)
class Practised:
    """A skill by the name that the clinic gives it, and how often it was practised."""

    name: str
    times: int


def days_logged(*, shared: Shared, first: date, last: date, now: datetime) -> set[date]:
    """Find the local days with an entry that is shared with the care team and counts.

    :raises care.family.NotNamed: the consent does not name ``days_logged``.
    """
    shared.require("days_logged")
    if connection.vendor == "postgresql":
        rows = _asked("SELECT local_date FROM journaling_supported_days(%s, %s, %s, %s)",
                      shared, now, first, last)  # fmt: skip
        return {day for (day,) in rows}
    return set(_counting(shared, first, last).values_list("local_date", flat=True))


def skills_practised(*, shared: Shared, first: date, last: date, now: datetime) -> list[Practised]:
    """List the skills that were practised, most often first, then by name.

    A skill that the clinic's catalogue does not have is left out: its name might be anybody's.

    :raises care.family.NotNamed: the consent does not name ``skills_practised``.
    """
    shared.require("skills_practised")
    if connection.vendor == "postgresql":
        rows = _asked("SELECT skill, times FROM journaling_supported_skills(%s, %s, %s, %s)",
                      shared, now, first, last)  # fmt: skip
    else:
        practised = _counting(shared, first, last).filter(USED, kind="skill_practice")
        rows = list(practised.values_list("skill").annotate(times=Count("kind")))
    return _named(rows, shared)


def _named(rows: Iterable[Any], shared: Shared) -> list[Practised]:
    known = skills_of_clinic(clinic_id=shared.clinic_id)
    found = [Practised(known[skill].name, times) for skill, times in rows if skill in known]
    return sorted(found, key=lambda one: (-one.times, one.name.casefold()))


def _asked(statement: str, shared: Shared, now: datetime, first: date, last: date) -> list[Any]:
    """Ask the database's own function, which judges the consent again."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [shared.consent_id, now, first, last])
        return list(cursor.fetchall())


def _counting(shared: Shared, first: date, last: date) -> "QuerySet[Entry]":
    return Entry.objects.filter(
        patient_id=shared.patient_id, share__in=sorted(TEAM), counts=True,
        deleted_at__isnull=True, local_date__gte=first, local_date__lte=last,
    )  # fmt: skip
