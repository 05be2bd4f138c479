"""Read skill assignments: of one patient with progress, or the open ones of a roster."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from backend.kit.db.compiled import CompiledQuery
from backend.kit.errors import NotThere
from backend.kit.languages import ENGLISH, Sentence
from backend.kit.timezones import monday_of
from care.access.chart import Chart
from care.access.roster import Roster
from journaling import formatting
from journaling.entries.kinds.registry import KINDS
from journaling.entries.read import visible_entries
from journaling.models import Assignment
from journaling.skills import catalogue
from journaling.skills.catalogue import Skill

#: Where the clinician's words lie; part of what a ciphertext is bound to.
NOTE_COLUMN = Assignment.HANDLING.sealed["note"].bound_to
OUTCOME_NOTE_COLUMN = Assignment.HANDLING.sealed["outcome_note"].bound_to
_COLUMNS = (
    "id", "skill", "per_week", "since", "until", "note", "assigned_at", "assigned_by", "ended_at",
    "outcome", "outcome_note", "rev",
)  # fmt: skip


class NoSuchAssignment(NotThere):
    """This chart shows no assignment of that id; whether another patient has one, nobody learns."""


_THIS_WEEK = Sentence("{n} of {most} this week", "{n} de {most} esta semana")
_GIVEN_TODAY = Sentence("given today", "desde hoy")
_PRACTISED = Sentence("practised on {n} of {days}", "practicada en {n} de {days}")
_IN_CRAVING = Sentence("in a craving", "en un momento de ganas")
_OF_THEM_IN_CRAVING = Sentence("{n} of them in a craving", "{n} de ellos en un momento de ganas")


@dataclass(frozen=True, slots=True)
class AssignmentProgress:
    """How often the skill was practised since it was assigned.

    ``days`` and ``practised_days`` are days of the patient's calendar that are over, and today once
    it was practised; ``this_week`` counts practices from Monday on. A skill used in a craving was
    practised: ``in_craving`` are the days with it in a craving. Practice recalled by more than
    48 hours is not counted.
    """

    practised_days: int
    days: int
    this_week: int
    per_week: int
    in_craving: int = 0

    @property
    def text(self) -> str:
        """Return it in words, as staff read it."""
        return self.spoken(ENGLISH)

    def spoken(self, language: str) -> str:
        """Return it in words of one language."""
        week = _THIS_WEEK.format(language, n=self.this_week, most=self.per_week)
        if not self.days:
            return f"{week}; {_GIVEN_TODAY.spoken(language)}"
        days = formatting.DAYS.count(self.days, language)
        summary = f"{week}; {_PRACTISED.format(language, n=self.practised_days, days=days)}"
        if not self.in_craving:
            return summary
        of_them = _IN_CRAVING if self.practised_days == 1 else _OF_THEM_IN_CRAVING
        return f"{summary}, {of_them.format(language, n=self.in_craving)}"


@dataclass(frozen=True, slots=True)
class AssignedSkill:
    """One assignment; ``until`` is None while no end is set.

    ``outcome`` is how it ended, None while nobody said so; ``outcome_note`` is "" without words.
    """

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
    outcome: str | None
    outcome_note: str
    rev: int
    progress: AssignmentProgress


@dataclass(frozen=True, slots=True)
class OpenAssignment:
    """One open assignment; ``since`` and ``until`` are days of the patient's calendar."""

    patient_id: UUID
    skill: str
    per_week: int
    since: date
    until: date | None
    id: UUID


@dataclass(frozen=True, slots=True)
class _Practice:
    skill: str
    day: date
    in_craving: bool


def open_assignment_condition(today: date) -> Q:
    """Build the condition under which an assignment still stands on a local day of the patient."""
    return Q(ended_at__isnull=True) & (Q(until__isnull=True) | Q(until__gte=today))


def assignments_of(
    *, chart: Chart, skills: Mapping[str, Skill], today: date, with_ended: bool = False
) -> list[AssignedSkill]:
    """List the patient's assignments, the newest first, with progress; two statements at most.

    Practice counts by its skill, whether or not the phone named the assignment, and only what the
    chart shows. ``skills`` gives the names that the clinic uses.
    """
    rows = Assignment.objects.filter(patient_id=chart.patient_id)
    if not with_ended:
        rows = rows.filter(open_assignment_condition(today))
    return _with_progress(
        chart, list(rows.order_by("-assigned_at", "-id").values(*_COLUMNS)), skills, today
    )


