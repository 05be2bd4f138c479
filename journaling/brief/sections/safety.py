"""Safety: what was reported, and never "none" where nobody asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.kit.zones import local_day
from care.access import DataClass
from journaling import wording
from journaling.brief import seen, telling, wording_of_safety
from journaling.brief.document import Line, line, not_asked
from journaling.brief.facts import Facts
from journaling.brief.sections.part import Written, plain
from journaling.entries import Recorded
from journaling.kinds import KINDS
from journaling.limits import MOST_NAMES, MOST_SAFETY_ENTRIES
from journaling.queries.safety_events import EventSeen
from journaling.safety import rules

_NOT_AGREED = "Their consent doesn't cover safety events, open or acknowledged."
_NOT_ASKED = "no entry of this window asks about safety. This says nothing either way."


@dataclass(frozen=True, slots=True)
class _Report:
    """One entry that reports something: how serious by the rules, and in words."""

    level: int
    entry: Recorded
    words: str

    @property
    def rank(self) -> tuple[int, datetime, str]:
        """Order reports: the more serious, then the newer."""
        return self.level, self.entry.shown_at, str(self.entry.id)


def write(facts: Facts) -> Written:
    """Tell what was reported, most serious first; "none reported" only where asked.

    Entries recalled late are told as well: safety is no statistic.
    """
    signals = [(entry, KINDS[entry.kind].signals(entry.values)) for entry in facts.entries]
    heard = {entry.id for entry in facts.heard}
    asked = [e for e, found in signals if e.id in heard and wording_of_safety.topics(found)]
    passed = _passed_over(facts.heard)
    opened = _events(facts)
    reports = [
        _Report(_level(found), entry, f"{telling.opened(entry)}: {words}{telling.late(entry)}")
        for entry, found in signals
        if (words := wording_of_safety.reported(found))
    ]
    told = _reported(
        sorted(reports, key=lambda one: one.rank, reverse=True),
        most=MOST_SAFETY_ENTRIES - len(opened),
    )
    if not told and asked:
        told = [_none(asked)]
    if not asked and not passed:
        told.append(not_asked(_NOT_ASKED))
    return plain(*opened, *told, *passed)


def _events(facts: Facts) -> list[Line]:
    """Tell what nobody cleared yet, and what was cleared by whom and why; gravest first."""
    lines = [line(_NOT_AGREED)] if DataClass.SAFETY_EVENTS in facts.not_agreed else []
    standing, zone = facts.standing, facts.window.calendar.zone
    if standing.events:
        told = [_open(event, zone) for event in standing.events]
        count = wording.counted(len(told), "safety event is", "safety events are")
        lines.append(Line(f"{count} open: {wording.few(told, most=MOST_NAMES, between='; ')}."))
    if standing.cleared:
        told = [
            _clauses(
                f"level {event.level} of {_day(event, zone)}",
                _said(event),
                wording_of_safety.cleared(event, zone),
            )
            for event in standing.cleared
        ]
        count = wording.counted(len(told), "safety event was", "safety events were")
        lines.append(
            Line(f"{count} acknowledged: {wording.few(told, most=MOST_NAMES, between='; ')}.")
        )
    return lines


def _open(event: EventSeen, zone: str) -> str:
    signs = [
        f"{_said(event)} ({wording_of_safety.happened(sign, zone)})"
        for sign in (event.signs or ())[:1]
    ]
    tries = wording_of_safety.tried(event, zone)[-MOST_NAMES:]
    return ", ".join([f"level {event.level} since {_day(event, zone)}", *signs, *tries])


def _clauses(*parts: str) -> str:
    return ", ".join(filter(None, parts))


def _day(event: EventSeen, zone: str) -> str:
    return wording.day(local_day(event.opened_at, zone))


def _said(event: EventSeen) -> str:
    """Tell all that was answered in it: of each question the gravest answer."""
    fired: dict[str, int] = {}
    for sign in event.signs or ():
        fired |= {code: max(value, fired.get(code, value)) for code, value in sign.fired.items()}
    return wording_of_safety.said(fired)


def _reported(reports: Sequence[_Report], *, most: int) -> list[Line]:
    """Tell the most serious that were not reviewed; the rest collapses, and hides nothing graver.

    Reports come most serious first.
    """
    fresh = [one for one in reports if one.entry.reviewed_at is None][:most]
    names = {one.entry.id for one in fresh}
    rest = [one for one in reports if one.entry.id not in names]
    words = {one.entry.id: one.words for one in reports}
    lines = [line(f"{one.words}.", [one.entry], is_told=True) for one in fresh]
    if rest:
        entries = [one.entry for one in rest]
        text = seen.counted(entries, "report", "reports")
        if rest[0].level > max((one.level for one in fresh), default=0):
            text += f"; the most serious, {rest[0].words}"
        elif fresh:
            text += ", none more serious"
        kept = seen.folded(entries, lambda entry: line(f"{words[entry.id]}.", [entry]))
        lines.append(line(f"{'Also' if fresh else 'In this window'} {text}.", entries, folded=kept))
    return lines


def _level(signals: Mapping[str, Any]) -> int:
    finding = rules.judge(rules.with_use(signals, break_days=None), tightened={})
    return finding.level if finding is not None else 0


def _none(asked: Sequence[Recorded]) -> Line:
    names = sorted(
        {
            topic
            for entry in asked
            for topic in wording_of_safety.topics(KINDS[entry.kind].signals(entry.values))
        }
    )
    return line(f"None reported; asked in {_entries(asked)}: {', '.join(names)}.", asked)


def _entries(found: Sequence[Recorded]) -> str:
    return wording.counted(len(found), "entry", "entries")


def _passed_over(entries: Sequence[Recorded]) -> list[Line]:
    """Tell questions of safety that were put and passed over: that is no "no"."""
    told: list[str] = []
    about: dict[UUID, Recorded] = {}
    for way, words in (("prefer_not_to_say", "preferred not to say"), ("skipped", "skipped")):
        found = [
            (entry, topic)
            for entry in entries
            for name, given in (entry.unanswered or {}).items()
            if given == way and (topic := wording_of_safety.question(name, entry.values))
        ]
        if found:
            told.append(f"{words}: {', '.join(sorted({topic for _, topic in found}))}")
            about |= {entry.id: entry for entry, _ in found}
    if not told:
        return []
    where = _entries(list(about.values()))
    return [line(f"Asked in {where} and {'; '.join(told)}.", about.values())]
