"""Mood and sleep."""

from collections.abc import Sequence
from statistics import median
from uuid import UUID

from journaling import statistics, wording
from journaling.brief import figures, sparks
from journaling.brief.document import Line, joined, line, not_asked
from journaling.brief.facts import Facts
from journaling.brief.sections import apart
from journaling.brief.sections.part import Written
from journaling.entries import Recorded
from journaling.limits import DAYS_TO_COMPARE
from journaling.statistics import Confidence
from journaling.statistics.words import Scale


def write(facts: Facts) -> Written:
    """Tell the middle and the ends of mood; draw each day's median valence."""
    spark = sparks.drawn(
        facts, kind="mood", daily=figures.daily_valence,
        label="Mood of the day, median", scale=(-3, 3),
    )  # fmt: skip
    beside = apart.beside(facts, "mood", _range)
    if not facts.of("mood"):
        none = beside or apart.nothing(facts, "mood was logged")
        if not _cards(facts):
            return (joined(none, not_asked("sleep.")),), spark
        return (none, _sleep(facts)), spark
    first = joined(_middle(facts), beside)
    lines = (first, _change(facts), _ends(facts), _sleep(facts))
    return tuple(filter(None, lines)), spark


def _sleep(facts: Facts) -> Line:
    """Tell the middle of the nights that were logged; "not asked" where no diary card was kept."""
    asked, cards = _cards(facts), facts.of("daily")
    if not asked:
        return not_asked("sleep.")
    if not cards:
        return line("Sleep: only on diary cards that stand in no figure.", asked)
    nights = [entry for entry in cards if entry.values["sleep_hours"] is not None]
    rated = [entry for entry in cards if entry.values["sleep_quality"] is not None]
    if not nights and not rated:
        return line("Sleep: left open on every diary card.", cards)
    told = []
    if nights:
        hours = median(entry.values["sleep_hours"] for entry in nights)
        told.append(
            f"median {wording.number(hours)} hours ({wording.counted(len(nights), 'night')})"
        )
    if rated:
        quality = median(entry.values["sleep_quality"] for entry in rated)
        told.append(
            f"quality {wording.number(quality)} of 4 ({wording.counted(len(rated), 'night')})"
        )
    return line(
        f"Sleep: {', '.join(told)}.",
        [entry for entry in cards if entry in nights or entry in rated],
    )


def _cards(facts: Facts) -> list[Recorded]:
    return [entry for entry in facts.heard if entry.kind == "daily"]


def _range(found: Sequence[Recorded]) -> str:
    values = [entry.values["valence"] for entry in found]
    low, high = min(values), max(values)
    if low == high:
        return f", {wording.valence(low)}"
    return f", from {wording.valence(low)} to {wording.valence(high)}"


def _middle(facts: Facts) -> Line:
    moods = facts.of("mood")
    found = figures.mood(moods, days=facts.days)
    middle = wording.valence(found.median_of_days or 0)
    text = f"Mood {facts.spread(moods)}: median {middle} on −3 to +3"
    earlier = sparks.before(facts, kind="mood", daily=figures.daily_valence)
    usual = figures.middle(earlier)
    if usual is not None and min(len(earlier), found.days_with) >= DAYS_TO_COMPARE:
        text += (
            f" ({found.days_with} days), against {wording.signed(usual)} in the 14 days before"
            f" ({len(earlier)} days)"
        )
    return line(f"{text}.", moods)


def _change(facts: Facts) -> Line | None:
    """Tell where mood goes over the days of context and window; nothing while it is too early."""
    daily = statistics.daily_valence(facts.told)
    found = statistics.trend(daily, days=facts.all_days, scale=Scale(-3, 3))
    if found.confidence is Confidence.TOO_EARLY:
        return None
    about = set(found.entries)
    return line(f"Mood {found.text}.", [entry for entry in facts.told if entry.id in about])


def _ends(facts: Facts) -> Line | None:
    """Tell the lowest and the highest, and the feelings named most."""
    moods = facts.of("mood")
    # min and max keep the first of equals, so the earliest and the order of entries decides.
    low = min(moods, key=lambda entry: entry.values["valence"])
    high = max(moods, key=lambda entry: entry.values["valence"])
    about: dict[UUID, Recorded] = {}
    told = []
    if low.values["valence"] != high.values["valence"]:
        about |= {low.id: low, high.id: high}
        told.append(
            f"Lowest {wording.valence(low.values['valence'])}, {wording.when(low)}; "
            f"highest {wording.valence(high.values['valence'])}, {wording.when(high)}."
        )
    named = [entry for entry in moods if entry.values["labels"]]
    if named:
        about |= {entry.id: entry for entry in named}
        labels = figures.tally(
            wording.spoken(name) for entry in named for name in entry.values["labels"]
        )
        told.append(f"Named most: {wording.tallied(labels)}.")
    return line(" ".join(told), about.values()) if told else None
