"""The numbers of a brief, as plain values: entries in, figures out, no words.

Callers pass entries that may stand in a statistic (``Recorded.counts``) and the days of the window.
A day without a value is absent, never zero.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median
from typing import Any

from backend.kit import text
from journaling.entries import Recorded
from journaling.kinds.skill_practice import is_used

#: Outcomes of a craving that say whether it was acted on.
ACTED_ON = ("used", "used_less")
SETTLED = (*ACTED_ON, "did_not_use")
#: Outcomes after which nobody can say that the day went without use.
OPEN = ("still_deciding", "prefer_not_to_say")
#: Questions about use that may be passed over.
_ASKS_USE = frozenset({"urges", "urges.use", "urges.use.acted", "outcome"})


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


def per_day(
    entries: Iterable[Recorded],
    value: Callable[[Recorded], float],
    summary: Callable[[Sequence[float]], float],
) -> dict[date, float]:
    """Sum up each local day that has entries into one number."""
    by_day: dict[date, list[float]] = {}
    for entry in entries:
        by_day.setdefault(entry.local_date, []).append(value(entry))
    return {day: summary(found) for day, found in by_day.items()}


def daily_peaks(cravings: Iterable[Recorded]) -> dict[date, float]:
    """Find the strongest craving of each day that has one."""
    return per_day(cravings, lambda entry: entry.values["intensity"], max)


def daily_valence(moods: Iterable[Recorded]) -> dict[date, float]:
    """Find the median valence of each day that has a mood."""
    return per_day(moods, lambda entry: entry.values["valence"], median)


def middle(by_day: Mapping[date, float]) -> float | None:
    """Take the median over days; None when no day has a value."""
    return median(by_day.values()) if by_day else None


def craving(cravings: Sequence[Recorded], *, days: Sequence[date]) -> CravingFigures:
    """Count episodes, days and outcomes, and find the median daily peak."""
    peaks = daily_peaks(cravings)
    outcomes = Counter(entry.values["outcome"] for entry in cravings)
    return CravingFigures(
        episodes=len(cravings),
        days_with=len(peaks),
        days=len(days),
        median_daily_peak=middle(peaks),
        resisted=outcomes["did_not_use"],
        answered=sum(outcomes[name] for name in SETTLED),
    )


def logging(entries: Iterable[Recorded], *, days: Sequence[date]) -> LoggingFigures:
    """Find the days without entries; a day filled in more than 48 hours later is one of them."""
    logged = {entry.local_date for entry in entries}
    without = tuple(day for day in days if day not in logged)
    return LoggingFigures(days=len(days), without=without, longest_gap=_longest_run(without))


def use(
    entries: Iterable[Recorded], *, told_late: Iterable[Recorded], days: Sequence[date]
) -> UseFigures:
    """Class each day: with use, without reported use, left open, or not asked.

    Without is a day on which it was asked and answered by "no", and nothing tells of use or was
    left open. Anything else that was logged answers nothing. What is told too late to count settles
    no day, and leaves it open.
    """
    counted, late = list(entries), list(told_late)
    with_use = {entry.local_date for entry in counted if tells_of_use(entry)}
    denied = {entry.local_date for entry in counted if denies_use(entry)}
    opened = {entry.local_date for entry in counted if leaves_use_open(entry)}
    opened |= {entry.local_date for entry in late if tells_of_use(entry)}
    asked_late = {entry.local_date for entry in late if denies_use(entry) or leaves_use_open(entry)}
    without = denied - opened
    found = Counter(
        "with" if day in with_use
        else "without" if day in without
        else "open" if day in opened | asked_late
        else "not asked"
        for day in days
    )  # fmt: skip
    return UseFigures(
        days=len(days),
        with_use=found["with"],
        without_use=found["without"],
        left_open=found["open"],
        not_asked=found["not asked"],
    )


def denies_use(entry: Recorded) -> bool:
    """Whether the entry answers that nothing was used: a craving, or a day's card."""
    if entry.kind == "craving":
        return bool(entry.values["outcome"] == "did_not_use")
    return _use_of_card(entry).get("acted") is False


def leaves_use_open(entry: Recorded) -> bool:
    """Whether use was asked about and not settled, or the question passed over."""
    if entry.values.get("outcome") in OPEN:
        return True
    return not _ASKS_USE.isdisjoint(entry.unanswered or ())


def _use_of_card(entry: Recorded) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (entry.values.get("urges") or {}).get("use") or {}
    return found


def tells_of_use(entry: Recorded) -> bool:
    """Whether the entry says that something was used: a use, a craving, or a day's card."""
    return entry.kind == "use" or acted_on(entry) or is_card_of_use(entry)


def is_card_of_use(entry: Recorded) -> bool:
    """Whether a diary card says that an urge to use was acted on."""
    return bool(_use_of_card(entry).get("acted"))


def acted_on(entry: Recorded) -> bool:
    """Whether a craving was acted on, in full or in part."""
    return entry.values.get("outcome") in ACTED_ON


def mood(moods: Sequence[Recorded], *, days: Sequence[date]) -> MoodFigures:
    """Count moods and days, and find the median of the days."""
    by_day = daily_valence(moods)
    return MoodFigures(
        moods=len(moods), days_with=len(by_day), days=len(days), median_of_days=middle(by_day)
    )


def is_practised(entry: Recorded) -> bool:
    """Whether a skill was used: tried and able, or come by itself (diary codes 4 to 7)."""
    return is_used(entry.values)


def used_in_craving(entry: Recorded) -> tuple[str, ...]:
    """Name the skills that were used in a craving: that is practice too."""
    return tuple(entry.values["skills"] or ()) if entry.kind == "craving" else ()


def practised_skills(entry: Recorded) -> tuple[str, ...]:
    """Name the skills that an entry tells were used, by practising them or in a craving."""
    if entry.kind == "skill_practice":
        return (entry.values["skill"],) if is_practised(entry) else ()
    return used_in_craving(entry)


def is_tried_in_vain(entry: Recorded) -> bool:
    """Whether a skill was tried and could not be used (diary code 3)."""
    return bool(entry.values["attempted"]) and not is_practised(entry)


def skills(practices: Sequence[Recorded], *, days: Sequence[date]) -> SkillFigures:
    """Count practice and help; the diary code is never averaged."""
    done = [entry for entry in practices if is_practised(entry)]
    answers = [entry.values["helped"] for entry in done if entry.values["helped"] is not None]
    return SkillFigures(
        practices=len(done),
        days_with=len({entry.local_date for entry in done}),
        days=len(days),
        helped=sum(answers),
        answered=len(answers),
    )


def tally(names: Iterable[str]) -> list[tuple[str, int]]:
    """Count names, most frequent first, then by the alphabet; spellings of one name are one."""
    return text.tallied(names)


def _longest_run(days: Sequence[date]) -> tuple[date, ...]:
    runs: list[list[date]] = [[day] for day in days[:1]]
    for before, day in pairwise(days):
        if (day - before).days == 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    longest: list[date] = max(runs, key=len, default=[])
    return tuple(longest)
