"""The parts of a brief, as plain values that pages and phones render."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from care.queries.briefing import BriefedSession
from journaling.entries import Recorded


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence, the entries it speaks of, and whether all of them were reviewed before.

    ``is_unasked`` marks a sentence that only says what nobody asked; pages show it quieter.
    ``is_told`` marks what tells something the patient logged, so that it can be answered; a count,
    or "none reported", is ours.
    """

    text: str
    entries: tuple[UUID, ...] = ()
    reviewed: bool = False
    is_unasked: bool = False
    is_told: bool = False


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


def line(text: str, about: Iterable[Recorded] = (), *, is_told: bool = False) -> Line:
    """Make a line that carries the ids of the entries it speaks of."""
    entries = tuple(about)
    reviewed = bool(entries) and all(entry.reviewed_at is not None for entry in entries)
    return Line(text, tuple(entry.id for entry in entries), reviewed, is_told=is_told)


def not_asked(text: str) -> Line:
    """Make a line that says what nobody asked the patient, so that silence isn't read as "none"."""
    return Line(f"Not asked: {text}", is_unasked=True)
