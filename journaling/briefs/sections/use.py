"""Use: each event, and how many days are known."""

from collections.abc import Sequence
from functools import partial

from backend.kit.text import count_folded_names, fold_name
from journaling import formatting
from journaling.briefs import phrases
from journaling.briefs.document import (
    Line,
    SectionContent,
    collapsed_lines,
    count_collapsed,
    join_lines,
    lines_only,
    make_line,
    name_entry_line,
    name_lines,
    split_shown,
)
from journaling.briefs.facts import BriefFacts
from journaling.briefs.limits import MAX_ASIDE_LENGTH, MAX_USE_EVENTS
from journaling.briefs.sections.agenda import is_on_agenda
from journaling.entries.entry import EntryValue, entries_of_kind
from journaling.entries.kinds.craving import Craving
from journaling.entries.kinds.daily import FIXED_URGES, DiaryCard, Urge
from journaling.entries.kinds.short_kinds import PreSession, Use
from journaling.insights import figures


def write_use(facts: BriefFacts) -> SectionContent:
    """Count the days, then write each event and the urges, each on its scale.

    "Without" is only where use was asked about and answered that day. Events written down too late
    to count, or heard of late, stand among the others, and are marked.
    """
    shown, collapsed = split_shown(facts, _events(facts), MAX_USE_EVENTS)
    write_event = partial(_event_line, facts)
    lines = [*name_lines(days=_days_line(facts)), *map(write_event, shown)]
    if collapsed:
        days = sorted({entry.local_date for entry in collapsed})
        count = count_collapsed(collapsed, "event", "events")
        text = f"{'Also ' if shown else ''}{count}: {formatting.format_days(days)}."
        also = make_line(text, collapsed, collapsed=collapsed_lines(collapsed, write_event))
        lines += name_lines(more_events=also)
    urges = [*_urges(facts), *_targets(facts)]
    return lines_only(*lines, *name_lines(urges=join_lines(*urges) if urges else None))


def _events(facts: BriefFacts) -> list[EntryValue]:
    """List what reports use; a diary card only where nothing else does on its day."""
    reporting = [entry for entry in facts.entries if figures.is_use_reported(entry)]
    days_told_otherwise = {
        entry.local_date for entry in reporting if not figures.is_card_reporting_use(entry)
    }
    return [
        entry
        for entry in reporting
        if not figures.is_card_reporting_use(entry) or entry.local_date not in days_told_otherwise
    ]


def _targets(facts: BriefFacts) -> list[Line]:
    """Write each of the patient's own targets: how strong its urge, and how often acted on.

    What was logged too late to count stands apart.
    """
    cards = entries_of_kind(facts.news, DiaryCard)
    counted = _own_targets([card for card in cards if card.is_countable])
    late = _own_targets([card for card in cards if not card.is_countable])
    return [
        make_line(f"{title}: {'; '.join(_target_phrase(own) for _, own in sorted(found.items()))}.",
             {card.id: card for own in found.values() for _, card, _ in own}.values())
        for title, found in (
            ("Own targets", counted),
            ("Own targets, told too late (not in figures)", late),
        )
        if found
    ]  # fmt: skip


#: A target as the card spells it, the card, and what it says of it.
_OwnUrge = tuple[str, EntryValue[DiaryCard], Urge]


def _own_targets(cards: Sequence[EntryValue[DiaryCard]]) -> dict[str, list[_OwnUrge]]:
    """Gather the urges of each target; another spelling is no other target."""
    asked: dict[str, list[_OwnUrge]] = {}
    for card in cards:
        for name, urge in (card.values.urges or {}).items():
            if name not in FIXED_URGES:
                asked.setdefault(fold_name(name), []).append((name, card, urge))
    return asked


def _target_phrase(spelt_urges: Sequence[_OwnUrge]) -> str:
    name, _ = count_folded_names(name for name, _, _ in spelt_urges)[0]
    urges = [urge for _, _, urge in spelt_urges]
    rated = [urge["peak"] for urge in urges if "peak" in urge]
    answered = [urge["acted"] for urge in urges if "acted" in urge]
    parts = [f"urge at most {max(rated)} of 5"] if rated else []
    if answered:
        times = formatting.pluralize(len(answered), "time")
        parts.append(f"acted on {sum(answered)} of {times} asked")
    return f"{formatting.humanize(name)}, {', '.join(parts)}"


