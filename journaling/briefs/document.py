"""The parts of a brief as plain values: lines, sections and sparklines.

What a clinician marked as reviewed was read before, so it collapses; so does what doesn't fit. A
line holds who reviewed it and when, and the lines that collapsed into it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from backend.kit.timezones import local_day
from care.sessions.for_brief import IndividualSession
from journaling import formatting
from journaling.briefs.facts import BriefFacts
from journaling.briefs.limits import MAX_COLLAPSED_LINES, MAX_LINES
from journaling.entries.entry import EntryValue, V


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence, the entries it is about, and whether all of them were reviewed before.

    ``is_unasked`` marks a sentence that only says what nobody asked; pages show it quieter.
    ``is_told`` marks a line about something the patient logged, so that it can be answered; a
    count, or "none reported", is ours. ``collapsed`` are the lines that collapsed into this one
    because they were reviewed, so that they can be shown again. Who reviewed is None where several
    people did; ``reviewed_text`` says it to the reader: "reviewed by you 8:51 pm".
    ``name`` tells it from the other lines of its section, whatever its numbers are; a line about
    one thing that was logged has the id of the entry in it. ``own_text`` says it to the patient,
    where more than a pronoun differs.
    """

    text: str
    entries: tuple[UUID, ...] = ()
    reviewed: bool = False
    is_unasked: bool = False
    is_told: bool = False
    collapsed: "tuple[Line, ...]" = ()
    reviewed_at: datetime | None = None
    reviewed_by: UUID | None = None
    reviewed_by_me: bool = False
    reviewed_text: str = ""
    name: str = ""
    own_text: str = ""


@dataclass(frozen=True, slots=True)
class Sparkline:
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
        """Return both ends of the scale."""
        return self.low, self.high


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a brief; its key and place never change."""

    key: str
    title: str
    lines: tuple[Line, ...]
    spark: Sparkline | None = None


@dataclass(frozen=True, slots=True)
class AssignmentToClose:
    """One assignment that nobody ended, by the name that the clinic gives its skill."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Brief:
    """What a therapist reads before a session with one patient.

    ``digest`` is the same whenever the same is said; it knows nothing of when it was made or read.
    """

    session: IndividualSession
    since: datetime
    until: datetime
    generated_at: datetime
    digest: str
    sections: tuple[Section, ...]
    #: The entries that all of it is about, each with the revision that was read.
    shown: tuple[tuple[UUID, int], ...] = ()
    #: Those of them on which a clinician said "let's talk about this".
    acknowledged: frozenset[UUID] = frozenset()
    #: What was given and not closed, the oldest first.
    homework: tuple[AssignmentToClose, ...] = ()


#: What a section says, and the line drawn beside it if it has one.
SectionContent = tuple[tuple[Line, ...], Sparkline | None]


@dataclass(frozen=True, slots=True)
class SectionWriter:
    """One section: its fixed key, its title, and the function that writes it."""

    key: str
    title: str
    write: Callable[[BriefFacts], SectionContent]


ByDay = Callable[[Iterable[EntryValue[V]]], dict[date, float]]
EntryList = list[EntryValue]


def make_line(
    text: str,
    about: Iterable[EntryValue] = (),
    *,
    collapsed: Iterable[Line] = (),
    is_told: bool = False,
    own_text: str = "",
) -> Line:
    """Make a line that carries the ids of the entries it is about, and when they were reviewed."""
    entries = tuple(about)
    ids = tuple(entry.id for entry in entries)
    made = Line(text, ids, collapsed=tuple(collapsed), is_told=is_told, own_text=own_text)
    times = [entry.reviewed_at for entry in entries if entry.reviewed_at is not None]
    if not entries or len(times) < len(entries):
        return made
    readers = {entry.reviewed_by for entry in entries}
    by = readers.pop() if len(readers) == 1 else None
    return replace(made, reviewed=True, reviewed_at=max(times), reviewed_by=by)


def name_lines(**lines: Line | None) -> tuple[Line, ...]:
    """Return the lines of a section, each named for what it says; None is left out."""
    return tuple(replace(line, name=name) for name, line in lines.items() if line is not None)


def name_entry_line(name: str, entry: EntryValue, line: Line) -> Line:
    """Return the line named for what it says of one entry: another has a line of its own."""
    return replace(line, name=f"{name}.{entry.id}")


def join_lines(*parts: Line | None) -> Line:
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
        collapsed=tuple(collapsed_line for part in lines for collapsed_line in part.collapsed),
        reviewed_at=max(part.reviewed_at for part in about if part.reviewed_at)
        if is_read
        else None,
        reviewed_by=by.pop() if is_read and len(by) == 1 else None,
        own_text=" ".join(part.own_text or part.text for part in lines),
    )


#: Lines of one subject that become one where the page is full, in this order: section, line, line.
_FOLDS = (
    ("header", "window", "entries"),
    ("data", "recall", "doubts"),
    ("in_the_way", "days", "silence"),
    ("mood_sleep", "mood", "change"),
    ("craving", "outcome", "targets"),
    ("body", "habits", "community"),
    ("skills", "skills", "lessons"),
    ("moment", "scene", "course"),
    ("agenda", "own", "move_requested"),
)


