"""The numbers of a brief, as plain values: entries in, figures out, no words.

Callers pass entries that may stand in a statistic (``EntryValue.is_countable``) and the days of the
window. A day without a value is absent, never zero.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median

from backend.kit import text
from journaling.entries.entry import EntryValue, V
from journaling.entries.kinds.craving import Craving
from journaling.entries.kinds.daily import DiaryCard, Urge
from journaling.entries.kinds.short_kinds import Mood
from journaling.entries.kinds.skill_practice import SkillPractice

#: Outcomes of a craving that say whether it was acted on.
ACTED_ON_OUTCOMES = ("used", "used_less")
SETTLED_OUTCOMES = (*ACTED_ON_OUTCOMES, "did_not_use")
#: Outcomes after which nobody can say that the day went without use.
OPEN_OUTCOMES = ("still_deciding", "prefer_not_to_say")
#: Questions about use that may be passed over.
_USE_QUESTIONS = frozenset({"urges", "urges.use", "urges.use.acted", "outcome"})


@dataclass(frozen=True, slots=True)
class CravingFigures:
    """Episodes of craving; ``answered`` are those whose outcome is known."""

    episodes: int
    days_with: int
    days: int
    median_daily_peak: float | None
    resisted: int
    answered: int


@dataclass(frozen=True, slots=True)
class LoggingFigures:
    """Which days of the window have no entry that counts, and the longest run of such days."""

    days: int
    without: tuple[date, ...]
    longest_gap: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class UseFigures:
    """Days by what is known about use.

    ``left_open`` are days on which it was asked and passed over, not settled, or answered too late
    to count; ``not_asked`` are those without any such question.
    """

    days: int
    with_use: int
    without_use: int
    left_open: int
    not_asked: int

    @property
    def unknown(self) -> int:
        """Count the days of which nobody can say either."""
        return self.left_open + self.not_asked

    @property
    def is_asked(self) -> bool:
        """Whether use was asked about on any of the days."""
        return self.not_asked < self.days


@dataclass(frozen=True, slots=True)
class MoodFigures:
    """Moods; ``median_of_days`` is the median of each day's median valence."""

    moods: int
    days_with: int
    days: int
    median_of_days: float | None


@dataclass(frozen=True, slots=True)
class SkillFigures:
    """Skill practice; ``answered`` are practices that say whether they helped."""

    practices: int
    days_with: int
    days: int
    helped: int
    answered: int


def summarize_by_day(
    entries: Iterable[EntryValue[V]],
    value: Callable[[EntryValue[V]], float],
    summary: Callable[[Sequence[float]], float],
) -> dict[date, float]:
    """Sum up each local day that has entries into one number."""
    by_day: dict[date, list[float]] = {}
    for entry in entries:
        by_day.setdefault(entry.local_date, []).append(value(entry))
    return {day: summary(found) for day, found in by_day.items()}


def peak_by_day(cravings: Iterable[EntryValue[Craving]]) -> dict[date, float]:
    """Find the strongest craving of each day that has one."""
    return summarize_by_day(cravings, lambda entry: entry.values.intensity, max)


def valence_by_day(moods: Iterable[EntryValue[Mood]]) -> dict[date, float]:
    """Find the median valence of each day that has a mood."""
    return summarize_by_day(moods, lambda entry: entry.values.valence, median)


def median_over_days(by_day: Mapping[date, float]) -> float | None:
    """Compute the median over days; None when no day has a value."""
    return median(by_day.values()) if by_day else None


def craving_figures(
    cravings: Sequence[EntryValue[Craving]], *, days: Sequence[date]
) -> CravingFigures:
    """Count episodes, days and outcomes, and find the median daily peak."""
    peaks = peak_by_day(cravings)
    outcomes = Counter(entry.values.outcome for entry in cravings)
    return CravingFigures(
        episodes=len(cravings),
        days_with=len(peaks),
        days=len(days),
        median_daily_peak=median_over_days(peaks),
        resisted=outcomes["did_not_use"],
        answered=sum(outcomes[name] for name in SETTLED_OUTCOMES),
    )


def logging_figures(entries: Iterable[EntryValue], *, days: Sequence[date]) -> LoggingFigures:
    """Find the days without entries; a day filled in more than 48 hours later is one of them."""
    logged = {entry.local_date for entry in entries}
    without = tuple(day for day in days if day not in logged)
    return LoggingFigures(days=len(days), without=without, longest_gap=_longest_run(without))


