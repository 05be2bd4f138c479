"""Body and community: medicine, readings, meals, movement, pain, balance, meetings.

What was asked is read here: nothing is asked of a patient that nobody reads. Nothing is judged: a
medicine was taken or not, a reading stands beside the one before.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from statistics import median, quantiles
from typing import NamedTuple

from backend.kit.text import count_folded_names, fold_name, truncate
from journaling import formatting
from journaling.briefs import phrases
from journaling.briefs.document import (
    Line,
    SectionContent,
    join_lines,
    lines_only,
    make_line,
    name_lines,
    not_asked_line,
)
from journaling.briefs.facts import BriefFacts
from journaling.briefs.limits import (
    DAYS_TO_COMPARE,
    MAX_ASIDE_LENGTH,
    MAX_MEDICINE_NAME_LENGTH,
    MAX_MEDICINES_NAMED,
    MAX_READINGS,
)
from journaling.entries.entry import EntryValue, entries_of_kind
from journaling.entries.kinds.daily import SPHERES, DiaryCard
from journaling.entries.kinds.short_kinds import Dose, Meeting
from journaling.entries.kinds.vital_sign import UNITS_BY_TYPE, VitalSign
from journaling.insights import figures


class Habit(NamedTuple):
    """A number of the diary card that is told when it is out of a person's usual."""

    field: str
    name: str
    #: What stands after a number of it.
    unit: str


HABITS = (
    Habit("meals", "meals", "a day"),
    Habit("movement_minutes", "movement", "minutes a day"),
    Habit("pain", "pain", "of 10"),
)
#: What a line of the section would be about, where nobody asked.
UNASKED = {
    "medicine": "medicine",
    "readings": "readings",
    "habits": "meals, movement, pain",
    "community": "meetings",
}


def write_body(facts: BriefFacts) -> SectionContent:
    """Write what was taken, the last readings, what is out of the usual, and the meetings.

    At most four lines; what nobody asked about is named in the last of them.
    """
    told = {
        "medicine": _medicine(facts),
        "readings": _readings(facts),
        "habits": _habits(facts),
        "community": _community(facts),
    }
    unasked = [UNASKED[name] for name, line in told.items() if line is None]
    silence = not_asked_line(f"{', '.join(unasked)}.") if unasked else None
    return lines_only(*name_lines(**told, not_asked=silence))


# --- Medicine and supplements -----------------------------------------------------------------


def _medicine(facts: BriefFacts) -> Line | None:
    """Write on how many of the days asked it was taken, and the doses that were logged."""
    parts = [
        _taken(facts, "Medicine", "medication_taken"),
        _taken(facts, "Supplements", "supplements_taken"),
        _doses(facts),
        phrases.uncounted_line(facts, Dose, lambda _: ""),
    ]
    return join_lines(*parts) if any(parts) else None


def _taken(facts: BriefFacts, name: str, field: str) -> Line | None:
    """Write "Medicine: taken on 5 of 6 days asked, 1 left open"; None where it was not asked.

    Asked is a day on whose card it was answered, or passed over by a word of the patient.
    """
    asked = _cards_asking(facts.of_kind(DiaryCard), field)
    if not asked:
        return _uncounted_cards_line(facts, name, field)
    answers = [getattr(card.values, field) for card in asked]
    text = f"{name}: taken on {answers.count(True)} of {formatting.pluralize(len(asked), 'day')}"
    left_open = answers.count(None)
    return make_line(f"{text} asked{f', {left_open} left open' if left_open else ''}.", asked)


def _cards_asking(
    cards: Iterable[EntryValue[DiaryCard]], *fields: str
) -> list[EntryValue[DiaryCard]]:
    """List the cards on which one of these was answered, or passed over by a word."""
    return [
        card
        for card in cards
        if any(
            getattr(card.values, field) is not None or field in (card.unanswered or ())
            for field in fields
        )
    ]


def _uncounted_cards_line(facts: BriefFacts, name: str, *fields: str) -> Line | None:
    """Write that something stands only on diary cards of which no figure is made."""
    late = _cards_asking(entries_of_kind(facts.news, DiaryCard), *fields)
    return (
        make_line(f"{name}: only on diary cards that stand in no figure.", late) if late else None
    )


def _doses(facts: BriefFacts) -> Line | None:
    """Write how many doses of each medicine were taken, and why the newest was skipped."""
    doses = facts.of_kind(Dose)
    if not doses:
        return None
    taken = Counter(fold_name(dose.values.name) for dose in doses if dose.values.taken)
    told = [
        f"{truncate(name, longest=MAX_MEDICINE_NAME_LENGTH)} taken"
        f" {taken[fold_name(name)]} of {formatting.pluralize(number, 'time')}"
        for name, number in count_folded_names(dose.values.name for dose in doses)
    ]
    text = f"Doses logged: {formatting.join_first(told, most=MAX_MEDICINES_NAMED)}."
    reasons = [
        dose.values.reason.strip()
        for dose in doses
        if not dose.values.taken and dose.values.reason and dose.values.reason.strip()
    ]
    if reasons:
        text += f" Last skipped: {formatting.quote(reasons[-1], longest=MAX_ASIDE_LENGTH)}."
    return make_line(text, doses)


# --- Readings ---------------------------------------------------------------------------------


