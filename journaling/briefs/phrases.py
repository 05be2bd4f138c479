"""How a brief's sentences describe entries.

What an entry is and when it occurred, why it is late or in no figure, and the patient's own words.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.kit.timezones import LocalCalendar, local_day
from journaling import formatting
from journaling.briefs.document import Line, make_line
from journaling.briefs.facts import BriefFacts
from journaling.entries.entry import EntryValue, News, V, entries_of_kind
from journaling.entries.kinds.model import EntryValues
from journaling.entries.kinds.registry import KINDS
from journaling.entries.kinds.short_kinds import Use
from journaling.formatting import MAX_QUOTE_LENGTH
from journaling.insights import figures
from journaling.skills import catalogue

#: Where a kind keeps the patient's own words, the most telling first.
_OWN_WORDS_FIELDS = (
    "agenda", "note", "thought", "before", "situation", "after_effect", "barrier", "reason",
)  # fmt: skip
#: How an entry became news, before the day on which it did.
_NEWS_PHRASES: Mapping[str, str] = {
    News.MARKED: "marked on",
    News.SHARED: "shared on",
    News.CHANGED: "changed on",
    News.EDITED: "changed on",
}
#: The mark of what came between the review of a brief and its session.
MISSED = "came after the last brief was reviewed"


@dataclass(frozen=True, slots=True)
class BriefReader:
    """The reader of a brief: since when, by whose days, and which entries are unread to them."""

    since: datetime
    calendar: LocalCalendar
    unread: Collection[UUID]
    missed: Collection[UUID] = ()


#: The reader that sentences are written for, within ``use_reader``.
_READER: ContextVar[BriefReader | None] = ContextVar("reader of entries", default=None)


@contextmanager
def use_reader(reader: BriefReader) -> Iterator[None]:
    """Describe entries as they are new to that reader, within the block."""
    token = _READER.set(reader)
    try:
        yield
    finally:
        _READER.reset(token)


@contextmanager
def described_for(facts: BriefFacts) -> Iterator[None]:
    """Describe entries to the reader of this brief, by the clinic's names of skills."""
    reader = BriefReader(facts.window.since, facts.window.calendar, facts.unread, facts.missed)
    with catalogue.use_clinic_skill_names(facts.status.names), use_reader(reader):
        yield


def entry_sentence(entry: EntryValue) -> str:
    """Write when an entry occurred and what it is: "Tue Nov 12, 8:15 pm: craving 7 of 10 …"."""
    return f"{sentence_opening(entry)}: {entry_description(entry)}{late_mark(entry)}"


def sentence_opening(entry: EntryValue) -> str:
    """Open a sentence with when an entry occurred; a diary card names its day alone.

    Where a wrong clock alone gave that day, it is the day of arrival, as for every other entry.
    """
    if entry.values.is_daily:
        there = LocalCalendar(entry.time_zone, _starts_hour())
        if entry.clock_suspect and entry.local_date == there.day_of(entry.occurred_at):
            return formatting.format_day(there.day_of(entry.received_at))
        return formatting.format_day(entry.local_date)
    when = occurrence_time(entry)
    return f"{when[0].upper()}{when[1:]}"


def _starts_hour() -> int:
    """Return how many hours after midnight the patient's day begins."""
    reader = _READER.get()
    return reader.calendar.starts_hour if reader is not None else 0


def entry_description(entry: EntryValue) -> str:
    """Describe an entry, each number with its scale."""
    return entry.values.description()


def occurrence_time(entry: EntryValue) -> str:
    """Write when an entry occurred, by the wall clock where the patient was.

    Where the phone's clock can't be believed, it is when it arrived.
    """
    if entry.clock_suspect:
        return f"arrived {formatting.format_datetime(entry.received_at, entry.time_zone)}"
    about = "about " if isinstance(entry.values, Use) and entry.values.approximate else ""
    return about + formatting.format_datetime(entry.occurred_at, entry.time_zone)


def late_mark(entry: EntryValue) -> str:
    """Return the mark of an entry that is in no figure or was heard of late; otherwise ""."""
    return marks_after(entry, "")


def marks_after(entry: EntryValue, first: str) -> str:
    """Return the marks of an entry in brackets, after a first remark."""
    marks = [mark for mark in (first, uncounted_reason(entry), news_reason(entry)) if mark]
    return f" ({'; '.join(marks)})" if marks else ""


def uncounted_reason(entry: EntryValue) -> str:
    """Explain why an entry is in no figure: "written down 2 days later, in no figure"."""
    if entry.is_countable:
        return ""
    if entry.clock_suspect:
        return "by a phone whose clock was wrong, in no figure"
    if entry.changed_late:
        return "changed more than 2 days later, in no figure"
    return f"written down {days_late(entry)} days later, in no figure"


def days_late(entry: EntryValue) -> int:
    """Count the days from the event to the note of it; at least two, as less is never too late."""
    return max(2, (entry.recorded_at - entry.occurred_at).days)