def fit_page(sections: Iterable[Section]) -> tuple[Section, ...]:
    """Return the sections on at most ``MAX_LINES`` lines: lines of one subject become one.

    What the patient struck has to be gone before, as a line is struck whole.
    """
    fitted = {section.key: section for section in sections}
    excess = sum(len(section.lines) for section in fitted.values()) - MAX_LINES
    for key, *names in _FOLDS:
        if excess <= 0:
            break
        section = fitted[key]
        pair = [line for line in section.lines if line.name.partition(".")[0] in names]
        if len(pair) == len(names):
            folded = replace(join_lines(*pair), name=pair[0].name)
            lines = (folded if line is pair[0] else line for line in section.lines)
            kept = tuple(line for line in lines if line is not pair[1])
            fitted[key] = replace(section, lines=kept)
            excess -= 1
    return tuple(fitted.values())


def not_asked_line(text: str) -> Line:
    """Make a line that says what nobody asked the patient, so that silence isn't read as "none"."""
    return Line(f"Not asked: {text}", is_unasked=True)


def lines_only(*lines: Line) -> SectionContent:
    """Make a section of lines alone."""
    return lines, None


def make_sparkline(
    facts: BriefFacts, *, kind: type[V], daily: ByDay[V], label: str, scale: tuple[int, int]
) -> Sparkline | None:
    """Draw one number a day over the days of context and the window; None without any number.

    The window's days show exactly what its figures were made from.
    """
    if not facts.all_days:
        return None
    by_day = {**context_by_day(facts, kind=kind, daily=daily), **daily(facts.of_kind(kind))}
    if not by_day:
        return None
    days = facts.all_days
    context = sum(day < facts.window.first_day for day in days)
    low, high = scale
    values = tuple(by_day.get(day) for day in days)
    return Sparkline(label, low, high, days[0], days[-1], values, context)


def context_by_day(facts: BriefFacts, *, kind: type[V], daily: ByDay[V]) -> Mapping[date, float]:
    """Sum up the days of context, without the day on which the window begins."""
    by_day = daily(facts.context_of_kind(kind))
    return {day: value for day, value in by_day.items() if day < facts.window.first_day}


def split_shown(
    facts: BriefFacts, entries: Sequence[EntryValue], most: int
) -> tuple[EntryList, EntryList]:
    """Split off the newest unreviewed entries, at most so many; the others collapse."""
    fresh, _ = split_newest(facts, [entry for entry in entries if entry.reviewed_at is None], most)
    fresh_ids = {entry.id for entry in fresh}
    return fresh, [entry for entry in entries if entry.id not in fresh_ids]


def split_newest(
    facts: BriefFacts, entries: Sequence[EntryValue], most: int
) -> tuple[EntryList, EntryList]:
    """Part the newest from the rest, both oldest first.

    What nobody could read before counts as newest, what an earlier brief held and nobody reviewed
    as oldest. A single one more is kept with the newest.
    """
    most += len(entries) == most + 1
    still_unreviewed = {entry.id for entry in facts.still_unreviewed}

    def is_unread(entry: EntryValue) -> int:
        if entry.id in still_unreviewed:
            return -1
        return int(entry.id in facts.unread and entry.reviewed_at is None)

    newest_ids = {entry.id for entry in sorted(entries, key=is_unread)[-most:]}
    return [e for e in entries if e.id in newest_ids], [
        e for e in entries if e.id not in newest_ids
    ]


def count_collapsed(collapsed: Sequence[EntryValue], noun: str, plural: str) -> str:
    """Count what collapsed: "3 entries, 2 of them reviewed before", "1 entry reviewed before"."""
    count = formatting.pluralize(len(collapsed), noun, plural)
    reviewed = sum(entry.reviewed_at is not None for entry in collapsed)
    if reviewed == len(collapsed):
        return f"{count} reviewed before"
    return f"{count}, {reviewed} of them reviewed before" if reviewed else count


def collapsed_lines(
    collapsed: Sequence[EntryValue], tell: Callable[[EntryValue], Line]
) -> tuple[Line, ...]:
    """Return the newest of the lines that collapsed because they were reviewed."""
    return tuple(tell(entry) for entry in collapsed if entry.reviewed_at is not None)[
        -MAX_COLLAPSED_LINES:
    ]


def reviewer_ids(sections: Iterable[Section]) -> set[UUID]:
    """Find who reviewed what stands in these sections."""
    return {
        line.reviewed_by
        for section in sections
        for top_line in section.lines
        for line in (top_line, *top_line.collapsed)
        if line.reviewed_by is not None
    }


def add_review_texts(
    viewer: UUID,
    sections: Iterable[Section],
    *,
    names: Mapping[UUID, str],
    now: datetime,
    zone: str,
) -> tuple[Section, ...]:
    """Add to each reviewed line who reviewed it and when, as this viewer reads it in ``zone``."""

    def with_review_text(line: Line) -> Line:
        if line.reviewed_at is None:
            return line
        is_today = local_day(line.reviewed_at, zone) == local_day(now, zone)
        when = (formatting.format_time if is_today else formatting.format_datetime)(
            line.reviewed_at, zone
        )
        by_me = line.reviewed_by == viewer
        who = "you" if by_me else names.get(line.reviewed_by or viewer, "the team")
        return replace(
            line,
            reviewed_by_me=by_me,
            reviewed_text=f"reviewed by {who}{'' if is_today else ','} {when}",
            collapsed=tuple(map(with_review_text, line.collapsed)),
        )

    return tuple(replace(part, lines=tuple(map(with_review_text, part.lines))) for part in sections)