def use_figures(
    entries: Iterable[EntryValue], *, told_late: Iterable[EntryValue], days: Sequence[date]
) -> UseFigures:
    """Class each day: with use, without reported use, left open, or not asked.

    Without is a day on which it was asked and answered by "no", and nothing reports use or was
    left open. Anything else that was logged answers nothing. What came too late to count settles
    no day, and leaves it open.
    """
    counted, late = list(entries), list(told_late)
    with_use = {entry.local_date for entry in counted if is_use_reported(entry)}
    denied = {entry.local_date for entry in counted if is_use_denied(entry)}
    opened = {entry.local_date for entry in counted if is_use_left_open(entry)}
    opened |= {entry.local_date for entry in late if is_use_reported(entry)}
    asked_late = {
        entry.local_date for entry in late if is_use_denied(entry) or is_use_left_open(entry)
    }
    without = denied - opened
    days_by_class = Counter(
        "with" if day in with_use
        else "without" if day in without
        else "open" if day in opened | asked_late
        else "not asked"
        for day in days
    )  # fmt: skip
    return UseFigures(
        days=len(days),
        with_use=days_by_class["with"],
        without_use=days_by_class["without"],
        left_open=days_by_class["open"],
        not_asked=days_by_class["not asked"],
    )


def is_use_denied(entry: EntryValue) -> bool:
    """Whether the entry answers that nothing was used: a craving, or a day's card."""
    if isinstance(entry.values, Craving):
        return entry.values.outcome == "did_not_use"
    return _use_urge_of_card(entry).get("acted") is False


def is_use_left_open(entry: EntryValue) -> bool:
    """Whether use was asked about and not settled, or the question passed over."""
    if isinstance(entry.values, Craving) and entry.values.outcome in OPEN_OUTCOMES:
        return True
    return not _USE_QUESTIONS.isdisjoint(entry.unanswered or ())


def _use_urge_of_card(entry: EntryValue) -> Urge:
    return entry.values.urge("use") if isinstance(entry.values, DiaryCard) else Urge()


def is_use_reported(entry: EntryValue) -> bool:
    """Whether the entry says that something was used: a use, a craving, or a day's card."""
    return entry.kind == "use" or is_craving_acted_on(entry) or is_card_reporting_use(entry)


def is_card_reporting_use(entry: EntryValue) -> bool:
    """Whether a diary card says that an urge to use was acted on."""
    return bool(_use_urge_of_card(entry).get("acted"))


def is_craving_acted_on(entry: EntryValue) -> bool:
    """Whether a craving was acted on, in full or in part."""
    return isinstance(entry.values, Craving) and entry.values.outcome in ACTED_ON_OUTCOMES


def mood_figures(moods: Sequence[EntryValue[Mood]], *, days: Sequence[date]) -> MoodFigures:
    """Count moods and days, and find the median of the days."""
    by_day = valence_by_day(moods)
    return MoodFigures(
        moods=len(moods),
        days_with=len(by_day),
        days=len(days),
        median_of_days=median_over_days(by_day),
    )


def is_failed_attempt(practice: SkillPractice) -> bool:
    """Whether a skill was tried and could not be used (diary code 3)."""
    return bool(practice.attempted) and not practice.is_skill_used


def skill_figures(
    practices: Sequence[EntryValue[SkillPractice]], *, days: Sequence[date]
) -> SkillFigures:
    """Count practice and help; the diary code is never averaged."""
    done = [entry for entry in practices if entry.values.is_skill_used]
    answers = [entry.values.helped for entry in done if entry.values.helped is not None]
    return SkillFigures(
        practices=len(done),
        days_with=len({entry.local_date for entry in done}),
        days=len(days),
        helped=sum(answers),
        answered=len(answers),
    )


def count_names(names: Iterable[str]) -> list[tuple[str, int]]:
    """Count names, most frequent first, then by the alphabet; spellings of one name are one."""
    return text.count_folded_names(names)


def _longest_run(days: Sequence[date]) -> tuple[date, ...]:
    runs: list[list[date]] = [[day] for day in days[:1]]
    for before, day in pairwise(days):
        if (day - before).days == 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    longest: list[date] = max(runs, key=len, default=[])
    return tuple(longest)
