"""What a group's leader is told of entries: what may be raised, and answers about safety."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Q

from backend.kit.prepared import Prepared
from care.queries.briefing import GroupSession
from care.roster import Levels, Roster
from journaling.entries import COLUMNS, Recorded, from_row
from journaling.kinds import KINDS
from journaling.models import Entry
from journaling.queries import unread
from journaling.queries.sums import PARAMETERS, asked, shown

#: What answers about safety are derived from; no words among them.
_ANSWERS = (
    "patient_id", "kind", "urges", "coming_in", "safety_check", "instrument", "version", "answers",
    "substance", "target", "outcome",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answers:
    """One entry's structured answers: what the rules of safety look at, and the way in."""

    patient_id: UUID
    signals: dict[str, Any]
    coming_in: dict[str, int]


@dataclass(frozen=True, slots=True)
class Unread:
    """What occurred before a group met and is still told: how much, whose, and what of it.

    ``missed`` are those of ``marked`` that came after the member's last brief was reviewed.
    """

    counts: Counter[UUID]
    answers: list[Answers]
    marked: dict[UUID, list[Recorded]]
    missed: frozenset[UUID]


def unread_of(*, roster: Roster, session: GroupSession, since: datetime, until: datetime) -> Unread:
    """Find it for everybody in the roster, as ``journaling/queries/unread.py`` tells."""
    found = unread.unread_of(roster=roster, group_id=session.group_id, since=since, until=until)
    ciphers = {person.patient_id: person for person in roster.people}
    answers: list[Answers] = []
    marked: dict[UUID, list[Recorded]] = {}
    missed: set[UUID] = set()
    for patient_id, row, is_missed in found:
        said = dict(zip(COLUMNS, row, strict=True))
        answers.append(_answers_in(patient_id, said))
        if said["discuss"] and said["session"] in {None, session.id}:
            entry = from_row(row, ciphers[patient_id].cipher)
            marked.setdefault(patient_id, []).append(entry)
            missed |= {entry.id} if is_missed else set()
    for entries in marked.values():
        entries.sort(key=lambda entry: (entry.shown_at, entry.id))
    counts = Counter(patient_id for patient_id, _, _ in found)
    return Unread(counts, answers, marked, frozenset(missed))


def marked_entries(
    *, roster: Roster, session_id: UUID, since: datetime, until: datetime
) -> dict[UUID, list[Recorded]]:
    """List what each patient marked "bring this to my session", oldest first.

    What they wrote for another session than this one is left out.
    """
    rows = _marked(roster.levels).all(**asked(roster, since, until), session_id=session_id)
    ciphers = {person.patient_id: person for person in roster.people}
    opened: dict[UUID, Any] = {}
    found: dict[UUID, list[Recorded]] = {}
    for patient_id, *row in rows:
        if patient_id not in opened:
            opened[patient_id] = ciphers[patient_id].cipher
        found.setdefault(patient_id, []).append(from_row(tuple(row), opened[patient_id]))
    return found


def answers_of(*, roster: Roster, since: datetime, until: datetime) -> list[Answers]:
    """List the answers about safety and on the way into a session."""
    rows = [
        dict(zip(_ANSWERS, row, strict=True))
        for row in _answers(roster.levels).all(**asked(roster, since, until))
    ]
    return [_answers_in(row["patient_id"], row) for row in rows]


def _answers_in(patient_id: UUID, row: Mapping[str, Any]) -> Answers:
    return Answers(patient_id, KINDS[row["kind"]].signals(row), row["coming_in"] or {})


@cache
def _marked(levels: Levels) -> Prepared:
    def build(*, session_id: UUID, **values: Any) -> Any:
        return (
            shown(levels, **values)
            .filter(Q(session__isnull=True) | Q(session=session_id), discuss=True)
            .order_by("shown_at", "row")
            .values_list("patient_id", *COLUMNS)
        )

    return Prepared(build, **PARAMETERS, session_id=Entry._meta.get_field("session"))


@cache
def _answers(levels: Levels) -> Prepared:
    def build(**values: Any) -> Any:
        return (
            shown(levels, **values)
            .filter(
                Q(kind__in=["daily", "pre_session", "measure", "use"])
                | Q(kind="craving", outcome__in=["used", "used_less"])
                | Q(safety_check__isnull=False)
            )
            .values_list(*_ANSWERS)
        )

    return Prepared(build, **PARAMETERS)
