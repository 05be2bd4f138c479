"""A patient reads the coming brief, strikes lines of it and adds own ones; the rules: mirror.py."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import orjson
from django.db import transaction

from backend.kit.errors import FieldError, InvalidInput
from backend.kit.ids import new_id
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_read, log_write
from care.sessions.for_brief import IndividualSession
from journaling.briefs.ask_first import add_ask_first
from journaling.briefs.facts import BriefFacts, CountReminders
from journaling.briefs.individual import read_facts, write_sections
from journaling.briefs.limits import MAX_ADDED_LINES, MAX_STRUCK_LINES
from journaling.briefs.mirror import (
    MIRROR_BINDING,
    AddedLine,
    StoredMirror,
    apply_changes,
    changes_of_brief,
    note_read,
    stored_mirrors,
)
from journaling.briefs.mirror_lines import MirrorLine, MirrorSection, mirror_sections
from journaling.models import BriefMirror
from journaling.models.journal import lock_journal


@dataclass(frozen=True, slots=True)
class MirrorEdit:
    """What the patient asks for: strike lines and put them back, add lines and take them off.

    An added line without an id is the one that says the same, or a new one.
    """

    strike: Sequence[str] = ()
    restore: Sequence[str] = ()
    add: Sequence[tuple[UUID | None, str]] = ()
    remove: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Mirror:
    """The coming brief as its patient reads it; with what they struck of it."""

    session: IndividualSession
    since: datetime
    until: datetime
    generated_at: datetime
    sections: tuple[MirrorSection, ...]
    added: tuple[AddedLine, ...]
    read_at: datetime | None


def read_mirror(
    *, chart: Chart, session: IndividualSession, prompts: CountReminders, now: datetime
) -> Mirror:
    """Make the same brief for its patient to read, through their own chart as shown to a clinician.

    That it was read is noted for the clinician.
    """
    note_read(chart=chart, session=session, now=now)
    return _mirror(
        chart, session, read_facts(chart=chart, session=session, prompts=prompts, now=now), now
    )


def edit_mirror(
    *,
    chart: Chart,
    session: IndividualSession,
    prompts: CountReminders,
    edit: MirrorEdit,
    now: datetime,
) -> Mirror:
    """Strike lines of the coming brief, add own ones, and return it as it is then read.

    :raises backend.kit.errors.InvalidInput: naming every line that can't be; nothing was changed.
    """
    facts = read_facts(chart=chart, session=session, prompts=prompts, now=now)
    before = _mirror(chart, session, facts, now)
    lines = [line for section in before.sections for line in section.lines]
    _change(chart=chart, session=session, lines=lines, edit=edit, now=now)
    return _mirror(chart, session, facts, now)


def _mirror(chart: Chart, session: IndividualSession, facts: BriefFacts, now: datetime) -> Mirror:
    changes = changes_of_brief(chart=chart, session=session, since=facts.window.since)
    written = write_sections(facts)
    shown = apply_changes(written, changes, zone=session.time_zone)
    return Mirror(
        session, facts.window.since, facts.window.until, now,
        mirror_sections(add_ask_first(facts, written, shown=shown), changes.struck),
        changes.added, changes.read_at,
    )  # fmt: skip


def _change(
    *,
    chart: Chart,
    session: IndividualSession,
    lines: Iterable[MirrorLine],
    edit: MirrorEdit,
    now: datetime,
) -> None:
    """Strike, put back, add and take off, for a session whose mirror has these lines.

    The same again changes nothing. Two phones at once both have what they asked for. What is put
    back is so wherever it was struck.

    :raises backend.kit.errors.InvalidInput: naming every line that is unknown or always stands,
        what is both struck and put back, and too many; nothing was changed.
    """
    with transaction.atomic():
        lock_journal(patient_id=chart.patient_id)
        note_read(chart=chart, session=session, now=now)
        rows = stored_mirrors(chart)
        own = next(row for row in rows if row.session_id == session.id)
        after = replace(
            own,
            struck=own.struck.union(edit.strike) - set(edit.restore),
            added=tuple(_added_after(own.added, edit, now)),
        )
        faults = list(_faults({line.id: line for line in lines}, rows, after, edit))
        if faults:
            raise InvalidInput(faults)
        changed = [
            new
            for row in rows
            if (
                new := after
                if row is own
                else replace(row, struck=row.struck.difference(edit.restore))
            )
            != row
        ]
        for row in changed:
            BriefMirror.objects.filter(pk=row.id, patient_id=chart.patient_id).update(
                changed_at=now, words=_sealed(chart, row)
            )
        if changed:
            log_write(chart=chart, what=DataCategory.BRIEF, now=now)
    if not changed:
        log_read(chart=chart, what=DataCategory.BRIEF, now=now)


def _faults(
    lines: Mapping[str, MirrorLine],
    rows: Sequence[StoredMirror],
    after: StoredMirror,
    edit: MirrorEdit,
) -> Iterator[FieldError]:
    known = frozenset().union(*(row.struck for row in rows))
    for place, struck in enumerate(edit.strike):
        line = lines.get(struck)
        if struck in edit.restore:
            detail = "A line is struck or put back, not both."
            yield FieldError(f"strike.{place}", "doubled", detail)
        elif line is None and struck not in known:
            yield FieldError(f"strike.{place}", "unknown_line", "No line of this id stands here.")
        elif line is not None and line.fixed is not None:
            yield FieldError(f"strike.{place}", f"fixed_{line.fixed}", _WHY_FIXED[line.fixed])
    if len(after.added) > MAX_ADDED_LINES:
        yield FieldError("add", "too_many", f"At most {MAX_ADDED_LINES} lines of your own.")
    if len(after.struck) > MAX_STRUCK_LINES:
        yield FieldError("strike", "too_many", f"At most {MAX_STRUCK_LINES} struck lines.")


_WHY_FIXED = {
    "safety": "What you answered about safety always stands, so that somebody can help.",
    "frame": "This line says what the page is about, so it always stands.",
}


def _added_after(
    standing: Sequence[AddedLine], edit: MirrorEdit, now: datetime
) -> Iterator[AddedLine]:
    """Add to what stands: an id that stands gets the new words; the same words stand once."""
    lines = {line.id: line for line in standing}
    for added_id, text in edit.add:
        same = next((line.id for line in lines.values() if line.text == text), None)
        own_id = added_id or same or new_id()
        if own_id not in lines or lines[own_id].text != text:
            lines[own_id] = AddedLine(own_id, text, now)
    yield from (line for line in lines.values() if line.id not in edit.remove)


def _sealed(chart: Chart, row: StoredMirror) -> bytes:
    content = orjson.dumps({"struck": sorted(row.struck), "added": row.added})
    return chart.cipher.seal(content, column=MIRROR_BINDING, row=row.id)
