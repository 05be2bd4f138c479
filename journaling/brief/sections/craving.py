"""Craving: how often, how strong on its strongest days, and what became of it."""

from collections.abc import Sequence

from journaling import statistics, wording
from journaling.brief import figures, sparks
from journaling.brief.document import Line, joined, line
from journaling.brief.facts import Facts
from journaling.brief.sections import apart
from journaling.brief.sections.part import Written
from journaling.entries import Recorded
from journaling.limits import DAYS_TO_COMPARE
from journaling.statistics import Confidence
from journaling.statistics.words import Scale


def write(facts: Facts) -> Written:
    """Count episodes and outcomes; draw the daily peak. What stands in no figure is told beside."""
    spark = sparks.drawn(
        facts, kind="craving", daily=figures.daily_peaks,
        label="Strongest craving of the day", scale=(0, 10),
    )  # fmt: skip
    cravings = facts.of("craving")
    beside = apart.beside(facts, "craving", _strongest)
    if not cravings:
        return (beside or apart.nothing(facts, "craving was logged"),), spark
    first = joined(_episodes(facts), beside)
    lines = (first, _outcomes(facts), _named(facts), _pattern(facts))
    return tuple(filter(None, lines)), spark


def _episodes(facts: Facts) -> Line:
    cravings = facts.of("craving")
    found = figures.craving(cravings, days=facts.days)
    episodes = wording.counted(found.episodes, "episode")
    text = (
        f"{episodes} {facts.spread(cravings)}; median daily peak {_of_ten(found.median_daily_peak)}"
    )
    earlier = sparks.before(facts, kind="craving", daily=figures.daily_peaks)
    if min(len(earlier), found.days_with) >= DAYS_TO_COMPARE:
        usual = _of_ten(figures.middle(earlier))
        text += (
            f" ({found.days_with} days), against {usual} in the 14 days before"
            f" ({len(earlier)} days)"
        )
    return line(f"{text}.", cravings)


def _outcomes(facts: Facts) -> Line:
    cravings = facts.of("craving")
    found = figures.craving(cravings, days=facts.days)
    if not found.answered:
        return line("Outcome: not known.", cravings)
    text = f"Outcome: did not use {found.resisted} of {wording.counted(found.answered, 'time')}"
    if rest := found.episodes - found.answered:
        text += f"; not known for {rest}"
    return line(f"{text}.", cravings)


def _named(facts: Facts) -> Line | None:
    with_triggers = [entry for entry in facts.of("craving") if entry.values["triggers"]]
    targets = figures.tally(entry.values["target"] for entry in facts.of("craving"))
    about = f"For: {wording.tallied(targets)}."
    triggers = figures.tally(
        wording.spoken(name) for entry in with_triggers for name in entry.values["triggers"]
    )
    if triggers:
        about += f" Triggers named: {wording.tallied(triggers)}."
    return line(about, facts.of("craving"))


def _pattern(facts: Facts) -> Line | None:
    """Tell what the days of context and window bear out together: where it goes, when it comes.

    What is too early to say is not said at all.
    """
    change = statistics.trend(
        statistics.daily_peaks(facts.told), days=facts.all_days, scale=Scale(0, 10)
    )
    times = (statistics.dayparts(facts.told), statistics.weekdays(facts.told, days=facts.all_days))
    said = [f"Daily peak {change.text}."] if change.confidence is not Confidence.TOO_EARLY else []
    said += [found.text for found in times if found.confidence is not Confidence.TOO_EARLY]
    about = {entry_id for found in (change, *times) for entry_id in found.entries}
    entries = [entry for entry in facts.told if entry.id in about]
    return line(" ".join(said), entries) if said else None


def _strongest(found: Sequence[Recorded]) -> str:
    most = max(entry.values["intensity"] for entry in found)
    return f", {'at most ' if len(found) > 1 else ''}{most} of 10"


def _of_ten(value: float | None) -> str:
    return "not known" if value is None else f"{wording.number(value)} of 10"
