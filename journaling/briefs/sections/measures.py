"""Questionnaires: scores on their range, and a change only where it is reliable (CLINICAL §2)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from journaling import formatting
from journaling.briefs import phrases
from journaling.briefs.document import (
    Line,
    SectionContent,
    join_lines,
    lines_only,
    make_line,
    name_entry_line,
    name_lines,
    not_asked_line,
)
from journaling.briefs.facts import BriefFacts
from journaling.briefs.limits import DAYS_BETWEEN_MEASURES, MAX_MEASURES, RELIABLE_CHANGE
from journaling.entries.entry import EntryValue, entries_of_kind
from journaling.entries.kinds.measure import Measure
from journaling.formatting import MAX_NAMES
from journaling.measures import instruments
from journaling.measures.instruments import Instrument, ScaleScore


def write_measures(facts: BriefFacts) -> SectionContent:
    """Write the newest of each questionnaire of the window beside the one before it."""
    by_instrument: dict[str, list[EntryValue[Measure]]] = {}
    for entry in entries_of_kind(facts.news, Measure):
        by_instrument.setdefault(entry.values.instrument, []).append(entry)
    if not by_instrument:
        return lines_only(*name_lines(none=_no_measure_line(facts)))
    # Those whose change can be stated come first.
    slugs = sorted(by_instrument, key=lambda slug: (slug not in RELIABLE_CHANGE, slug))
    lines = [
        name_entry_line("score", by_instrument[slug][-1], _measure_line(by_instrument[slug], facts))
        for slug in slugs[:MAX_MEASURES]
    ]
    return lines_only(
        *lines[:-1],
        _add_others(lines[-1], [by_instrument[slug][-1] for slug in slugs[MAX_MEASURES:]]),
    )


def _add_others(last: Line, others: Sequence[EntryValue[Measure]]) -> Line:
    """Append to the last line the questionnaires that have no line of their own."""
    if not others:
        return last
    also = make_line(f"Also: {'; '.join(map(_in_short, others))}.", others)
    return replace(join_lines(last, also), name=last.name)


def _in_short(entry: EntryValue[Measure]) -> str:
    instrument, score = entry.values.questionnaire(), entry.values.derived().score
    if instrument is None or instrument.total is None or score is None:
        return _short_name(entry.values)
    return f"{instrument.short_name} {score} of {instrument.total.high}"


def _no_measure_line(facts: BriefFacts) -> Line:
    earlier = [entry for entry in facts.measures if entry.timeline_at < facts.window.since]
    if not earlier:
        return not_asked_line("no questionnaire is part of this window.")
    last = earlier[-1]
    day = formatting.format_day(last.local_date)
    return make_line(
        f"None in this window. The last one, {day}: {phrases.entry_description(last)}.", [last]
    )


def _measure_line(entries: Sequence[EntryValue[Measure]], facts: BriefFacts) -> Line:
    newest = entries[-1]
    instrument = newest.values.questionnaire()
    head = f"{_short_name(newest.values)}, {formatting.format_day(newest.local_date)}"
    if len(entries) > 1:
        head += f" (newest of {len(entries)})"
    if instrument is None:
        return make_line(f"{head}: not scored, this version is not part of this release.", entries)
    parts = instruments.score_scales(instrument, newest.values.answers)
    total = instruments.score_total(instrument, newest.values.answers)
    if total is None:
        text = "; ".join(
            [*map(_scale_phrase, filter(_has_sum, parts)), *_scales_without_sum(parts)]
        )
        return make_line(
            f"{head}: {text}{_unanswered_phrase(instrument, newest)}{phrases.late_mark(newest)}.",
            entries,
        )
    if total.score is None:
        return make_line(
            f"{head}: not scored{_unanswered_phrase(instrument, newest)}"
            f"{phrases.late_mark(newest)}.",
            entries,
        )
    text = f"{head}: {_score_phrase(total)}{phrases.late_mark(newest)}."
    earlier = _earlier(newest, facts.measures)
    before = earlier.values.derived().score if earlier is not None else None
    if earlier is None or before is None:
        return make_line(f"{text} No earlier one to compare with.", entries)
    change = _change(instrument, newest, earlier, difference=total.score - before)
    return make_line(f"{text} {change}", [*entries, earlier])


def _short_name(measure: Measure) -> str:
    instrument = measure.questionnaire()
    return instrument.short_name if instrument is not None else measure.instrument


def _score_phrase(part: ScaleScore) -> str:
    severity = f", {part.severity}" if part.severity else ""
    return f"{part.score} of {part.scale.high}{severity}"


def _has_sum(part: ScaleScore) -> bool:
    return part.scale.low is not None


def _scales_without_sum(parts: Sequence[ScaleScore]) -> list[str]:
    """Describe the scales that have no published sum, all in one phrase."""
    names = [part.scale.name.lower() for part in parts if not _has_sum(part)]
    verb = "has" if len(names) == 1 else "have"
    return [f"{' and '.join(names)} {verb} no published sum"] if names else []


def _scale_phrase(part: ScaleScore) -> str:
    name = part.scale.name.lower()
    if part.score is None:
        return f"{name} not scored"
    return f"{name} {_score_phrase(part)}"


def _unanswered_phrase(instrument: Instrument, entry: EntryValue[Measure]) -> str:
    """Describe the items that were not answered; "preferred not to say" is kept apart."""
    items = instruments.unanswered_items(instrument, entry.values.answers)
    if not items:
        return ""
    passed = entry.unanswered or {}
    names = [
        item.removeprefix("q")
        + (" (preferred not to say)" * (passed.get(f"answers.{item}") == "prefer_not_to_say"))
        for item in items
    ]
    noun = "item" if len(names) == 1 else "items"
    return f"; not answered: {noun} {formatting.join_first(names, most=MAX_NAMES)}"


def _earlier(
    newest: EntryValue[Measure], measures: Sequence[EntryValue]
) -> EntryValue[Measure] | None:
    """Find the newest earlier one that asks about other days, or else the newest one."""
    if not newest.is_countable:
        return None
    same = [
        entry
        for entry in entries_of_kind(measures, Measure)
        if entry.timeline_at < newest.timeline_at
        and entry.is_countable
        and entry.values.instrument == newest.values.instrument
        and entry.values.version == newest.values.version
        and entry.values.derived().score is not None
    ]
    apart = [entry for entry in same if not _is_overlapping(entry, newest)]
    return next(iter([*reversed(apart), *reversed(same)]), None)


def _is_overlapping(earlier: EntryValue, newer: EntryValue) -> bool:
    return newer.local_date - earlier.local_date < timedelta(days=DAYS_BETWEEN_MEASURES)


def _change(
    instrument: Instrument,
    newest: EntryValue[Measure],
    earlier: EntryValue[Measure],
    *,
    difference: int,
) -> str:
    """Compare a score with an earlier one, which it differs from by so many points."""
    before = earlier.values.derived().score
    text = f"{formatting.format_day(earlier.local_date)}: {before}"
    if _is_overlapping(earlier, newest):
        days = formatting.pluralize((newest.local_date - earlier.local_date).days, "day")
        return f"{text}, only {days} before, so no change is claimed."
    if difference == 0:
        return f"{text}, the same."
    moved = f"{text}; {abs(difference)} {'lower' if difference < 0 else 'higher'} now"
    needed = RELIABLE_CHANGE.get(instrument.slug)
    if needed is None:
        return f"{moved} (no published threshold for a reliable change)."
    if abs(difference) >= needed:
        return f"{moved}, a reliable change ({needed} or more)."
    return f"{moved}, no reliable change (under {needed})."
