"""Read the entries of a whole roster at once.

Sums per day and per skill, what patients marked for a session, and their answers about safety.

Every query takes a roster and asks one statement, however many patients stand in it. All columns
but ``wanted_to`` and its like are read from the index ``entry_timeline`` alone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from django.db.models import (
    Count,
    Exists,
    Field,
    Max,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast

from backend.kit.db.compiled import CompiledQuery
from care.access.chart import Chart
from care.access.roster import LevelSets, Roster, shown_to_viewer
from care.sessions.for_brief import GroupSession
from journaling.briefs.read import unread_rows_of_roster
from journaling.entries.entry import ENTRY_COLUMNS, EntryValue, entry_from_row
from journaling.entries.kinds.registry import KINDS
from journaling.entries.read import visible_entries
from journaling.models import BriefMirror, Entry

#: What every statement about a roster's entries is asked with.
PARAMETERS: "dict[str, Field[Any, Any]]" = {
    "ids": Entry._meta.get_field("patient"),
    "primary": Entry._meta.get_field("patient"),
    "since": Entry._meta.get_field("occurred_at"),
    "until": Entry._meta.get_field("occurred_at"),
}
#: Diary codes 4 to 7, in the database's words:
#: ``journaling.entries.kinds.skill_practice.SkillPractice.is_skill_used``.
SKILL_WAS_USED = Q(automatic=True) | (Q(attempted=True) & ~Q(able=False))
#: Wanted to, and neither used nor tried in vain: code 2.
SKILL_WAS_WANTED = Q(wanted_to=True) & ~SKILL_WAS_USED & ~Q(attempted=True)
#: What answers about safety, medicine and meetings are derived from; no words among them.
_ANSWER_COLUMNS = (
    "patient_id", "kind", "urges", "coming_in", "safety_check", "instrument", "version", "answers",
    "substance", "target", "outcome", "medication_taken", "taken", "local_date", "is_countable",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DayTotals:
    """One local day of one patient. ``counted`` leaves out what was recalled too late."""

    patient_id: UUID
    on: date
    entries: int
    counted: int
    craving_peak: int | None
    #: Cravings that were recalled too late to stand in the peak.
    cravings_apart: int = 0


@dataclass(frozen=True, slots=True)
class PracticeTotals:
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


@dataclass(frozen=True, slots=True)
class MemberAnswers:
    """One entry's structured answers: what the rules of safety look at, the way in, the body.

    ``medication_taken`` is of a diary card and ``taken`` of a dose; None where it was not answered.
    """

    patient_id: UUID
    kind: str
    on: date
    signals: dict[str, Any]
    coming_in: dict[str, int]
    is_countable: bool
    medication_taken: bool | None
    taken: bool | None


@dataclass(frozen=True, slots=True)
class UnreadEntries:
    """What occurred before a group met and is still reported: how much, whose, and what of it.

    ``missed`` are those of ``marked`` that came after the member's last brief was reviewed.
    """

    counts: Counter[UUID]
    answers: list[MemberAnswers]
    marked: dict[UUID, list[EntryValue]]
    missed: frozenset[UUID]


def days_of_roster(*, roster: Roster, since: datetime, until: datetime) -> list[DayTotals]:
    """Sum up each local day with entries; the craving is the strongest that counts."""
    rows = _days_query(roster.levels).all(**query_parameters(roster, since, until))
    return [DayTotals(*row) for row in rows]


def practice_of_roster(*, roster: Roster, since: datetime, until: datetime) -> list[PracticeTotals]:
    """Sum up each skill of each local day: used, helped, and wanted but not used.

    Skills used in cravings come with them, a row each.
    """
    rows = _practice_query(roster.levels).all(**query_parameters(roster, since, until))
    return [
        PracticeTotals(patient_id, on, slug, *rest)
        for patient_id, on, skill, *rest in rows
        for slug in (orjson.loads(skill) if rest[-1] else (skill,))
    ]


def unread_of_roster(
    *, roster: Roster, session: GroupSession, since: datetime, until: datetime
) -> UnreadEntries:
    """Find it for everybody in the roster, as ``journaling/briefs/read.py`` defines it."""
    rows = unread_rows_of_roster(roster=roster, group_id=session.group_id, since=since, until=until)
    ciphers = {person.patient_id: person for person in roster.people}
    answers: list[MemberAnswers] = []
    marked: dict[UUID, list[EntryValue]] = {}
    missed: set[UUID] = set()
    for patient_id, row, is_missed in rows:
        columns = dict(zip(ENTRY_COLUMNS, row, strict=True))
        answers.append(_answers_in_row(patient_id, columns))
        if columns["discuss"] and columns["session"] in {None, session.id}:
            entry = entry_from_row(row, ciphers[patient_id].cipher)
            marked.setdefault(patient_id, []).append(entry)
            missed |= {entry.id} if is_missed else set()
    for entries in marked.values():
        entries.sort(key=lambda entry: (entry.timeline_at, entry.id))
    counts = Counter(patient_id for patient_id, _, _ in rows)
    return UnreadEntries(counts, answers, marked, frozenset(missed))


def marked_entries(
    *, roster: Roster, session_id: UUID, since: datetime, until: datetime
) -> tuple[dict[UUID, list[EntryValue]], bool]:
    """List what each patient marked "bring this to my session", oldest first.

    What they wrote for another session than this one is left out. Also whether any of them changed
    a brief: marks may be struck.
    """
    rows = _marked_query(roster.levels).all(
        **query_parameters(roster, since, until), session_id=session_id
    )
    ciphers = {person.patient_id: person for person in roster.people}
    opened_ciphers: dict[UUID, Any] = {}
    by_patient: dict[UUID, list[EntryValue]] = {}
    for patient_id, *row, _ in rows:
        if patient_id not in opened_ciphers:
            opened_ciphers[patient_id] = ciphers[patient_id].cipher
        by_patient.setdefault(patient_id, []).append(
            entry_from_row(tuple(row), opened_ciphers[patient_id])
        )
    return by_patient, any(row[-1] for row in rows)


def answers_of_roster(*, roster: Roster, since: datetime, until: datetime) -> list[MemberAnswers]:
    """List the answers about safety, on the way into a session, on medicine and on meetings."""
    rows = [
        dict(zip(_ANSWER_COLUMNS, row, strict=True))
        for row in _answers_query(roster.levels).all(**query_parameters(roster, since, until))
    ]
    return [_answers_in_row(row["patient_id"], row) for row in rows]


def query_parameters(roster: Roster, since: datetime, until: datetime) -> dict[str, Any]:
    """Build the values of ``PARAMETERS`` for the entries of that time which the roster shows."""
    return {"ids": roster.ids, "primary": roster.primary, "since": since, "until": until}


def entries_shown(
    levels: LevelSets, *, ids: list[UUID], primary: list[UUID], since: datetime, until: datetime
) -> "QuerySet[Entry, Any]":
    """Select the entries of that time which a roster of these levels shows."""
    return Entry.objects.filter(
        shown_to_viewer(levels, primary),
        patient_id__in=ids,
        deleted_at__isnull=True,
        timeline_at__gte=since,
        timeline_at__lt=until,
    )


@cache
def _days_query(levels: LevelSets) -> CompiledQuery:
    def build(**values: Any) -> Any:
        return (
            entries_shown(levels, **values)
            .values_list("patient_id", "local_date")
            .annotate(
                entries=Count("kind"),
                counted=Count("kind", filter=Q(is_countable=True)),
                craving_peak=Max("intensity", filter=Q(is_countable=True, kind="craving")),
                cravings_apart=Count("kind", filter=Q(is_countable=False, kind="craving")),
            )
        )

    return CompiledQuery(build, **PARAMETERS)


@cache
def _practice_query(levels: LevelSets) -> CompiledQuery:
    def build(**values: Any) -> Any:
        rows = entries_shown(levels, **values).filter(is_countable=True)
        practised = (
            rows.filter(kind="skill_practice")
            .values_list("patient_id", "local_date", "skill")
            .annotate(
                done=Count("kind", filter=SKILL_WAS_USED),
                was_helpful=Count("kind", filter=SKILL_WAS_USED & Q(helped=True)),
                answered=Count("kind", filter=SKILL_WAS_USED & Q(helped__isnull=False)),
                wanted=Count("kind", filter=SKILL_WAS_WANTED),
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

    return CompiledQuery(build, **PARAMETERS)


def group_by_patient(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    """Sort rows by whose they are."""
    by_patient: dict[UUID, list[Any]] = {}
    for row in rows:
        by_patient.setdefault(row.patient_id, []).append(row)
    return by_patient


def _answers_in_row(patient_id: UUID, row: Mapping[str, Any]) -> MemberAnswers:
    return MemberAnswers(
        patient_id, row["kind"], row["local_date"],
        KINDS[row["kind"]].from_values(row).safety_signals(), row["coming_in"] or {},
        row["is_countable"], row["medication_taken"], row["taken"],
    )  # fmt: skip


@cache
def _marked_query(levels: LevelSets) -> CompiledQuery:
    def build(*, session_id: UUID, **values: Any) -> Any:
        mirrors = BriefMirror.objects.filter(patient_id=OuterRef("patient_id"), words__isnull=False)
        return (
            entries_shown(levels, **values)
            .filter(Q(session__isnull=True) | Q(session=session_id), discuss=True)
            .annotate(has_mirror=Exists(mirrors))
            .order_by("timeline_at", "row")
            .values_list("patient_id", *ENTRY_COLUMNS, "has_mirror")
        )

    return CompiledQuery(build, **PARAMETERS, session_id=Entry._meta.get_field("session"))


@cache
def _answers_query(levels: LevelSets) -> CompiledQuery:
    def build(**values: Any) -> Any:
        return (
            entries_shown(levels, **values)
            .filter(
                Q(kind__in=["daily", "pre_session", "measure", "use", "dose", "meeting"])
                | Q(kind="craving", outcome__in=["used", "used_less"])
                | Q(safety_check__isnull=False)
            )
            .values_list(*_ANSWER_COLUMNS)
        )

    return CompiledQuery(build, **PARAMETERS)


def measures_of_roster(*, roster: Roster, since: datetime, until: datetime) -> dict[UUID, datetime]:
    """Return when each patient filled in a questionnaire last, of what the roster shows."""
    rows = entries_shown(roster.levels, **query_parameters(roster, since, until))
    return dict(
        rows.filter(kind="measure").values_list("patient_id").annotate(last=Max("timeline_at"))
    )


def measures_of_chart(*, chart: Chart, since: datetime, until: datetime) -> dict[UUID, datetime]:
    """Return when the patient of a chart filled in a questionnaire last, of what it shows."""
    rows = visible_entries(chart).filter(
        kind="measure", timeline_at__gte=since, timeline_at__lt=until
    )
    return dict(rows.values_list("patient_id").annotate(last=Max("timeline_at")))
