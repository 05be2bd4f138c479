"""Skills given as homework, with how practice went so far."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from backend.kit.errors import NotThere
from backend.kit.zones import monday_of
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


class NoSuchAssignment(NotThere):
    """This chart shows no assignment of that id; whether another patient has one, nobody learns."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How often the skill was practised since it was assigned.

    ``days`` and ``practised_days`` are days of the patient's calendar that are over, and today once
    it was practised; ``this_week`` counts practices from Monday on. A skill used in a craving was
    practised: ``in_craving`` are the days of which a craving tells. Practice recalled by more than
    48 hours is not counted.
    """

    practised_days: int
    days: int
    this_week: int
    per_week: int
    in_craving: int = 0

    @property
    def text(self) -> str:
        """Tell it in words."""
        if not self.days:
            return f"{self.this_week} of {self.per_week} this week; given today"
        days = wording.counted(self.days, "day")
        told = (
            f"{self.this_week} of {self.per_week} this week; "
            f"practised on {self.practised_days} of {days}"
        )
        if not self.in_craving:
            return told
        of_them = "" if self.practised_days == 1 else f"{self.in_craving} of them "
        return f"{told}, {of_them}in a craving"


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
    in_craving: bool


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
    skills = {row["skill"] for row in rows}
    found = visible(chart).filter(
        Q(kind="skill_practice", skill__in=skills) | Q(kind="craving", skills__isnull=False),
        local_date__gte=min(row["since"] for row in rows),
        counts=True,
    )
    facts = found.values("kind", "skill", "skills", "local_date", "attempted", "able", "automatic")
    return [
        _Practice(skill, row["local_date"], in_craving=row["kind"] == "craving")
        for row in facts
        for skill in _used(row)
        if skill in skills
    ]


def _used(row: Mapping[str, Any]) -> Sequence[str]:
    if row["kind"] == "craving":
        return row["skills"] or ()
    return (row["skill"],) if is_used(row) else ()


def _assigned(
    chart: Chart,
    row: dict[str, Any],
    skills: Mapping[str, Skill],
    practices: Iterable[_Practice],
    today: date,
) -> Assigned:
    sealed = row.pop("note")
    note = "" if sealed is None else _opened(chart, sealed, row["id"])
    known = skills.get(row["skill"])
    own = [one for one in practices if one.skill == row["skill"]]
    return Assigned(
        **row,
        name=known.name if known is not None else wording.skill(row["skill"]),
        note=note,
        progress=_progress(row, own, today),
    )


def _progress(row: Mapping[str, Any], own: Iterable[_Practice], today: date) -> Progress:
    last = min(filter(None, (today, row["until"])))
    found = [one for one in own if row["since"] <= one.day <= last]
    days = {one.day for one in found}
    monday = monday_of(today)
    # Today is not over: it counts once something was done on it.
    is_open = last == today and today not in days
    return Progress(
        practised_days=len(days),
        days=max(0, (last - row["since"]).days + (0 if is_open else 1)),
        this_week=sum(one.day >= monday for one in found),
        per_week=row["per_week"],
        in_craving=len({one.day for one in found if one.in_craving}),
    )


def _opened(chart: Chart, sealed: bytes, assignment_id: UUID) -> str:
    return chart.cipher.open(sealed, column=NOTE_COLUMN, row=assignment_id).decode()
