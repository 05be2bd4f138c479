"""Body and community: medicine, readings, meals, movement, pain, balance, meetings.

What was asked is read here: nothing is asked of a patient that nobody reads. Nothing is judged: a
medicine was taken or not, a reading stands beside the one before.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from statistics import median, quantiles
from typing import NamedTuple

from care.medical.vital_bounds import Bounds
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
    MAX_READINGS,
)
from journaling.briefs.sections.diary_cards import cards_asking, uncounted_cards_line
from journaling.briefs.sections.medicine import write_medicine
from journaling.entries.entry import EntryValue, entries_of_kind
from journaling.entries.kinds.daily import SPHERES, DiaryCard
from journaling.entries.kinds.short_kinds import Meeting
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
#: What else the section would be about, where nobody asked.
UNASKED = {"medicine": "medicine", "readings": "readings", "community": "meetings"}


def write_body(facts: BriefFacts) -> SectionContent:
    """Write what was taken, the last readings, what is out of the usual, and the meetings.

    At most four lines; what nobody asked about is named in the last of them.
    """
    told = {
        "medicine": write_medicine(facts),
        "readings": _readings(facts),
        "habits": _habits(facts),
        "community": _community(facts),
    }
    unasked = [
        name
        for part, line in told.items()
        for name in (_unasked_habits(facts) if part == "habits" else [UNASKED[part]])
        if line is None or part == "habits"
    ]
    silence = not_asked_line(f"{', '.join(unasked)}.") if unasked else None
    return lines_only(*name_lines(**told, not_asked=silence))


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
    told = [
        _reading_phrase(newest[name], before.get(name), facts.record.bounds.get(name))
        for name in types
    ]
    text = formatting.join_first(told, most=MAX_READINGS, between="; ")
    about = [*(newest[name] for name in types), *(before[n] for n in types if n in before)]
    return join_lines(make_line(f"{text[0].upper()}{text[1:]}.", about), uncounted)


def _reading_phrase(
    entry: EntryValue[VitalSign], before: EntryValue[VitalSign] | None, bounds: Bounds | None
) -> str:
    text = f"{entry.values.description()}, {formatting.format_day(entry.local_date)}"
    if bounds is not None and (side := bounds.side_of(entry.values.value, entry.values.unit)):
        text += f", {side}"
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
    left_open = [
        habit.name
        for habit in HABITS
        if cards_asking(cards, habit.field) and not _by_day(cards, habit)
    ]
    sentences = [
        f"{opening}: {between.join(found)}."
        for opening, found, between in (
            ("Out of their usual", unusual, "; "),
            ("Too early to compare", early, ", "),
            ("As usual", usual, ", "),
            ("Left open", left_open, ", "),
        )
        if found
    ]
    about = cards_asking(cards, *(habit.field for habit in HABITS))
    parts = (
        make_line(" ".join(sentences), about) if sentences else None,
        _uncounted_habits(facts, cards),
        _balance(cards),
    )
    return join_lines(*parts) if any(parts) else None


def _uncounted_habits(facts: BriefFacts, cards: Sequence[EntryValue[DiaryCard]]) -> Line | None:
    """Name what stands only on diary cards of which no figure is made."""
    apart = [
        habit
        for habit in HABITS
        if not cards_asking(cards, habit.field) and cards_asking(_news_cards(facts), habit.field)
    ]
    if not apart:
        return None
    names = ", ".join(habit.name for habit in apart)
    return uncounted_cards_line(
        facts, f"{names[0].upper()}{names[1:]}", *(habit.field for habit in apart)
    )


def _unasked_habits(facts: BriefFacts) -> list[str]:
    cards = _news_cards(facts)
    return [habit.name for habit in HABITS if not cards_asking(cards, habit.field)]


def _news_cards(facts: BriefFacts) -> list[EntryValue[DiaryCard]]:
    return entries_of_kind(facts.news, DiaryCard)


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
