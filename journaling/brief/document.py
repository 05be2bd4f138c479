"""The parts of a brief, as plain values that pages and phones render."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from care.queries.briefing import BriefedSession
from journaling.entries import Recorded


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence, the entries it speaks of, and whether all of them were reviewed before.

    ``is_unasked`` marks a sentence that only says what nobody asked; pages show it quieter.
    ``is_told`` marks what tells something the patient logged, so that it can be answered; a count,
    or "none reported", is ours. ``folded`` are the lines that collapsed into this one because they
    were reviewed, so that they can be shown again. Who reviewed is None where several people did;
    ``reviewed_text`` says it to the reader: "reviewed by you 8:51 pm".
    """

    text: str
    entries: tuple[UUID, ...] = ()
    reviewed: bool = False
    is_unasked: bool = False
    is_told: bool = False
    folded: "tuple[Line, ...]" = ()
    reviewed_at: datetime | None = None
    reviewed_by: UUID | None = None
    reviewed_by_me: bool = False
    reviewed_text: str = ""


@dataclass(frozen=True, slots=True)
class Spark:
    """One number per local day; None is a gap, never a zero. The first days are context."""

    label: str
    low: int
    high: int
    first_day: date
    last_day: date
    values: tuple[float | None, ...]
    context_days: int

    @property
    def scale(self) -> tuple[int, int]:
        """Name the ends of the scale."""
        return self.low, self.high


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a brief; its key and place never change."""

    key: str
    title: str
    lines: tuple[Line, ...]
    spark: Spark | None = None


@dataclass(frozen=True, slots=True)
class Brief:
    """What a therapist reads before a session with one patient.

    ``digest`` is the same whenever the same is said; it knows nothing of when it was made or read.
    """

    session: BriefedSession
    since: datetime
    until: datetime
    generated_at: datetime
    digest: str
    sections: tuple[Section, ...]
    #: The entries that all of it speaks of, each with the revision that was read.
    shown: tuple[tuple[UUID, int], ...] = ()


def line(
    text: str,
    about: Iterable[Recorded] = (),
    *,
    folded: Iterable[Line] = (),
    is_told: bool = False,
) -> Line:
    """Make a line that carries the ids of the entries it speaks of, and when they were reviewed."""
    entries = tuple(about)
    ids = tuple(entry.id for entry in entries)
    made = Line(text, ids, folded=tuple(folded), is_told=is_told)
    times = [entry.reviewed_at for entry in entries if entry.reviewed_at is not None]
    if not entries or len(times) < len(entries):
        return made
    readers = {entry.reviewed_by for entry in entries}
    by = readers.pop() if len(readers) == 1 else None
    return replace(made, reviewed=True, reviewed_at=max(times), reviewed_by=by)


def joined(*parts: Line | None) -> Line:
    """Make one line of several; it is reviewed when all of them are that speak of entries."""
    lines = [part for part in parts if part is not None]
    about = [part for part in lines if part.entries]
    by = {part.reviewed_by for part in about}
    is_read = bool(about) and all(part.reviewed for part in about)
    return Line(
        " ".join(part.text for part in lines),
        tuple(dict.fromkeys(entry_id for part in about for entry_id in part.entries)),
        reviewed=is_read,
        is_told=any(part.is_told for part in lines),
        folded=tuple(one for part in lines for one in part.folded),
        reviewed_at=max(part.reviewed_at for part in about if part.reviewed_at)
        if is_read
        else None,
        reviewed_by=by.pop() if is_read and len(by) == 1 else None,
    )


def not_asked(text: str) -> Line:
    """Make a line that says what nobody asked the patient, so that silence isn't read as "none"."""
    return Line(f"Not asked: {text}", is_unasked=True)
