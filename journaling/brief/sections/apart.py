"""What was logged and stands in no figure of the window: told beside them, never left out."""

from collections.abc import Callable, Sequence

from journaling import wording
from journaling.brief import telling
from journaling.brief.document import Line, line
from journaling.brief.facts import Facts
from journaling.entries import Recorded
from journaling.kinds import KINDS

#: How entries of a kind are measured: ", 7 of 10".
Measure = Callable[[Sequence[Recorded]], str]


def beside(facts: Facts, kind: str, measure: Measure) -> Line | None:
    """Tell of one kind what was written down or changed too late, or heard of late.

    "1 craving, 7 of 10, written down 2 days later (not in figures)." What was told before and is
    still not reviewed is told where there is nothing else of its kind.
    """
    known = {entry.id for entry in facts.of(kind)}
    apart = [entry for entry in facts.heard if entry.kind == kind and entry.id not in known]
    in_time = [e for e in apart if e.id not in facts.unread and not e.changed_late]
    written = [e for e in in_time if not e.clock_suspect]
    doubted = [e for e in in_time if e.clock_suspect]
    changed = [e for e in apart if e.changed_late]
    heard = [e for e in apart if e.id in facts.unread and not e.changed_late]
    left = [e for e in facts.left if e.kind == kind and not (apart or facts.of(kind))]
    parts = (
        (written, f"written down {_span(written)} later (not in figures)"),
        (doubted, "by a phone whose clock was wrong (not in figures)"),
        (changed, "changed more than 2 days later (not in figures)"),
        (heard, f"{_heard(facts, heard)} (not in these figures)"),
        (left, "from earlier briefs and not reviewed"),
    )
    told = [f"{_counted(kind, found)}{measure(found)}, {how}" for found, how in parts if found]
    if not told:
        return None
    also = "Also " if facts.of(kind) else ""
    return line(f"{also}{'; '.join(told)}.", [*apart, *left])


def nothing(facts: Facts, what: str) -> Line:
    """Say that something was not logged: "none" only beside something else that was."""
    return line(f"No {what} in this window." if facts.heard else "Nothing logged.")


def _counted(kind: str, found: Sequence[Recorded]) -> str:
    return wording.counted(len(found), KINDS[kind].title.lower(), KINDS[kind].plural)


def _span(found: Sequence[Recorded]) -> str:
    days = sorted(map(telling.days_late, found))
    if not days:
        return ""
    first, last = days[0], days[-1]
    return wording.counted(first, "day") if first == last else f"{first} to {last} days"


def _heard(facts: Facts, late: Sequence[Recorded]) -> str:
    if all(entry.received_at >= facts.window.since for entry in late):
        return "arrived after the last session"
    missed = [entry for entry in late if entry.id in facts.missed]
    if len(missed) == len(late):
        return telling.MISSED
    return f"from before this window, {'new to this brief' if missed else 'heard of since'}"