def _urges(facts: BriefFacts) -> list[Line]:
    """Write the strongest urge to use of the diary cards, and the newest on the way in.

    What is in no figure is written only where it was stronger.
    """
    cards = [
        entry
        for entry in entries_of_kind(facts.news, DiaryCard)
        if "peak" in entry.values.urge("use")
    ]
    counted = [card for card in cards if card.is_countable and card.id not in facts.unread]
    rated = [
        (entry, entry.values.coming_in["use"])
        for entry in entries_of_kind(facts.news, PreSession)
        if entry.values.coming_in and "use" in entry.values.coming_in
    ]
    parts: list[str] = []
    about: list[EntryValue] = []
    # max keeps the first of equals, so the order of entries decides.
    top = max(counted, key=_peak, default=None)
    if top is not None:
        times = formatting.pluralize(len(counted), "time")
        parts.append(
            f"at most {_peak(top)} of 5 on the diary card,"
            f" {phrases.sentence_opening(top)} (asked {times})"
        )
        about.append(top)
    late = max((card for card in cards if card not in counted), key=_peak, default=None)
    if late is not None and (top is None or _peak(late) > _peak(top)):
        parts.append(
            f"{_peak(late)} of 5 on the diary card of"
            f" {phrases.sentence_opening(late)}{phrases.late_mark(late)}"
        )
        about.append(late)
    if rated:
        last, rating = rated[-1]
        parts.append(
            f"{rating} of 5 on the way in,"
            f" {formatting.format_day(last.local_date)}{phrases.late_mark(last)}"
        )
        about.append(last)
    return [make_line(f"Urge to use: {'; '.join(parts)}.", about)] if parts else []


def _peak(card: EntryValue[DiaryCard]) -> int:
    return card.values.urge("use")["peak"]


def _days_line(facts: BriefFacts) -> Line:
    """Write what is known of the days that are over; today only where something is known of it."""
    counted = [entry for entry in facts.of_days if entry.is_countable]
    late = [entry for entry in facts.of_days if not entry.is_countable]
    numbers = figures.use_figures(counted, told_late=late, days=facts.days)
    today = figures.use_figures(counted, told_late=late, days=[facts.today])
    text = formatting.format_use_days(
        days=numbers.days, with_use=numbers.with_use, without_use=numbers.without_use,
        left_open=numbers.left_open, not_asked=numbers.not_asked,
    )  # fmt: skip
    if not facts.news:
        text += "; nothing was logged"
    elif today.with_use or today.without_use:
        so_far = "use reported" if today.with_use else "without reported use so far"
        before = f"; not asked on {formatting.pluralize(numbers.days, 'day')} before"
        if numbers.is_asked:
            text += f". Today: {so_far}"
        else:
            text = f"Today: {so_far}{before if numbers.days else ''}"
    known = [e for e in counted if figures.is_use_reported(e) or figures.is_use_denied(e)]
    return make_line(f"{text}.", known)


def _event_line(facts: BriefFacts, entry: EntryValue) -> Line:
    return name_entry_line("event", entry, _event_text_line(facts, entry))


def _event_text_line(facts: BriefFacts, entry: EntryValue) -> Line:
    """Write one event, in their words but for what the agenda quotes already."""
    if isinstance(entry.values, Use):
        is_quoted = is_on_agenda(facts, entry) and phrases.own_words_field(entry) == "before"
        before = "" if is_quoted else (entry.values.before or "").strip()
        own = (
            f" Just before: {formatting.quote(before, longest=MAX_ASIDE_LENGTH)}" if before else ""
        )
        text_of_use = f"{phrases.entry_sentence(entry)}{phrases.company_phrase(entry.values)}.{own}"
        return make_line(text_of_use, [entry], is_told=True)
    if isinstance(entry.values, Craving):
        outcome = formatting.format_outcome(entry.values.outcome)
        return make_line(f"{phrases.entry_sentence(entry)}, {outcome}.", [entry], is_told=True)
    text = f"{phrases.sentence_opening(entry)}: acted on an urge to use{phrases.late_mark(entry)}."
    return make_line(text, [entry], is_told=True)
