"""Craving: how often, how strong on its strongest days, and what became of it."""

from collections.abc import Sequence

from journaling import formatting
from journaling.briefs import phrases
from journaling.briefs.document import (
    Line,
    SectionContent,
    context_by_day,
    join_lines,
    make_line,
    make_sparkline,
)
from journaling.briefs.facts import BriefFacts
from journaling.briefs.limits import DAYS_TO_COMPARE
from journaling.entries.entry import EntryValue
from journaling.insights import figures
from journaling.insights.confidence import Confidence, RatingScale
from journaling.insights.sampling import daily_peaks
from journaling.insights.timing import timing_by_daypart, timing_by_weekday
from journaling.insights.trends import find_trend


def write_craving(facts: BriefFacts) -> SectionContent:
    """Count episodes and outcomes; draw the daily peak. What is in no figure stands beside."""
    spark = make_sparkline(
        facts, kind="craving", daily=figures.peak_by_day,
        label="Strongest craving of the day", scale=(0, 10),
    )  # fmt: skip
    cravings = facts.of_kind("craving")
    beside = phrases.uncounted_line(facts, "craving", _strongest)
    if not cravings:
        return (beside or phrases.nothing_logged_line(facts, "craving was logged"),), spark
    first = join_lines(_episodes(facts), beside)
    lines = (first, _outcomes(facts), _targets_and_triggers(facts), _pattern(facts))
    return tuple(filter(None, lines)), spark


def _episodes(facts: BriefFacts) -> Line:
    cravings = facts.of_kind("craving")
    found = figures.craving_figures(cravings, days=facts.days)
    episodes = formatting.pluralize(found.episodes, "episode")
    text = (
        f"{episodes} {facts.spread(cravings)}; median daily peak {_of_ten(found.median_daily_peak)}"
    )
    earlier = context_by_day(facts, kind="craving", daily=figures.peak_by_day)
    if min(len(earlier), found.days_with) >= DAYS_TO_COMPARE:
        usual = _of_ten(figures.median_over_days(earlier))
        text += (
            f" ({found.days_with} days), against {usual} in the 14 days before"
            f" ({len(earlier)} days)"
        )
    return make_line(f"{text}.", cravings)


def _outcomes(facts: BriefFacts) -> Line:
    cravings = facts.of_kind("craving")
    found = figures.craving_figures(cravings, days=facts.days)
    if not found.answered:
        return make_line("Outcome: not known.", cravings)
    text = (
        f"Outcome: did not use {found.resisted} of {formatting.pluralize(found.answered, 'time')}"
    )
    if rest := found.episodes - found.answered:
        text += f"; not known for {rest}"
    return make_line(f"{text}.", cravings)


def _targets_and_triggers(facts: BriefFacts) -> Line | None:
    with_triggers = [entry for entry in facts.of_kind("craving") if entry.values["triggers"]]
    targets = figures.count_names(entry.values["target"] for entry in facts.of_kind("craving"))
    about = f"For: {formatting.top_counts(targets)}."
    triggers = figures.count_names(
        formatting.humanize(name) for entry in with_triggers for name in entry.values["triggers"]
    )
    if triggers:
        about += f" Triggers named: {formatting.top_counts(triggers)}."
    return make_line(about, facts.of_kind("craving"))


def _pattern(facts: BriefFacts) -> Line | None:
    """Write the trend and the timing that the days of context and window show together.

    What is too early to say is not said at all.
    """
    change = find_trend(
        daily_peaks(facts.with_context), days=facts.all_days, scale=RatingScale(0, 10)
    )
    times = (
        timing_by_daypart(facts.with_context),
        timing_by_weekday(facts.with_context, days=facts.all_days),
    )
    said = [f"Daily peak {change.text}."] if change.confidence is not Confidence.TOO_EARLY else []
    said += [found.text for found in times if found.confidence is not Confidence.TOO_EARLY]
    about = {entry_id for found in (change, *times) for entry_id in found.entries}
    entries = [entry for entry in facts.with_context if entry.id in about]
    return make_line(" ".join(said), entries) if said else None


def _strongest(found: Sequence[EntryValue]) -> str:
    most = max(entry.values["intensity"] for entry in found)
    return f", {'at most ' if len(found) > 1 else ''}{most} of 10"


def _of_ten(value: float | None) -> str:
    return "not known" if value is None else f"{formatting.format_number(value)} of 10"
