"""Skills given as homework, with how practice went so far."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from care.access import Chart
from journaling import wording
from journaling.catalogue import Skill
from journaling.kinds.skill_practice import is_used
from journaling.models import Assignment
from journaling.queries.entries import visible
from journaling.queries.skills import is_open

#: Where the clinician's words lie; part of what a ciphertext is bound to.
NOTE_COLUMN = "journaling.Assignment.note"
_COLUMNS = (
    "id", "skill", "per_week", "since", "until", "note", "assigned_at", "assigned_by", "ended_at",
    "rev",
)  # fmt: skip


class NoSuchAssignment(Exception):
    """This chart shows no assignment of that id; whether another patient has one, nobody learns."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How often the skill was practised since it was assigned.

    ``days`` and ``practised_days`` are days of the patient's calendar; ``this_week`` counts
    practices from Monday on. Practice recalled by more than 48 hours is not counted.
    """

    practised_days: int
    days: int
    this_week: int
    per_week: int

    @property
    def text(self) -> str:
        """Tell it in words."""
        days = wording.counted(self.days, "day")
        return (
            f"{self.this_week} of {self.per_week} this week; "
            f"practised on {self.practised_days} of {days}"
        )


@dataclass(frozen=True, slots=True)
class Assigned:
    """One assignment; ``until`` is None while no end is set."""

    id: UUID
    skill: str
    name: str
    per_week: int
    since: date
    until: date | None
    note: str
    assigned_at: datetime
    assigned_by: UUID
    ended_at: datetime | None
    rev: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class _Practice:
    skill: str
    day: date


def assignments_of(
    *, chart: Chart, skills: Mapping[str, Skill], today: date, with_ended: bool = False
) -> list[Assigned]:
    """List the patient's assignments, the newest first, with progress; two statements at most.

    Practice counts by its skill, whether or not the phone named the assignment, and only what the
    chart shows. ``skills`` gives the names that the clinic uses.
    """
    rows = Assignment.objects.filter(patient_id=chart.patient_id)
    if not with_ended:
        rows = rows.filter(is_open(today))
    return _told(chart, list(rows.order_by("-assigned_at", "-id").values(*_COLUMNS)), skills, today)


def assignment_of(
    *, chart: Chart, assignment_id: UUID, skills: Mapping[str, Skill], today: date
) -> Assigned:
    """Find one assignment, ended or not.

    :raises NoSuchAssignment: when there is none that this chart shows.
    """
    rows = Assignment.objects.filter(patient_id=chart.patient_id, id=assignment_id)
    found = _told(chart, list(rows.values(*_COLUMNS)), skills, today)
    if not found:
        raise NoSuchAssignment
    return found[0]


def _told(
    chart: Chart, rows: Sequence[dict[str, Any]], skills: Mapping[str, Skill], today: date
) -> list[Assigned]:
    practices = _practices(chart, rows) if rows else []
    return [_assigned(chart, row, skills, practices, today) for row in rows]


def _practices(chart: Chart, rows: Sequence[Mapping[str, Any]]) -> list[_Practice]:
    found = visible(chart).filter(
        kind="skill_practice",
        skill__in={row["skill"] for row in rows},
        local_date__gte=min(row["since"] for row in rows),
    )
    facts = found.filter(counts=True).values(
        "skill", "local_date", "attempted", "able", "automatic"
    )
    return [_Practice(str(row["skill"]), row["local_date"]) for row in facts if is_used(row)]


def _assigned(
    chart: Chart,
    row: dict[str, Any],
    skills: Mapping[str, Skill],
    practices: Iterable[_Practice],
    today: date,
) -> Assigned:
    sealed = row.pop("note")
    note = "" if sealed is None else _opened(chart, sealed, row["id"])
    last = min(filter(None, (today, row["until"])))
    days = [one.day for one in practices if one.skill == row["skill"]]
    days = [day for day in days if row["since"] <= day <= last]
    monday = today - timedelta(days=today.weekday())
    known = skills.get(row["skill"])
    return Assigned(
        **row,
        name=known.name if known is not None else wording.skill(row["skill"]),
        note=note,
        progress=Progress(
            practised_days=len(set(days)),
            days=max(0, (last - row["since"]).days + 1),
            this_week=sum(day >= monday for day in days),
            per_week=row["per_week"],
        ),
    )


def _opened(chart: Chart, sealed: bytes, assignment_id: UUID) -> str:
    return chart.cipher.open(sealed, column=NOTE_COLUMN, row=assignment_id).decode()
