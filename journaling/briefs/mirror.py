"""The patient's mirror: they read the coming brief, strike lines of it and add their own.

What is struck is gone from the next brief that anybody is shown, whoever they are and whatever the
session. A line is struck by its name, not by its words: a count that moves with new entries, or
with the days, stays the same line. A line about one entry is struck for good; any other in each
brief whose time begins before the session that it was struck for. A later entry has lines of its
own, which stand until they are struck too. Lines about safety, and what the page says of itself,
always stand. Readers are told that the brief was read and could have been changed, in the same
words whether it was or not (docs/decisions/0030-the-patients-mirror.md).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from backend.kit.crypto import PatientCipher
from backend.kit.db.bulk import bulk_insert_ignore
from backend.kit.db.compiled import CompiledQuery
from backend.kit.ids import new_id
from care.access.chart import Chart
from care.access.roster import Roster
from care.sessions.for_brief import NO_SESSION_KIND, IndividualSession
from journaling import formatting
from journaling.briefs.document import Line, Section, name_lines
from journaling.briefs.limits import MAX_ADDED_LENGTH
from journaling.briefs.mirror_lines import (
    DRAWN,
    FIXED_SECTIONS,
    line_id,
)
from journaling.briefs.sections.agenda import MARKED
from journaling.models import BriefMirror

MIRROR_BINDING = BriefMirror.HANDLING.sealed["words"].bound_to


@dataclass(frozen=True, slots=True)
class AddedLine:
    """What the patient added to the brief of one session, in their own words."""

    id: UUID
    text: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class BriefChanges:
    """What the patient's mirrors change of one brief.

    ``read_at`` is when they first read this very brief, ``other_read_at`` when they last read that
    of another session; None where they did not.
    """

    struck: frozenset[str] = frozenset()
    added: tuple[AddedLine, ...] = ()
    read_at: datetime | None = None
    other_read_at: datetime | None = None


#: Of a patient who never read a brief that was to come.
NO_CHANGES = BriefChanges()


@dataclass(frozen=True, slots=True)
class StoredMirror:
    """One row, decrypted."""

    id: UUID
    session_id: UUID
    starts_at: datetime
    read_at: datetime
    struck: frozenset[str]
    added: tuple[AddedLine, ...]


def changes_of_brief(*, chart: Chart, session: IndividualSession, since: datetime) -> BriefChanges:
    """Read what the patient's mirrors change of a brief whose time begins at ``since``."""
    rows = stored_mirrors(chart)
    own = [
        row
        for row in rows
        if row.session_id == session.id
        or (session.kind == NO_SESSION_KIND and row.starts_at > session.starts_at)
    ]
    others = [row.read_at for row in rows if row not in own]
    return BriefChanges(
        struck=frozenset(
            struck
            for row in rows
            for struck in row.struck
            if row.starts_at > since or _is_about_one_entry(struck)
        ),
        added=tuple(line for row in own for line in row.added),
        read_at=min((row.read_at for row in own), default=None),
        other_read_at=max(others, default=None),
    )


def apply_changes(
    sections: Iterable[Section], changes: BriefChanges, *, zone: str
) -> tuple[Section, ...]:
    """Return the sections as they are shown: without what was struck, with what was added.

    A section that nothing is left of says so, in the same place as ever.
    """
    return tuple(_changed_section(section, changes, zone) for section in sections)


def entries_left_out(before: Sequence[Section], after: Sequence[Section]) -> set[UUID]:
    """Find the entries of struck lines that no line shows any more; nobody reviewed those."""

    def shown(sections: Iterable[Section]) -> set[UUID]:
        return {
            entry
            for section in sections
            if FIXED_SECTIONS.get(section.key) != "frame"
            for line in section.lines
            for entry in line.entries
        }

    return shown(before) - shown(after)


def note_read(*, chart: Chart, session: IndividualSession, now: datetime) -> None:
    """Note that the patient read the coming brief; the first time stands."""
    names = ("id", "patient_id", "session_id", "read_at")
    bulk_insert_ignore(BriefMirror, names, [(new_id(), chart.patient_id, session.id, now)])