def assignment_of(
    *, chart: Chart, assignment_id: UUID, skills: Mapping[str, Skill], today: date
) -> AssignedSkill:
    """Find one assignment, ended or not.

    :raises NoSuchAssignment: when there is none that this chart shows.
    """
    rows = Assignment.objects.filter(patient_id=chart.patient_id, id=assignment_id)
    assigned = _with_progress(chart, list(rows.values(*_COLUMNS)), skills, today)
    if not assigned:
        raise NoSuchAssignment
    return assigned[0]


def open_assignments_of_roster(*, roster: Roster, today: date) -> list[OpenAssignment]:
    """List what is assigned to each patient of a roster on that day, oldest first."""
    return [OpenAssignment(*row) for row in _OPEN_ASSIGNMENTS.all(ids=roster.ids, today=today)]


def _with_progress(
    chart: Chart, rows: Sequence[dict[str, Any]], skills: Mapping[str, Skill], today: date
) -> list[AssignedSkill]:
    practices = _practices(chart, rows) if rows else []
    return [_assigned_skill(chart, row, skills, practices, today) for row in rows]


def _practices(chart: Chart, rows: Sequence[Mapping[str, Any]]) -> list[_Practice]:
    skills = {row["skill"] for row in rows}
    entries = visible_entries(chart).filter(
        Q(kind="skill_practice", skill__in=skills) | Q(kind="craving", skills__isnull=False),
        local_date__gte=min(row["since"] for row in rows),
        is_countable=True,
    )
    columns = entries.values(
        "kind", "skill", "skills", "local_date", "attempted", "able", "automatic"
    )
    return [
        _Practice(skill, row["local_date"], in_craving=row["kind"] == "craving")
        for row in columns
        for skill in KINDS[row["kind"]].from_values(row).skills_used()
        if skill in skills
    ]


def _assigned_skill(
    chart: Chart,
    row: dict[str, Any],
    skills: Mapping[str, Skill],
    practices: Iterable[_Practice],
    today: date,
) -> AssignedSkill:
    note = _open_note(chart, row.pop("note"), row["id"], NOTE_COLUMN)
    outcome_note = _open_note(chart, row.pop("outcome_note"), row["id"], OUTCOME_NOTE_COLUMN)
    known = skills.get(row["skill"])
    own = [one for one in practices if one.skill == row["skill"]]
    return AssignedSkill(
        **row,
        name=known.name if known is not None else catalogue.skill_name(row["skill"]),
        note=note,
        outcome_note=outcome_note,
        progress=_progress(row, own, today),
    )


def _progress(row: Mapping[str, Any], own: Iterable[_Practice], today: date) -> AssignmentProgress:
    last = min(filter(None, (today, row["until"])))
    practices = [one for one in own if row["since"] <= one.day <= last]
    days = {one.day for one in practices}
    monday = monday_of(today)
    # Today is not over: it counts once something was done on it.
    is_open = last == today and today not in days
    return AssignmentProgress(
        practised_days=len(days),
        days=max(0, (last - row["since"]).days + (0 if is_open else 1)),
        this_week=sum(one.day >= monday for one in practices),
        per_week=row["per_week"],
        in_craving=len({one.day for one in practices if one.in_craving}),
    )


def _open_note(chart: Chart, sealed: bytes | None, assignment_id: UUID, column: str) -> str:
    if sealed is None:
        return ""
    return chart.cipher.open(sealed, column=column, row=assignment_id).decode()


def _open_assignments_query(*, ids: list[UUID], today: date) -> Any:
    return (
        Assignment.objects.filter(open_assignment_condition(today), patient_id__in=ids)
        .order_by("since", "assigned_at", "id")
        .values_list("patient_id", "skill", "per_week", "since", "until", "id")
    )


_OPEN_ASSIGNMENTS = CompiledQuery(
    _open_assignments_query,
    ids=Assignment._meta.get_field("patient"),
    today=Assignment._meta.get_field("until"),
)
