"""What is claimed of silent weekdays, over simulated people whose truth is known.

``python -m tests.proofs.honesty --silence --people 2000``. Nobody of ``NULLS`` has a weekday of
their own: entries are missing completely at random, in runs, in whole weeks, or where reminders
differ from week to week and weekday to weekday. Twelve weeks each, begun on any weekday.
"""

import random
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from backend.kit.timezones import monday_of
from journaling.insights.silence import weekday_silence
from journaling.insights.thresholds import SILENCE_WEEKS
from tests.proofs.honesty.bounds import Bound
from tests.proofs.honesty.claims import Shares

FIRST_DAY = date(2026, 3, 2)
SUNDAY = 6
CLAIMS = ("silent weekday", "right weekday")


@dataclass(frozen=True)
class Missing:
    """Who is silent when; ``shown`` is how often a day has a reminder that is opened.

    ``stays`` makes silence come in runs: the chance that a silent day is followed by another.
    ``whole_weeks`` is the share of weeks without any entry; with ``varies`` reminders come in some
    weeks on some weekdays alone, and the weeks with fewer of them are the silent ones.
    """

    silent: float = 0.3
    shown: float = 0.8
    on_sundays: float | None = None
    stays: float | None = None
    whole_weeks: float = 0.0
    varies: bool = False


#: Nobody here has a silent weekday: whatever is claimed about them is false.
NULLS: Mapping[str, Missing] = {
    **{f"at random, {share:.0%} silent": Missing(share) for share in (0.1, 0.3, 0.5, 0.7, 0.9)},
    "at random, every day reminded": Missing(0.5, shown=1.0),
    "at random, few days reminded": Missing(0.3, shown=0.4),
    "in short runs": Missing(0.15, shown=1.0, stays=0.5),
    "in runs of a week": Missing(0.3, shown=1.0, stays=0.86),
    "whole weeks missing": Missing(0.2, whole_weeks=0.3),
    "reminders vary with the weeks": Missing(0.15, varies=True),
}
#: One weekday to find.
PLANTED: Mapping[str, Missing] = {
    "8 of 10 Sundays, else 1 of 10": Missing(0.1, on_sundays=0.8),
    "8 of 10 Sundays, else 2 of 10": Missing(0.2, on_sundays=0.8),
    "6 of 10 Sundays, else 1 of 10": Missing(0.1, on_sundays=0.6),
    "8 of 10 Sundays, few reminded": Missing(0.1, on_sundays=0.8, shown=0.6),
}
#: False claims ≤ 5 % over all seven weekdays together, and the power where there is one.
BOUNDS = (
    *(Bound(name, "silent weekday", most=0.05) for name in NULLS),
    Bound("8 of 10 Sundays, else 1 of 10", "right weekday", least=0.85),
    Bound("8 of 10 Sundays, else 2 of 10", "right weekday", least=0.60),
    Bound("6 of 10 Sundays, else 1 of 10", "right weekday", least=0.50),
    Bound("8 of 10 Sundays, few reminded", "right weekday", least=0.60),
)
_WEEKDAY_SETS: tuple[Collection[int], ...] = (range(7), (5, 6), (6,), range(5))


def shares(truth: Missing, *, people: int) -> Shares:
    """Simulate so many people, and count what is claimed of their weekdays."""
    made = dict.fromkeys(CLAIMS, 0)
    for seed in range(people):
        shown, logged = live(truth, seed=seed)
        found = weekday_silence(shown, logged=logged)
        made["silent weekday"] += found.is_claim
        made["right weekday"] += found.weekday == SUNDAY
    return Shares(people, made)


def live(truth: Missing, *, seed: int) -> tuple[list[date], set[date]]:
    """Return the days on which a reminder was shown, and those that have an entry."""
    dice = random.Random(seed)
    first = FIRST_DAY + timedelta(days=seed % 7)
    days = [first + timedelta(days=n) for n in range(7 * SILENCE_WEEKS)]
    reminded = _weekdays_by_week(truth, days, dice)
    lost = _weeks_lost(truth, days, dice)
    run = _runs(truth, dice)
    shown, logged = [], set()
    for day in days:
        week = monday_of(day)
        if day.weekday() in reminded[week] and (truth.varies or dice.random() < truth.shown):
            shown.append(day)
        few = truth.varies and len(reminded[week]) < 5
        is_silent = week in lost or run(0.9 if few else _chance(truth, day))
        if not is_silent:
            logged.add(day)
    return shown, logged


def _chance(truth: Missing, day: date) -> float:
    is_planted = truth.on_sundays is not None and day.weekday() == SUNDAY
    return truth.on_sundays or 0.0 if is_planted else truth.silent


def _runs(truth: Missing, dice: random.Random) -> Callable[[float], bool]:
    """Return what decides of one day after another; in the long run ``silent`` of them are."""
    if truth.stays is None:
        return lambda chance: dice.random() < chance
    begins = truth.silent * (1 - truth.stays) / (1 - truth.silent)
    state = [dice.random() < truth.silent]

    def next_day(_chance: float) -> bool:
        was = state[0]
        state[0] = dice.random() < ((truth.stays or 0.0) if was else begins)
        return was

    return next_day


def _weekdays_by_week(
    truth: Missing, days: Iterable[date], dice: random.Random
) -> dict[date, Collection[int]]:
    weeks = sorted({monday_of(day) for day in days})
    return {
        week: dice.choice(_WEEKDAY_SETS) if truth.varies else _WEEKDAY_SETS[0] for week in weeks
    }


def _weeks_lost(truth: Missing, days: Iterable[date], dice: random.Random) -> set[date]:
    weeks = sorted({monday_of(day) for day in days})
    return {week for week in weeks if dice.random() < truth.whole_weeks}
