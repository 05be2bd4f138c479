"""Which entries of a list are told one by one, and which collapse to a line.

What a clinician marked as reviewed was read before: it collapses, and so does what doesn't fit. A
line tells who reviewed it and when, and keeps what collapsed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from backend.kit.zones import local_day
from journaling import wording
from journaling.brief.document import Line, Section
from journaling.brief.facts import Facts
from journaling.entries import Recorded
from journaling.limits import MOST_FOLDED

Entries = list[Recorded]


def fold(facts: Facts, entries: Sequence[Recorded], most: int) -> tuple[Entries, Entries]:
    """Take the newest that were not reviewed, at most so many; the rest is told in one line."""
    fresh, _ = newest(facts, [entry for entry in entries if entry.reviewed_at is None], most)
    names = {entry.id for entry in fresh}
    return fresh, [entry for entry in entries if entry.id not in names]


def newest(facts: Facts, entries: Sequence[Recorded], most: int) -> tuple[Entries, Entries]:
    """Part the newest from the rest, both oldest first.

    What nobody could read before counts as newest, what was told before and is not reviewed as
    oldest; one more is told rather than counted.
    """
    most += len(entries) == most + 1
    left = {entry.id for entry in facts.left}

    def is_unread(entry: Recorded) -> int:
        if entry.id in left:
            return -1
        return int(entry.id in facts.unread and entry.reviewed_at is None)

    names = {entry.id for entry in sorted(entries, key=is_unread)[-most:]}
    return [e for e in entries if e.id in names], [e for e in entries if e.id not in names]


def counted(rest: Sequence[Recorded], noun: str, plural: str) -> str:
    """Count what collapsed: "3 entries, 2 of them reviewed before", "1 entry reviewed before"."""
    told = wording.counted(len(rest), noun, plural)
    known = sum(entry.reviewed_at is not None for entry in rest)
    if known == len(rest):
        return f"{told} reviewed before"
    return f"{told}, {known} of them reviewed before" if known else told


def folded(rest: Sequence[Recorded], tell: Callable[[Recorded], Line]) -> tuple[Line, ...]:
    """Keep the newest lines that collapsed because they were reviewed."""
    return tuple(tell(entry) for entry in rest if entry.reviewed_at is not None)[-MOST_FOLDED:]


def readers(sections: Iterable[Section]) -> set[UUID]:
    """Find who reviewed what stands in these sections."""
    return {
        line.reviewed_by
        for section in sections
        for told in section.lines
        for line in (told, *told.folded)
        if line.reviewed_by is not None
    }


def told_to(
    viewer: UUID,
    sections: Iterable[Section],
    *,
    names: Mapping[UUID, str],
    now: datetime,
    zone: str,
) -> tuple[Section, ...]:
    """Say on each line that was reviewed by whom and when, to this viewer, by a zone's clock."""

    def said(line: Line) -> Line:
        if line.reviewed_at is None:
            return line
        is_today = local_day(line.reviewed_at, zone) == local_day(now, zone)
        when = (wording.clock if is_today else wording.moment)(line.reviewed_at, zone)
        by_me = line.reviewed_by == viewer
        who = "you" if by_me else names.get(line.reviewed_by or viewer, "the team")
        return replace(
            line,
            reviewed_by_me=by_me,
            reviewed_text=f"reviewed by {who}{'' if is_today else ','} {when}",
            folded=tuple(map(said, line.folded)),
        )

    return tuple(replace(part, lines=tuple(map(said, part.lines))) for part in sections)