def _readings(facts: BriefFacts) -> Line | None:
    """Write the newest reading of each type, and what it was before; a unit is never converted."""
    newest: dict[str, EntryValue[VitalSign]] = {}
    before: dict[str, EntryValue[VitalSign]] = {}
    inside = {entry.id for entry in facts.of_kind(VitalSign)}
    for entry in entries_of_kind(facts.with_context, VitalSign):
        if not entry.is_countable:
            continue
        kind = entry.values.type
        if entry.id not in inside:
            before[kind] = entry
            continue
        if kind in newest:
            before[kind] = newest[kind]
        newest[kind] = entry
    uncounted = phrases.uncounted_line(facts, VitalSign, _values)
    if not newest:
        return uncounted
    types = [name for name in UNITS_BY_TYPE if name in newest]
    told = [_reading_phrase(newest[name], before.get(name)) for name in types]
    text = formatting.join_first(told, most=MAX_READINGS, between="; ")
    about = [*(newest[name] for name in types), *(before[n] for n in types if n in before)]
    return join_lines(make_line(f"{text[0].upper()}{text[1:]}.", about), uncounted)


def _reading_phrase(entry: EntryValue[VitalSign], before: EntryValue[VitalSign] | None) -> str:
    text = f"{entry.values.description()}, {formatting.format_day(entry.local_date)}"
    if before is None or before.values.unit != entry.values.unit:
        return text
    earlier = before.values
    lower = f"/{earlier.diastolic}" if earlier.diastolic is not None else ""
    value = f"{formatting.format_number(earlier.value)}{lower}"
    return f"{text} ({value} on {formatting.format_day(before.local_date)})"


def _values(readings: Sequence[EntryValue[VitalSign]]) -> str:
    return f" ({formatting.join_first([one.values.description() for one in readings], most=2)})"


# --- Meals, movement, pain, balance -------------------------------------------------------------


def _habits(facts: BriefFacts) -> Line | None:
    """Write the numbers of the diary card that are out of the person's usual, and the balance.

    Out of the usual is a median outside of the middle half of the days before, from 4 days on in
    both; nothing is claimed to have changed. What stayed within is named, and so is what can't be
    compared yet.
    """
    cards = facts.of_kind(DiaryCard)
    unusual, early, usual = [], [], []
    for habit in HABITS:
        now, before = (_by_day(found, habit) for found in (cards, facts.context_of_kind(DiaryCard)))
        if not now:
            continue
        middle, days = median(now.values()), formatting.pluralize(len(now), "day")
        text = f"{habit.name} median {formatting.format_number(middle)} {habit.unit} ({days})"
        if min(len(now), len(before)) < DAYS_TO_COMPARE:
            early.append(text)
        elif _is_unusual(middle, before.values()):
            earlier = formatting.format_number(median(before.values()))
            unusual.append(f"{text}, against {earlier} in the 14 days before ({len(before)} days)")
        else:
            usual.append(habit.name)
    sentences = [
        f"{opening}: {between.join(found)}."
        for opening, found, between in (
            ("Out of their usual", unusual, "; "),
            ("Too early to compare", early, ", "),
            ("As usual", usual, ", "),
        )
        if found
    ]
    fields = [habit.field for habit in HABITS]
    about = _cards_asking(cards, *fields)
    if not sentences and about:
        sentences = ["Meals, movement, pain: left open."]
    parts = (
        make_line(" ".join(sentences), about)
        if sentences
        else _uncounted_cards_line(facts, "Meals, movement, pain", *fields),
        _balance(cards),
    )
    return join_lines(*parts) if any(parts) else None


def _by_day(cards: Iterable[EntryValue[DiaryCard]], habit: Habit) -> dict[date, float]:
    values = ((card.local_date, getattr(card.values, habit.field)) for card in cards)
    return {day: value for day, value in values if value is not None}


def _is_unusual(value: float, earlier: Iterable[float]) -> bool:
    """Whether a number lies outside of the middle half of earlier ones."""
    low, _, high = quantiles(earlier, n=4, method="inclusive")
    return not low <= value <= high


def _balance(cards: Sequence[EntryValue[DiaryCard]]) -> Line | None:
    """Write the median of each sphere on its scale of 0 to 4."""
    rated = [card for card in cards if card.values.balance]
    if not rated:
        return None
    balances = [card.values.balance or {} for card in rated]
    parts = [
        f"{sphere} {formatting.format_number(median(found))}"
        for sphere in SPHERES
        if (found := [balance[sphere] for balance in balances if sphere in balance])
    ]
    days = formatting.pluralize(len(rated), "day")
    return make_line(f"Balance, median of 0-4: {', '.join(parts)} ({days}).", rated)


# --- Meetings -----------------------------------------------------------------------------------


def _community(facts: BriefFacts) -> Line | None:
    """Write how many meetings the patient went to, and of which kind."""
    meetings = facts.of_kind(Meeting)
    uncounted = phrases.uncounted_line(facts, Meeting, lambda _: "")
    if not meetings:
        return uncounted
    kinds = figures.count_names(formatting.humanize(one.values.meeting_kind) for one in meetings)
    count = formatting.pluralize(len(meetings), "meeting")
    text = f"{count} attended {facts.spread(meetings)}: {formatting.top_counts(kinds)}."
    return join_lines(make_line(text, meetings), uncounted)