def news_reason(entry: EntryValue) -> str:
    """Explain why an entry is news: it arrived, was marked or was changed since."""
    reader = _READER.get()
    if reader is None:
        return ""
    if entry.id in reader.missed:
        return MISSED
    day = (
        formatting.format_day(local_day(entry.news_at, reader.calendar.zone))
        if entry.news_at
        else ""
    )
    if entry.id not in reader.unread:
        is_new = entry.news == News.CHANGED and entry.reviewed_at is None
        return f"changed on {day}" if is_new else ""
    if entry.received_at >= reader.since:
        return "arrived after the last session"
    if not day:
        return "came after an earlier brief was reviewed"
    return f"{_NEWS_PHRASES.get(entry.news or '', 'arrived on')} {day}"


def in_craving_note(n: int, days: int) -> str:
    """Write on how many of the days just named a skill was used in a craving."""
    if not n:
        return ""
    return ", in a craving" if days == 1 else f", {n} of them in a craving"


def company_phrase(use: Use) -> str:
    """Write whether the patient was alone at a use; nothing where it was not answered."""
    return {True: ", alone", False: ", in company", None: ""}[use.alone]


def own_texts(entry: EntryValue, names: Sequence[str]) -> dict[str, str]:
    """Return those of the named texts that an entry has, in the order of the names."""
    texts = entry.values.texts()
    return {name: texts[name] for name in names if texts.get(name, "").strip()}


def own_words_field(entry: EntryValue) -> str | None:
    """Return the name of the field that ``quote_entry`` quotes."""
    return next(iter(own_texts(entry, _OWN_WORDS_FIELDS)), None)


def quote_entry(entry: EntryValue, *, longest: int = MAX_QUOTE_LENGTH) -> str:
    """Quote the patient's own words on this entry, the most telling ones; may be nothing."""
    words = next(iter(own_texts(entry, _OWN_WORDS_FIELDS).values()), "")
    return formatting.quote(words, longest=longest) if words else ""


def count_by_kind(entries: Sequence[EntryValue]) -> str:
    """Count entries by kind: "2 cravings, 1 mood"."""
    return ", ".join(
        _count_of_kind(KINDS[name], n)
        for name, n in figures.count_names(entry.kind for entry in entries)
    )


def uncounted_line(
    facts: BriefFacts, kind: type[V], measure: Callable[[Sequence[EntryValue[V]]], str]
) -> Line | None:
    """Write a line about entries of a kind that came too late to count, or were heard of late.

    "1 craving, 7 of 10, written down 2 days later (not in figures)." What an earlier
    brief held and nobody reviewed is written where there is nothing else of its kind.
    """
    known = {entry.id for entry in facts.of_kind(kind)}
    apart = [entry for entry in entries_of_kind(facts.news, kind) if entry.id not in known]
    in_time = [e for e in apart if e.id not in facts.unread and not e.changed_late]
    written = [e for e in in_time if not e.clock_suspect]
    doubted = [e for e in in_time if e.clock_suspect]
    changed = [e for e in apart if e.changed_late]
    late_news = [e for e in apart if e.id in facts.unread and not e.changed_late]
    still_unreviewed = [] if apart or known else entries_of_kind(facts.still_unreviewed, kind)
    parts = (
        (written, f"written down {_days_late_span(written)} later (not in figures)"),
        (doubted, "by a phone whose clock was wrong (not in figures)"),
        (changed, "changed more than 2 days later (not in figures)"),
        (late_news, f"{_arrival_phrase(facts, late_news)} (not in these figures)"),
        (still_unreviewed, "from earlier briefs and not reviewed"),
    )
    phrases = [
        f"{_count_of_kind(kind, len(entries))}{measure(entries)}, {how}"
        for entries, how in parts
        if entries
    ]
    if not phrases:
        return None
    also = "Also " if known else ""
    return make_line(f"{also}{'; '.join(phrases)}.", [*apart, *still_unreviewed])


def nothing_logged_line(facts: BriefFacts, what: str) -> Line:
    """Write that something was not logged: "none" only where something else was."""
    return make_line(f"No {what} in this window." if facts.news else "Nothing logged.")


def _count_of_kind(kind: type[EntryValues], n: int) -> str:
    return formatting.pluralize(n, kind.title.lower(), kind.plural)


def _days_late_span(entries: Sequence[EntryValue]) -> str:
    days = sorted(map(days_late, entries))
    if not days:
        return ""
    first, last = days[0], days[-1]
    return formatting.pluralize(first, "day") if first == last else f"{first} to {last} days"


def _arrival_phrase(facts: BriefFacts, late: Sequence[EntryValue]) -> str:
    if all(entry.received_at >= facts.window.since for entry in late):
        return "arrived after the last session"
    missed = [entry for entry in late if entry.id in facts.missed]
    if len(missed) == len(late):
        return MISSED
    return f"from before this window, {'new to this brief' if missed else 'heard of since'}"
