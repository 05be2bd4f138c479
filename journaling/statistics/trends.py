"""Whether a daily rating is changing: Mann-Kendall for days that resemble each other (§6)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from math import sqrt
from statistics import median
from uuid import UUID

from journaling import wording
from journaling.statistics import thresholds
from journaling.statistics.chances import normal_below
from journaling.statistics.sampling import Daily
from journaling.statistics.words import Confidence, Scale, too_early

#: A number for each day that has one: how many days after the first, and the value.
Points = Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Trend:
    """Where a daily rating is going; ``change`` is over the whole period, in the scale's points."""

    confidence: Confidence
    days: int
    entry_days: int
    scale: Scale
    change: float | None = None
    entries: tuple[UUID, ...] = ()

    @property
    def text(self) -> str:
        """Say it in the fixed words: "leaning up over 14 days (10 entries)"."""
        if self.confidence is Confidence.TOO_EARLY:
            need = least_entry_days(self.days)
            return too_early(have=self.entry_days, need=need, noun="day with an entry",
                             plural="days with an entry")  # fmt: skip
        if not self.confidence.is_claim or self.change is None:
            return f"no clear change over {self.days} days ({self._with_entries})"
        way = "up" if self.change > 0 else "down"
        lead = "leaning " if self.confidence is Confidence.LEANING else ""
        return f"{lead}{way} over {self.days} days ({self._with_entries})"

    @property
    def _with_entries(self) -> str:
        return wording.counted(self.entry_days, "entry", "entries")


def least_entry_days(days: int) -> int:
    """Tell how many of these days must have an entry: 10 of 14, and never fewer than 10."""
    share = -(-thresholds.LEAST_ENTRY_DAYS * days // thresholds.TREND_DAYS)
    return max(thresholds.LEAST_ENTRY_DAYS, share)


def trend(daily: Daily, *, days: Sequence[date], scale: Scale) -> Trend:
    """Look for a change over these days; where too few of them have entries, over the last 14.

    Which of the two periods is looked at depends on the days alone, never on what is found.
    """
    found = daily.within(days)
    if len(found.values) < least_entry_days(len(days)) and len(days) > thresholds.TREND_DAYS:
        days = days[-thresholds.TREND_DAYS :]
        found = daily.within(days)
    entry_days = len(found.values)
    if entry_days < least_entry_days(len(days)):
        return Trend(Confidence.TOO_EARLY, len(days), entry_days, scale)
    points = [((day - days[0]).days, found.values[day]) for day in sorted(found.values)]
    slope = theil_sen(points)
    change = slope * (len(days) - 1)
    confidence = _confidence(points, slope, change, scale)
    return Trend(confidence, len(days), entry_days, scale, change, found.entries)


def _confidence(points: Points, slope: float, change: float, scale: Scale) -> Confidence:
    if abs(change) < thresholds.LEAST_CHANGE * scale.span:
        return Confidence.NONE
    chance = mann_kendall(points, autocorrelation=autocorrelation(points, slope=slope))
    if chance < thresholds.SURE_LEVEL:
        return Confidence.FAIRLY_SURE
    return Confidence.LEANING if chance < thresholds.LEANING_LEVEL else Confidence.NONE


def theil_sen(points: Points) -> float:
    """Find the median slope between any two days, in points a day."""
    return median((b - a) / (t - s) for (s, a), (t, b) in combinations(points, 2))


def autocorrelation(points: Points, *, slope: float) -> float:
    """Estimate how much a day resembles the day before, once the slope is taken out.

    Only days that follow each other are compared; a gap is a gap. Few days say little, so it is
    never believed to be less than 0.2 (CLINICAL §6).
    """
    level = median(value - slope * day for day, value in points)
    rest = {day: value - slope * day - level for day, value in points}
    spread = sum(value**2 for value in rest.values()) / len(rest)
    neighbours = [rest[day] * rest[day + 1] for day in rest if day + 1 in rest]
    if not neighbours or spread == 0:
        return thresholds.LEAST_AUTOCORRELATION
    found = sum(neighbours) / len(neighbours) / spread
    return min(max(found, thresholds.LEAST_AUTOCORRELATION), thresholds.MOST_AUTOCORRELATION)


def mann_kendall(points: Points, *, autocorrelation: float) -> float:
    """Tell how often steady days of this autocorrelation would order themselves so (two-sided)."""
    n = len(points)
    score = sum((b > a) - (b < a) for (_, a), (_, b) in combinations(points, 2))
    tied = Counter(value for _, value in points).values()
    spread = (_pairs_spread(n) - sum(map(_pairs_spread, tied))) / 18
    if spread <= 0 or score == 0:
        return 1.0
    # Yue and Wang 2004: what n days of an AR(1) series are worth.
    inflation = 1 + 2 * sum((1 - k / n) * autocorrelation**k for k in range(1, n))
    z = (abs(score) - 1) / sqrt(spread * inflation)
    return 2 * (1 - normal_below(z))


def _pairs_spread(n: int) -> int:
    return n * (n - 1) * (2 * n + 5)
