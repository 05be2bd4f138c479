"""Mood and sleep."""

from collections.abc import Sequence
from statistics import median
from uuid import UUID

from journaling import formatting
from journaling.briefs import phrases
from journaling.briefs.document import (
    Line,
    SectionContent,
    context_by_day,
    join_lines,
    make_line,
    make_sparkline,
    name_lines,
    not_asked_line,
)
from journaling.briefs.facts import BriefFacts
from journaling.briefs.limits import DAYS_TO_COMPARE
from journaling.entries.entry import EntryValue, entries_of_kind
from journaling.entries.kinds.daily import DiaryCard
from journaling.entries.kinds.short_kinds import EMOTIONS, Mood
from journaling.insights import figures
from journaling.insights.confidence import Confidence, RatingScale
from journaling.insights.sampling import daily_valence
from journaling.insights.trends import find_trend


def write_mood_sleep(facts: BriefFacts) -> SectionContent:
    """Write the median and the range of mood; draw each day's median valence."""
    spark = make_sparkline(
        facts, kind=Mood, daily=figures.valence_by_day,
        label="Mood of the day, median", scale=(-3, 3),
    )  # fmt: skip
    uncounted = phrases.uncounted_line(facts, Mood, _range)
    if not facts.of_kind(Mood):
        none = uncounted or phrases.nothing_logged_line(facts, "mood was logged")
        if not _cards(facts):
            return name_lines(mood=join_lines(none, not_asked_line("sleep."))), spark
        return name_lines(mood=none, sleep=join_lines(_sleep(facts), _emotions(facts))), spark
    lines = name_lines(
        mood=join_lines(_median_line(facts), uncounted),
        change=_change(facts),
        extremes=_extremes(facts),
        sleep=join_lines(_sleep(facts), _emotions(facts)),
    )
    return lines, spark


def _sleep(facts: BriefFacts) -> Line:
    """Write the median of the nights logged; "not asked" where there is no diary card."""
    asked, cards = _cards(facts), facts.of_kind(DiaryCard)
    if not asked:
        return not_asked_line("sleep.")
    if not cards:
        return make_line("Sleep: only on diary cards that stand in no figure.", asked)
    nights = [hours for card in cards if (hours := card.values.sleep_hours) is not None]
    rated = [quality for card in cards if (quality := card.values.sleep_quality) is not None]
    if not nights and not rated:
        return make_line("Sleep: left open on every diary card.", cards)
    parts = []
    if nights:
        parts.append(
            f"median {formatting.format_number(median(nights))} hours"
            f" ({formatting.pluralize(len(nights), 'night')})"
        )
    if rated:
        parts.append(
            f"quality {formatting.format_number(median(rated))} of 4"
            f" ({formatting.pluralize(len(rated), 'night')})"
        )
    return make_line(
        f"Sleep: {', '.join(parts)}.",
        [
            card
            for card in cards
            if card.values.sleep_hours is not None or card.values.sleep_quality is not None
        ],
    )


def _emotions(facts: BriefFacts) -> Line | None:
    """Write the strongest emotions of the diary cards, 0 to 5; None where none was rated."""
    cards = [card for card in facts.of_kind(DiaryCard) if card.values.emotions]
    strongest: dict[str, int] = {}
    for card in cards:
        for name, strength in (card.values.emotions or {}).items():
            strongest[name] = max(strength, strongest.get(name, 0))
    if not strongest:
        return None
    ranked = sorted(strongest, key=lambda name: (-strongest[name], EMOTIONS.index(name)))
    told = [f"{formatting.humanize(name)} {strongest[name]}" for name in ranked]
    days = formatting.pluralize(len(cards), "day")
    text = f"Emotions of the diary card, at most of 5: {formatting.join_first(told, most=3)}"
    return make_line(f"{text} ({days}).", cards)


def _cards(facts: BriefFacts) -> list[EntryValue[DiaryCard]]:
    return entries_of_kind(facts.news, DiaryCard)


def _range(moods: Sequence[EntryValue[Mood]]) -> str:
    values = [entry.values.valence for entry in moods]
    low, high = min(values), max(values)
    if low == high:
        return f", {formatting.format_valence(low)}"
    return f", from {formatting.format_valence(low)} to {formatting.format_valence(high)}"


def _median_line(facts: BriefFacts) -> Line:
    moods = facts.of_kind(Mood)
    numbers = figures.mood_figures(moods, days=facts.days)
    middle = formatting.format_valence(numbers.median_of_days or 0)
    text = f"Mood {facts.spread(moods)}: median {middle} on −3 to +3"
    earlier = context_by_day(facts, kind=Mood, daily=figures.valence_by_day)
    usual = figures.median_over_days(earlier)
    if usual is not None and min(len(earlier), numbers.days_with) >= DAYS_TO_COMPARE:
        text += (
            f" ({numbers.days_with} days), against {formatting.format_signed(usual)}"
            f" in the 14 days before ({len(earlier)} days)"
        )
    return make_line(f"{text}.", moods, own_text=f"Your {text[0].lower()}{text[1:]}.")


def _change(facts: BriefFacts) -> Line | None:
    """Write the trend of mood over context and window; nothing while it is too early."""
    daily = daily_valence(facts.with_context)
    trend = find_trend(daily, days=facts.all_days, scale=RatingScale(-3, 3))
    if trend.confidence is Confidence.TOO_EARLY:
        return None
    about = set(trend.entries)
    return make_line(
        f"Mood {trend.text}.", [entry for entry in facts.with_context if entry.id in about]
    )


def _extremes(facts: BriefFacts) -> Line | None:
    """Write the lowest and the highest mood, and the feelings named most."""
    moods = facts.of_kind(Mood)
    # min and max keep the first of equals, so the earliest and the order of entries decides.
    low = min(moods, key=lambda entry: entry.values.valence)
    high = max(moods, key=lambda entry: entry.values.valence)
    about: dict[UUID, EntryValue] = {}
    sentences = []
    if low.values.valence != high.values.valence:
        about |= {low.id: low, high.id: high}
        sentences.append(
            f"Lowest {formatting.format_valence(low.values.valence)},"
            f" {phrases.occurrence_time(low)};"
            f" highest {formatting.format_valence(high.values.valence)},"
            f" {phrases.occurrence_time(high)}."
        )
    named = [entry for entry in moods if entry.values.labels]
    if named:
        about |= {entry.id: entry for entry in named}
        labels = figures.count_names(
            formatting.humanize(name) for entry in named for name in entry.values.labels or ()
        )
        sentences.append(f"Named most: {formatting.top_counts(labels)}.")
    return make_line(" ".join(sentences), about.values()) if sentences else None
