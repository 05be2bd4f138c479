"""What the patient wants to talk about, in their own words."""

from journaling import wording
from journaling.brief import seen, telling
from journaling.brief.document import Line, joined, line, not_asked
from journaling.brief.facts import Facts
from journaling.brief.sections.part import Written, plain
from journaling.entries import Recorded
from journaling.limits import MOST_AGENDA_ENTRIES

_ASKED = "what they want from this session."


def write(facts: Facts) -> Written:
    """Quote each entry marked for the session, oldest first, and count those that don't fit.

    Marks count on entries recalled late as well: wanting to talk is no statistic. They do not
    collapse when they are reviewed: read before the session is not talked about in it.
    """
    own = _own(facts)
    if own is not None:
        own = joined(own, _before(facts))
    shown, rest = _marked(facts)
    if not shown:
        own = own or not_asked(f"{_ASKED} No entry is marked “bring this to my session”.")
        return plain(own)
    lines = [_told(entry) for entry in shown]
    if rest:
        count = wording.counted(len(rest), "earlier entry", "earlier entries")
        lines.append(line(f"And {count} marked, from {wording.day(rest[0].local_date)} on.", rest))
    return plain(own or not_asked(_ASKED), *lines)


def is_on_agenda(facts: Facts, entry: Recorded) -> bool:
    """Whether the agenda quotes this entry."""
    return entry in _marked(facts)[0]


def _marked(facts: Facts) -> tuple[list[Recorded], list[Recorded]]:
    """List the newest marked entries, and the others; one more is told rather than counted."""
    marked = [entry for entry in facts.entries if _is_for_now(entry)]
    return seen.newest(facts, marked, MOST_AGENDA_ENTRIES)


def _is_for_now(entry: Recorded) -> bool:
    """Whether the patient marked it for a session, or a clinician said "let's talk"."""
    return (entry.discuss or entry.acknowledged_at is not None) and not entry.values.get("agenda")


def _own(facts: Facts) -> Line | None:
    """Quote the agenda whole: at most 280 characters; an earlier one gives way to a newer."""
    asked = [entry for entry in facts.entries if entry.kind == "pre_session"]
    named = [entry for entry in asked if (entry.values["agenda"] or "").strip()]
    if named:
        words = wording.quote(named[-1].values["agenda"], longest=280)
        told = f"Their agenda: {words}{telling.late(named[-1])}"
        return line(told, [named[-1]], is_told=True)
    if asked:
        return line("Asked what they want from this session: left open.", asked)
    return None


def _before(facts: Facts) -> Line | None:
    """Quote the newest agenda of before that nobody could read then, if a newer took its place."""
    named = [entry for entry in facts.entries if (entry.values.get("agenda") or "").strip()]
    fresh = [e for e in named[:-1] if e.id in facts.unread and e.reviewed_at is None]
    if not fresh:
        return None
    last = fresh[-1]
    return line(f"Before it: {wording.quote(last.values['agenda'])}{telling.late(last)}", [last])


def _told(entry: Recorded) -> Line:
    words = telling.quoted(entry)
    own = f" {words}" if words else " No words added."
    who = "Marked to bring" if entry.discuss else "The team said “let’s talk about this”"
    if entry.discuss and entry.acknowledged_at is not None:
        who += ", and the team said “let’s talk about this”"
    return line(f"{who}: {telling.told(entry)}.{own}", [entry], is_told=True)