def marks_struck_in_roster(*, roster: Roster) -> frozenset[UUID]:
    """Find the entries whose mark "bring this to my session" their patients struck."""
    people = {person.patient_id: person for person in roster.people}
    rows = BriefMirror.objects.filter(patient_id__in=roster.ids, words__isnull=False)
    ciphers: dict[UUID, PatientCipher] = {}
    marks: set[UUID] = set()
    for patient_id, row_id, words in rows.values_list("patient_id", "id", "words"):
        if patient_id not in ciphers:
            ciphers[patient_id] = people[patient_id].cipher
        struck, _ = _opened(ciphers[patient_id], row_id, words)
        opening = line_id("agenda", f"{MARKED}.")
        marks |= {UUID(one.removeprefix(opening)) for one in struck if one.startswith(opening)}
    return frozenset(marks)


def _changed_section(section: Section, changes: BriefChanges, zone: str) -> Section:
    if section.key == "header":
        note = _read_note(changes, zone)
        return replace(
            section,
            lines=tuple(
                replace(line, text=f"{line.text}{note}") if line.name == "entries" else line
                for line in section.lines
            ),
        )
    if section.key in FIXED_SECTIONS:
        return section
    kept = tuple(_kept_lines(section.key, section.lines, changes.struck))
    spark = None if line_id(section.key, DRAWN) in changes.struck else section.spark
    if section.key == "agenda" and changes.added:
        quotes = " ".join(
            formatting.quote(line.text, longest=MAX_ADDED_LENGTH) for line in changes.added
        )
        kept = (*name_lines(added=Line(f"Added for this session: {quotes}")), *kept)
    if not kept and section.lines:
        kept = name_lines(nothing=Line("Nothing is shown here.", is_unasked=True))
    return replace(section, lines=kept, spark=spark)


def _kept_lines(key: str, lines: Iterable[Line], struck: frozenset[str]) -> Iterator[Line]:
    for line in lines:
        if line_id(key, line.name) not in struck:
            collapsed = tuple(_kept_lines(key, line.collapsed, struck))
            yield line if collapsed == line.collapsed else replace(line, collapsed=collapsed)


def _read_note(changes: BriefChanges, zone: str) -> str:
    """Return that the patient read this brief, or another; never whether they changed it."""
    if changes.read_at is not None:
        when = formatting.format_datetime(changes.read_at, zone)
        return f" Read by them beforehand, {when}; they may have left lines out."
    if changes.other_read_at is not None:
        when = formatting.format_datetime(changes.other_read_at, zone)
        return f" They read another brief, {when}, and may have left lines out."
    return ""


def _is_about_one_entry(struck: str) -> bool:
    # Of ``name_entry_line``: section, name and entry.
    return struck.count(".") == 2


def _opened(
    cipher: PatientCipher, row_id: UUID, words: Any
) -> tuple[frozenset[str], tuple[AddedLine, ...]]:
    if words is None:
        return frozenset(), ()
    content = orjson.loads(cipher.open(words, column=MIRROR_BINDING, row=row_id))
    return frozenset(content["struck"]), tuple(
        AddedLine(UUID(one["id"]), one["text"], datetime.fromisoformat(one["added_at"]))
        for one in content["added"]
    )


def stored_mirrors(chart: Chart) -> list[StoredMirror]:
    """List every mirror of the patient, decrypted, in the order of their sessions."""
    rows = _MIRRORS.all(patient_id=chart.patient_id)
    stored = []
    for row_id, session_id, starts_at, read_at, words in rows:
        struck, added = _opened(chart.cipher, row_id, words)
        stored.append(StoredMirror(row_id, session_id, starts_at, read_at, struck, added))
    return stored


def _mirrors(*, patient_id: UUID) -> Any:
    return (
        BriefMirror.objects.filter(patient_id=patient_id)
        .order_by("session__starts_at", "id")
        .values_list("id", "session_id", "session__starts_at", "read_at", "words")
    )


_MIRRORS = CompiledQuery(_mirrors, patient_id=BriefMirror._meta.get_field("patient"))
