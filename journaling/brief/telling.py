"""How one entry is told in a sentence: what it is, in numbers, and in the patient's own words."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.kit.zones import LocalCalendar, local_day
from journaling import wording
from journaling.brief import figures
from journaling.entries import Recorded
from journaling.kinds import KINDS
from journaling.limits import QUOTE_LENGTH
from journaling.news import News

#: Where a kind keeps the patient's own words, the most telling first.
_WORDS = (
    "agenda", "note", "thought", "before", "situation", "after_effect", "barrier", "reason",
)  # fmt: skip
#: How what is news is told of, before the day on which it became that.
_HEARD: Mapping[str, str] = {
    News.MARKED: "marked on",
    News.SHARED: "shared on",
    News.CHANGED: "changed on",
    News.EDITED: "changed on",
}
#: How what came between the review of a brief and its session is told of in the next one.
MISSED = "came after the last brief was reviewed"
#: For whom a sentence is written just now.
_READER: "ContextVar[Reader | None]" = ContextVar("reader of entries", default=None)


def told(entry: Recorded) -> str:
    """Tell when an entry occurred and what it is: "Tue Nov 12, 8:15 pm: craving 7 of 10 …"."""
    return f"{opened(entry)}: {what(entry)}{late(entry)}"


def opened(entry: Recorded) -> str:
    """Open a sentence with when an entry occurred; a diary card names its day alone.

    Where a wrong clock alone told that day, it is the day of arrival, as for every other entry.
    """
    if KINDS[entry.kind].is_of_a_day:
        there = LocalCalendar(entry.time_zone, _starts_hour())
        if entry.clock_suspect and entry.local_date == there.day_of(entry.occurred_at):
            return wording.day(there.day_of(entry.received_at))
        return wording.day(entry.local_date)
    when = wording.when(entry)
    return f"{when[0].upper()}{when[1:]}"


def _starts_hour() -> int:
    """Tell how many hours after midnight the patient's day begins."""
    reader = _READER.get()
    return reader.calendar.starts_hour if reader is not None else 0


def what(entry: Recorded) -> str:
    """Tell what an entry is, each number with its scale."""
    return KINDS[entry.kind].told(entry.values)


def late(entry: Recorded) -> str:
    """Mark what stands in no figure, and what was heard of late; nothing for every other entry."""
    return marked(entry, "")


def marked(entry: Recorded, first: str) -> str:
    """Mark an entry the same way, after a remark of its own."""
    marks = [mark for mark in (first, recalled(entry), heard(entry)) if mark]
    return f" ({'; '.join(marks)})" if marks else ""


def recalled(entry: Recorded) -> str:
    """Tell why an entry stands in no figure: "written down 2 days later, in no figure"."""
    if entry.counts:
        return ""
    if entry.clock_suspect:
        return "by a phone whose clock was wrong, in no figure"
    if entry.changed_late:
        return "changed more than 2 days later, in no figure"
    return f"written down {days_late(entry)} days later, in no figure"


def days_late(entry: Recorded) -> int:
    """Tell how many days after the event it was written down; less than two is never too late."""
    return max(2, (entry.recorded_at - entry.occurred_at).days)


def heard(entry: Recorded) -> str:
    """Tell how an entry became news: it arrived, was marked or was changed since."""
    reader = _READER.get()
    if reader is None:
        return ""
    if entry.id in reader.missed:
        return MISSED
    day = wording.day(local_day(entry.news_at, reader.calendar.zone)) if entry.news_at else ""
    if entry.id not in reader.unread:
        is_new = entry.news == News.CHANGED and entry.reviewed_at is None
        return f"changed on {day}" if is_new else ""
    if entry.received_at >= reader.since:
        return "arrived after the last session"
    if not day:
        return "came after an earlier brief was reviewed"
    return f"{_HEARD.get(entry.news or '', 'arrived on')} {day}"


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom entries are told: since when, by whose days, and which of them are unread."""

    since: datetime
    calendar: LocalCalendar
    unread: Collection[UUID]
    missed: Collection[UUID] = ()


@contextmanager
def to(reader: Reader) -> Iterator[None]:
    """Let entries be told as they are new to that reader."""
    token = _READER.set(reader)
    try:
        yield
    finally:
        _READER.reset(token)


def in_cravings(n: int, days: int) -> str:
    """Tell on how many of the days that were just named a skill was used in a craving."""
    if not n:
        return ""
    return ", in a craving" if days == 1 else f", {n} of them in a craving"


def company(entry: Recorded) -> str:
    """Tell of a use whether they were alone; nothing where it was not answered."""
    return {True: ", alone", False: ", in company", None: ""}[entry.values["alone"]]


def quoted_field(entry: Recorded) -> str | None:
    """Name the field that ``quoted`` quotes."""
    return next((name for name in _WORDS if (entry.values.get(name) or "").strip()), None)


def quoted(entry: Recorded, *, longest: int = QUOTE_LENGTH) -> str:
    """Quote the patient's own words on this entry, the most telling ones; may be nothing."""
    name = quoted_field(entry)
    return wording.quote(entry.values[name], longest=longest) if name else ""


def listed(entries: Sequence[Recorded]) -> str:
    """Count entries by kind: "2 cravings, 1 mood"."""
    return ", ".join(
        wording.counted(n, KINDS[name].title.lower(), KINDS[name].plural)
        for name, n in figures.tally(entry.kind for entry in entries)
    )
