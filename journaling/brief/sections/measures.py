"""Questionnaires: scores on their range, and a change only where it is reliable (CLINICAL §2)."""

from collections.abc import Sequence
from datetime import timedelta

from journaling import instruments, scoring, wording
from journaling.brief import telling
from journaling.brief.document import Line, joined, line, not_asked
from journaling.brief.facts import Facts
from journaling.brief.sections.part import Written, plain
from journaling.entries import Recorded
from journaling.instruments import Instrument
from journaling.limits import (
    DAYS_BETWEEN_MEASURES,
    MOST_MEASURES,
    MOST_NAMES,
    RELIABLE_CHANGE,
)
from journaling.scoring import Scored


def write(facts: Facts) -> Written:
    """Tell the newest of each questionnaire of the window beside the one before it."""
    inside: dict[str, list[Recorded]] = {}
    for entry in facts.heard:
        if entry.kind == "measure":
            inside.setdefault(entry.values["instrument"], []).append(entry)
    if not inside:
        return plain(_none(facts))
    # Those whose change can be told come first.
    slugs = sorted(inside, key=lambda slug: (slug not in RELIABLE_CHANGE, slug))
    told = [_one(inside[slug], facts) for slug in slugs[:MOST_MEASURES]]
    return plain(*told[:-1], _also(told[-1], [inside[slug][-1] for slug in slugs[MOST_MEASURES:]]))


def _also(last: Line, rest: Sequence[Recorded]) -> Line:
    """Name what has no line of its own at the end of the last one."""
    if not rest:
        return last
    return joined(last, line(f"Also: {'; '.join(map(_in_short, rest))}.", rest))


def _in_short(entry: Recorded) -> str:
    found = instruments.find(entry.values["instrument"], entry.values["version"])
    score = entry.derived["score"]
    if found is None or found.total is None or score is None:
        return _short(entry)
    return f"{found.short_name} {score} of {found.total.high}"


def _none(facts: Facts) -> Line:
    earlier = [entry for entry in facts.measures if entry.shown_at < facts.window.since]
    if not earlier:
        return not_asked("no questionnaire is part of this window.")
    last = earlier[-1]
    day = wording.day(last.local_date)
    return line(f"None in this window. The last one, {day}: {telling.what(last)}.", [last])


def _one(found: Sequence[Recorded], facts: Facts) -> Line:
    newest = found[-1]
    instrument = instruments.find(newest.values["instrument"], newest.values["version"])
    head = f"{_short(newest)}, {wording.day(newest.local_date)}"
    if len(found) > 1:
        head += f" (newest of {len(found)})"
    if instrument is None:
        return line(f"{head}: not scored, this version is not part of this release.", found)
    parts = scoring.scored(instrument, newest.values["answers"])
    total = scoring.total(instrument, newest.values["answers"])
    if total is None:
        text = "; ".join([*map(_part, filter(_has_sum, parts)), *_without_sum(parts)])
        return line(f"{head}: {text}{_left_open(instrument, newest)}{telling.late(newest)}.", found)
    if total.score is None:
        return line(
            f"{head}: not scored{_left_open(instrument, newest)}{telling.late(newest)}.", found
        )
    text = f"{head}: {_scored(total)}{telling.late(newest)}."
    earlier = _earlier(newest, facts.measures)
    if earlier is None:
        return line(f"{text} No earlier one to compare with.", found)
    return line(f"{text} {_change(instrument, newest, earlier)}", [*found, earlier])


def _short(entry: Recorded) -> str:
    found = instruments.find(entry.values["instrument"], entry.values["version"])
    return found.short_name if found is not None else str(entry.values["instrument"])


def _scored(part: Scored) -> str:
    severity = f", {part.severity}" if part.severity else ""
    return f"{part.score} of {part.scale.high}{severity}"


def _has_sum(part: Scored) -> bool:
    return part.scale.low is not None


def _without_sum(parts: Sequence[Scored]) -> list[str]:
    """Name once the scales that have no published sum."""
    names = [part.scale.name.lower() for part in parts if not _has_sum(part)]
    verb = "has" if len(names) == 1 else "have"
    return [f"{' and '.join(names)} {verb} no published sum"] if names else []


def _part(part: Scored) -> str:
    name = part.scale.name.lower()
    if part.score is None:
        return f"{name} not scored"
    return f"{name} {_scored(part)}"


def _left_open(instrument: Instrument, entry: Recorded) -> str:
    """Name the items that were not answered; preferring not to say is told as that."""
    items = scoring.not_answered(instrument, entry.values["answers"])
    if not items:
        return ""
    passed = entry.unanswered or {}
    names = [
        item.removeprefix("q")
        + (" (preferred not to say)" * (passed.get(f"answers.{item}") == "prefer_not_to_say"))
        for item in items
    ]
    noun = "item" if len(names) == 1 else "items"
    return f"; not answered: {noun} {wording.few(names, most=MOST_NAMES)}"


def _earlier(newest: Recorded, measures: Sequence[Recorded]) -> Recorded | None:
    """Find the newest earlier one that asks about other days, or else the newest one."""
    if not newest.counts:
        return None
    same = [
        entry
        for entry in measures
        if entry.shown_at < newest.shown_at
        and entry.counts
        and all(entry.values[name] == newest.values[name] for name in ("instrument", "version"))
        and entry.derived["score"] is not None
    ]
    apart = [entry for entry in same if not _overlap(entry, newest)]
    return next(iter([*reversed(apart), *reversed(same)]), None)


def _overlap(earlier: Recorded, newer: Recorded) -> bool:
    return newer.local_date - earlier.local_date < timedelta(days=DAYS_BETWEEN_MEASURES)


def _change(instrument: Instrument, newest: Recorded, earlier: Recorded) -> str:
    before = earlier.derived["score"]
    by = newest.derived["score"] - before
    told = f"{wording.day(earlier.local_date)}: {before}"
    if _overlap(earlier, newest):
        days = wording.counted((newest.local_date - earlier.local_date).days, "day")
        return f"{told}, only {days} before, so no change is claimed."
    if by == 0:
        return f"{told}, the same."
    moved = f"{told}; {abs(by)} {'lower' if by < 0 else 'higher'} now"
    needed = RELIABLE_CHANGE.get(instrument.slug)
    if needed is None:
        return f"{moved} (no published threshold for a reliable change)."
    if abs(by) >= needed:
        return f"{moved}, a reliable change ({needed} or more)."
    return f"{moved}, no reliable change (under {needed})."
