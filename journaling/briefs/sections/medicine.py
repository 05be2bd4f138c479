"""Medicine and supplements: what was taken of what was due, and what else was logged as a dose."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from backend.kit.text import count_folded_names, fold_name, truncate
from journaling import formatting
from journaling.briefs import phrases
from journaling.briefs.document import Line, join_lines, make_line
from journaling.briefs.facts import BriefFacts
from journaling.briefs.limits import (
    MAX_ASIDE_LENGTH,
    MAX_MEDICINE_NAME_LENGTH,
    MAX_MEDICINES_NAMED,
    MAX_REGIMENS,
)
from journaling.briefs.sections.diary_cards import cards_asking, uncounted_cards_line
from journaling.entries.entry import EntryValue, entries_of_kind
from journaling.entries.kinds.daily import DiaryCard
from journaling.entries.kinds.short_kinds import Dose

#: So long before its day a refill is told; ours: a session and a weekend lie within.
_REFILL_TOLD_BEFORE = timedelta(days=7)


def write_medicine(facts: BriefFacts) -> Line | None:
    """Write on how many of the days asked it was taken, and the doses that were logged."""
    parts = [
        _taken(facts, "Medicine", "medication_taken"),
        _taken(facts, "Supplements", "supplements_taken"),
        _regimens(facts),
        _doses(facts),
        phrases.uncounted_line(facts, Dose, lambda _: ""),
    ]
    return join_lines(*parts) if any(parts) else None


def _taken(facts: BriefFacts, name: str, field: str) -> Line | None:
    """Write "Medicine: taken on 5 of 6 days asked, 1 left open"; None where it was not asked.

    Asked is a day on whose card it was answered, or passed over by a word of the patient.
    """
    asked = cards_asking(facts.of_kind(DiaryCard), field)
    if not asked:
        return uncounted_cards_line(facts, name, field)
    answers = [getattr(card.values, field) for card in asked]
    text = f"{name}: taken on {answers.count(True)} of {formatting.pluralize(len(asked), 'day')}"
    left_open = answers.count(None)
    return make_line(f"{text} asked{f', {left_open} left open' if left_open else ''}.", asked)


def _regimens(facts: BriefFacts) -> Line | None:
    """Write how many of the doses due were taken, by medicine; a day that is not over has none due.

    Doses are those of whole days, also of the morning before the session with which the window
    begins. What was neither logged as taken nor as skipped is not known. A refill is named from a
    week before its day on.
    """
    doses = [dose for dose in entries_of_kind(facts.of_days, Dose) if dose.is_countable]
    told, about = [], []
    for medication in facts.record.medications:
        due = {day: number for day in facts.days if (number := medication.doses_due(day))}
        own = [one for one in doses if fold_name(one.values.name) in medication.names]
        name = truncate(medication.newest.name, longest=MAX_MEDICINE_NAME_LENGTH)
        parts = [_of_due(due, own)] if due else []
        refill_by = medication.newest.refill_by
        is_near = refill_by is not None and refill_by <= facts.today + _REFILL_TOLD_BEFORE
        if refill_by is not None and is_near and not medication.is_ended:
            parts.append(f"refill by {formatting.format_day(refill_by)}")
        if parts:
            told.append(f"{name} {', '.join(parts)}")
            about += [one for one in own if one.local_date in due]
    if not told:
        return None
    return make_line(f"{formatting.join_first(told, most=MAX_REGIMENS, between='; ')}.", about)


def _of_due(due: Mapping[date, int], own: Sequence[EntryValue[Dose]]) -> str:
    """Write "taken 9 of 14 due, 2 skipped, 3 not logged"; no more of a day than was due."""
    taken, skipped = (
        sum(
            min(number, sum(one.local_date == day and one.values.taken is is_taken for one in own))
            for day, number in due.items()
        )
        for is_taken in (True, False)
    )
    total = sum(due.values())
    skipped = min(skipped, total - taken)
    unknown = total - taken - skipped
    parts = [f"{n} {words}" for n, words in ((skipped, "skipped"), (unknown, "not logged")) if n]
    return ", ".join([f"taken {taken} of {total} due", *parts])


def _doses(facts: BriefFacts) -> Line | None:
    """Write how many doses of each other medicine were taken, and why the newest was skipped.

    What is counted against what was due is not counted again.
    """
    counted = {
        name for one in facts.record.medications if any(map(one.doses_due, facts.days))
        for name in one.names
    }  # fmt: skip
    every = facts.of_kind(Dose)
    doses = [dose for dose in every if fold_name(dose.values.name) not in counted]
    parts = [_other_doses(doses), _last_skipped(every)]
    return join_lines(*parts) if any(parts) else None


def _other_doses(doses: Sequence[EntryValue[Dose]]) -> Line | None:
    if not doses:
        return None
    taken = Counter(fold_name(dose.values.name) for dose in doses if dose.values.taken)
    told = [
        f"{truncate(name, longest=MAX_MEDICINE_NAME_LENGTH)} taken"
        f" {taken[fold_name(name)]} of {formatting.pluralize(number, 'time')}"
        for name, number in count_folded_names(dose.values.name for dose in doses)
    ]
    return make_line(
        f"Doses logged: {formatting.join_first(told, most=MAX_MEDICINES_NAMED)}.", doses
    )


def _last_skipped(doses: Sequence[EntryValue[Dose]]) -> Line | None:
    reasons = [
        (dose, reason)
        for dose in doses
        if not dose.values.taken and (reason := (dose.values.reason or "").strip())
    ]
    if not reasons:
        return None
    dose, reason = reasons[-1]
    words = formatting.quote(reason, longest=MAX_ASIDE_LENGTH)
    return make_line(f"Last skipped: {words}.", [dose])
