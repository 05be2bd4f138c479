"""Safety: what was reported, and never "none" where nobody asked."""

from collections.abc import Sequence
from uuid import UUID

from journaling import wording
from journaling.brief import telling, wording_of_safety
from journaling.brief.document import Line, line, not_asked
from journaling.brief.facts import Facts
from journaling.brief.sections.part import Written, plain
from journaling.entries import Recorded
from journaling.kinds import KINDS
from journaling.limits import MOST_SAFETY_ENTRIES

_NOT_ASKED = "no entry of this window asks about safety. This says nothing either way."


def write(facts: Facts) -> Written:
    """Tell each entry that reports something, newest first; "none reported" only where asked.

    Entries recalled late are told as well: safety is no statistic.
    """
    signals = [(entry, KINDS[entry.kind].signals(entry.values)) for entry in facts.entries]
    asked = [entry for entry, found in signals if wording_of_safety.topics(found)]
    told = [
        line(f"{telling.opened(entry)}: {words}{telling.late(entry)}.", [entry])
        for entry, found in reversed(signals)
        if (words := wording_of_safety.reported(found))
    ]
    passed = _passed_over(facts.entries)
    if not asked and not passed:
        return plain(not_asked(_NOT_ASKED))
    shown = told[:MOST_SAFETY_ENTRIES]
    if len(told) > len(shown):
        rest = [entry for found in told[len(shown) :] for entry in found.entries]
        shown.append(Line(f"And {len(rest)} more, earlier in this window.", tuple(rest)))
    if not told and asked:
        shown = [_none(asked)]
    return plain(*shown, *passed)


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
