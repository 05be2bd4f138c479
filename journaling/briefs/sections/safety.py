"""Safety: what was reported, and never "none" where nobody asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.kit.timezones import local_day
from care.access.data_categories import DataCategory
from journaling import formatting
from journaling.briefs import phrases, safety_phrases
from journaling.briefs.document import (
    Line,
    SectionContent,
    collapsed_lines,
    count_collapsed,
    lines_only,
    make_line,
    name_entry_line,
    name_lines,
    not_asked_line,
)
from journaling.briefs.facts import BriefFacts
from journaling.briefs.limits import MAX_SAFETY_ENTRIES
from journaling.entries.entry import EntryValue
from journaling.formatting import MAX_NAMES
from journaling.safety.read_events import VisibleEvent
from journaling.safety.rules import add_use_signals, evaluate

_NOT_AGREED = "Their consent doesn't cover safety events, open or acknowledged."
_NOT_ASKED = "no entry of this window asks about safety. This says nothing either way."


@dataclass(frozen=True, slots=True)
class _Report:
    """One entry that reports something: how serious by the rules, and in words."""

    level: int
    entry: EntryValue
    words: str

    @property
    def rank(self) -> tuple[int, datetime, str]:
        """Order reports: the more serious, then the newer."""
        return self.level, self.entry.timeline_at, str(self.entry.id)


def safety_level(signals: Mapping[str, Any]) -> int:
    """Return the level that these answers call for by the rules of everybody; 0 for none."""
    finding = evaluate(add_use_signals(signals, break_days=None), tightened={})
    return finding.level if finding is not None else 0


def write_safety(facts: BriefFacts) -> SectionContent:
    """Write what was reported, most serious first; "none reported" only where asked.

    Entries recalled late are included: safety is no statistic.
    """
    signals = [(entry, entry.values.safety_signals()) for entry in facts.entries]
    news_ids = {entry.id for entry in facts.news}
    asked = [
        e for e, found in signals if e.id in news_ids and safety_phrases.answered_topics(found)
    ]
    passed = _unanswered_lines(facts.news)
    opened = _events(facts)
    reports = [
        _Report(
            safety_level(found),
            entry,
            f"{phrases.sentence_opening(entry)}: {words}{phrases.late_mark(entry)}",
        )
        for entry, found in signals
        if (words := safety_phrases.report_phrase(found))
    ]
    lines = _report_lines(
        sorted(reports, key=lambda one: one.rank, reverse=True),
        most=MAX_SAFETY_ENTRIES - len(opened),
    )
    if not lines and asked:
        lines = [*name_lines(none=_none_reported_line(asked))]
    if not asked and not passed:
        lines += name_lines(not_asked=not_asked_line(_NOT_ASKED))
    return lines_only(*opened, *lines, *passed)


def _events(facts: BriefFacts) -> list[Line]:
    """Write the open safety events, and the cleared ones with by whom and why; gravest first."""
    is_hidden = DataCategory.SAFETY_EVENTS in facts.not_agreed
    lines = [*name_lines(not_agreed=make_line(_NOT_AGREED) if is_hidden else None)]
    standing, zone = facts.status, facts.window.calendar.zone
    if standing.events:
        told = [_open_event_phrase(event, zone) for event in standing.events]
        count = formatting.pluralize(len(told), "safety event is", "safety events are")
        lines += name_lines(
            open=Line(
                f"{count} open: {formatting.join_first(told, most=MAX_NAMES, between='; ')}.",
                own_text=_own_words(told, "open with your team"),
            )
        )
    if standing.cleared:
        told = [
            _clauses(
                f"level {event.level} of {_day(event, zone)}",
                _answers_phrase(event),
                safety_phrases.clearing_phrase(event, zone),
            )
            for event in standing.cleared
        ]
        count = formatting.pluralize(len(told), "safety event was", "safety events were")
        lines += name_lines(
            cleared=Line(
                f"{count} acknowledged:"
                f" {formatting.join_first(told, most=MAX_NAMES, between='; ')}.",
                own_text=_own_words(told, "closed by your team"),
            )
        )
    return lines


def _own_words(told: Sequence[str], how: str) -> str:
    """Return what the patient reads: that it is known, without what staff wrote of it."""
    what = "answer of yours" if len(told) == 1 else "of your answers"
    return f"{len(told)} {what} about safety {'is' if len(told) == 1 else 'are'} {how}."


def _open_event_phrase(event: VisibleEvent, zone: str) -> str:
    signs = [
        f"{_answers_phrase(event)} ({safety_phrases.sign_time_phrase(sign, zone)})"
        for sign in (event.signs or ())[:1]
    ]
    tries = safety_phrases.failed_contact_phrases(event, zone)[-MAX_NAMES:]
    return ", ".join([f"level {event.level} since {_day(event, zone)}", *signs, *tries])


def _clauses(*parts: str) -> str:
    return ", ".join(filter(None, parts))


def _day(event: VisibleEvent, zone: str) -> str:
    return formatting.format_day(local_day(event.opened_at, zone))


def _answers_phrase(event: VisibleEvent) -> str:
    """Describe all that was answered in an event: of each question the gravest answer."""
    fired: dict[str, int] = {}
    for sign in event.signs or ():
        fired |= {code: max(value, fired.get(code, value)) for code, value in sign.fired.items()}
    return safety_phrases.fired_rules_phrase(fired)


def _report_lines(reports: Sequence[_Report], *, most: int) -> list[Line]:
    """Write the most serious unreviewed reports; the others collapse and hide nothing graver.

    Reports come most serious first.
    """
    fresh = [one for one in reports if one.entry.reviewed_at is None][:most]
    fresh_ids = {one.entry.id for one in fresh}
    collapsed = [one for one in reports if one.entry.id not in fresh_ids]
    words = {one.entry.id: one.words for one in reports}
    lines = [
        name_entry_line("report", one.entry, make_line(f"{one.words}.", [one.entry], is_told=True))
        for one in fresh
    ]
    if collapsed:
        entries = [one.entry for one in collapsed]
        text = count_collapsed(entries, "report", "reports")
        if collapsed[0].level > max((one.level for one in fresh), default=0):
            text += f"; the most serious, {collapsed[0].words}"
        elif fresh:
            text += ", none more serious"
        kept = collapsed_lines(entries, lambda entry: make_line(f"{words[entry.id]}.", [entry]))
        head = "Also" if fresh else "In this window"
        lines += name_lines(more_reports=make_line(f"{head} {text}.", entries, collapsed=kept))
    return lines


def _none_reported_line(asked: Sequence[EntryValue]) -> Line:
    names = sorted(
        {
            topic
            for entry in asked
            for topic in safety_phrases.answered_topics(entry.values.safety_signals())
        }
    )
    return make_line(f"None reported; asked in {_entry_count(asked)}: {', '.join(names)}.", asked)


def _entry_count(entries: Sequence[EntryValue]) -> str:
    return formatting.pluralize(len(entries), "entry", "entries")


def _unanswered_lines(entries: Sequence[EntryValue]) -> list[Line]:
    """Write the safety questions that were put and passed over: that is no "no"."""
    parts: list[str] = []
    about: dict[UUID, EntryValue] = {}
    for way, words in (("prefer_not_to_say", "preferred not to say"), ("skipped", "skipped")):
        found = [
            (entry, topic)
            for entry in entries
            for name, given in (entry.unanswered or {}).items()
            if given == way and (topic := safety_phrases.question_phrase(name, entry.values))
        ]
        if found:
            parts.append(f"{words}: {', '.join(sorted({topic for _, topic in found}))}")
            about |= {entry.id: entry for entry, _ in found}
    if not parts:
        return []
    where = _entry_count(list(about.values()))
    passed = make_line(f"Asked in {where} and {'; '.join(parts)}.", about.values())
    return [*name_lines(passed=passed)]
