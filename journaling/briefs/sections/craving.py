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
    name_lines,
)
from journaling.briefs.facts import BriefFacts
from journaling.briefs.limits import DAYS_TO_COMPARE
from journaling.entries.entry import EntryValue
from journaling.entries.kinds.craving import Craving
from journaling.insights import figures
from journaling.insights.confidence import Confidence, RatingScale
from journaling.insights.sampling import daily_peaks
from journaling.insights.timing import timing_by_daypart, timing_by_weekday
from journaling.insights.trends import find_trend


def write_craving(facts: BriefFacts) -> SectionContent:
    """Count episodes and outcomes; draw the daily peak. What is in no figure stands beside."""
    spark = make_sparkline(
        facts, kind=Craving, daily=figures.peak_by_day,
        label="Strongest craving of the day", scale=(0, 10),
    )  # fmt: skip
    cravings = facts.of_kind(Craving)
    uncounted = phrases.uncounted_line(facts, Craving, _strongest)
    if not cravings:
        none = uncounted or phrases.nothing_logged_line(facts, "craving was logged")
        return name_lines(episodes=none), spark
    lines = name_lines(
        episodes=join_lines(_episodes(facts), uncounted),
        outcome=_outcomes(facts),
        targets=_targets_and_triggers(facts),
        pattern=_pattern(facts),
    )
    return lines, spark


def _episodes(facts: BriefFacts) -> Line:
    cravings = facts.of_kind(Craving)
    numbers = figures.craving_figures(cravings, days=facts.days)
    episodes = formatting.pluralize(numbers.episodes, "episode")
    peak = _of_ten(numbers.median_daily_peak)
    text = f"{episodes} {facts.spread(cravings)}; median daily peak {peak}"
    earlier = context_by_day(facts, kind=Craving, daily=figures.peak_by_day)
    if min(len(earlier), numbers.days_with) >= DAYS_TO_COMPARE:
        usual = _of_ten(figures.median_over_days(earlier))
        text += (
            f" ({numbers.days_with} days), against {usual} in the 14 days before"
            f" ({len(earlier)} days)"
        )
    return make_line(f"{text}.", cravings, own_text=_own_episodes(facts, cravings))


def _own_episodes(facts: BriefFacts, cravings: Sequence[EntryValue[Craving]]) -> str:
    """Return what the patient reads: how many, and the strongest; of equals the newest."""
    top = max(reversed(cravings), key=lambda entry: entry.values.intensity)
    return (
        f"You logged {formatting.pluralize(len(cravings), 'craving')} {facts.spread(cravings)};"
        f" the strongest was {top.values.intensity} of 10, {phrases.occurrence_time(top)}."
    )


def _outcomes(facts: BriefFacts) -> Line:
    cravings = facts.of_kind(Craving)
    numbers = figures.craving_figures(cravings, days=facts.days)
    if not numbers.answered:
        return make_line("Outcome: not known.", cravings)
    times = formatting.pluralize(numbers.answered, "time")
    text = f"Outcome: did not use {numbers.resisted} of {times}"
    if unknown := numbers.episodes - numbers.answered:
        text += f"; not known for {unknown}"
    own = f"You answered what came of {times}, and did not use in {numbers.resisted} of them."
    return make_line(f"{text}.", cravings, own_text=own)


def _targets_and_triggers(facts: BriefFacts) -> Line | None:
    targets = figures.count_names(entry.values.target for entry in facts.of_kind(Craving))
    about = f"For: {formatting.top_counts(targets)}."
    triggers = figures.count_names(
        formatting.humanize(name)
        for entry in facts.of_kind(Craving)
        for name in entry.values.triggers or ()
    )
    if triggers:
        about += f" Triggers named: {formatting.top_counts(triggers)}."
    return make_line(about, facts.of_kind(Craving))


def _pattern(facts: BriefFacts) -> Line | None:
    """Write the trend and the timing that the days of context and window show together.

    What is too early to say is not said at all.
    """
    trend = find_trend(
        daily_peaks(facts.with_context), days=facts.all_days, scale=RatingScale(0, 10)
    )
    times = (
        timing_by_daypart(facts.with_context),
        timing_by_weekday(facts.with_context, days=facts.all_days),
    )
    sentences = (
        [f"Daily peak {trend.text}."] if trend.confidence is not Confidence.TOO_EARLY else []
    )
    sentences += [
        finding.text for finding in times if finding.confidence is not Confidence.TOO_EARLY
    ]
    about = {entry_id for finding in (trend, *times) for entry_id in finding.entries}
    entries = [entry for entry in facts.with_context if entry.id in about]
    return make_line(" ".join(sentences), entries) if sentences else None


def _strongest(cravings: Sequence[EntryValue[Craving]]) -> str:
    most = max(entry.values.intensity for entry in cravings)
    return f", {'at most ' if len(cravings) > 1 else ''}{most} of 10"


def _of_ten(value: float | None) -> str:
    return "not known" if value is None else f"{formatting.format_number(value)} of 10"
