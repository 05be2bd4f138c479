"""Trends of a daily rating, and one week against the week before (CLINICAL §6).

A trend is tested by Mann-Kendall, corrected for days that resemble the day before.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from math import sqrt
from statistics import fmean, median
from uuid import UUID

from backend.kit.languages import ENGLISH, Noun, Sentence
from journaling import formatting
from journaling.insights import thresholds
from journaling.insights.confidence import Confidence, RatingScale, normal_cdf, too_early_text
from journaling.insights.sampling import DailySeries

WEEK_DAYS = 7
_DAYS_WITH_ENTRY = Noun(
    Sentence("day with an entry", "día con una entrada"),
    Sentence("days with an entry", "días con una entrada"),
)
_NO_CHANGE = Sentence(
    "no clear change over {days} days ({entries})",
    "sin un cambio claro en {days} días ({entries})",
)
#: By whether it goes up, and whether it only leans.
_WAYS = {
    (True, True): Sentence(
        "leaning up over {days} days ({entries})",
        "se inclina hacia arriba en {days} días ({entries})",
    ),
    (False, True): Sentence(
        "leaning down over {days} days ({entries})",
        "se inclina hacia abajo en {days} días ({entries})",
    ),
    (True, False): Sentence(
        "up over {days} days ({entries})", "hacia arriba en {days} días ({entries})"
    ),
    (False, False): Sentence(
        "down over {days} days ({entries})", "hacia abajo en {days} días ({entries})"
    ),
}
_TOO_FEW_A_WEEK = Sentence(
    "Too early to say: {earlier} and {later} days of the {need} a week it takes.",
    "Es pronto para decirlo: {earlier} y {later} días de {need} por semana que hacen falta.",
)
_BESIDE = Sentence("{first} and {then}", "{first} y {then}")
#: A number for each day that has one: how many days after the first, and the value.
Points = Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Trend:
    """Where a daily rating is going; ``change`` is over the whole period, in the scale's points."""

    confidence: Confidence
    days: int
    entry_days: int
    scale: RatingScale
    change: float | None = None
    entries: tuple[UUID, ...] = ()

    @property
    def text(self) -> str:
        """Return it in the fixed words: "leaning up over 14 days (10 entries)"."""
        return self.spoken(ENGLISH)

    def spoken(self, language: str) -> str:
        """Return it in the fixed words of one language."""
        if self.confidence is Confidence.TOO_EARLY:
            need = min_entry_days(self.days)
            return too_early_text(
                have=self.entry_days, need=need, noun=_DAYS_WITH_ENTRY, language=language
            )
        entries = formatting.ENTRIES.count(self.entry_days, language)
        if not self.confidence.is_claim or self.change is None:
            return _NO_CHANGE.format(language, days=self.days, entries=entries)
        way = _WAYS[self.change > 0, self.confidence is Confidence.LEANING]
        return way.format(language, days=self.days, entries=entries)


@dataclass(frozen=True, slots=True)
class WeekComparison:
    """The last seven days and the seven before them; a mean is None where no day has a value."""

    confidence: Confidence
    scale: RatingScale
    earlier: float | None
    earlier_days: int
    later: float | None
    later_days: int
    entries: tuple[UUID, ...] = ()

    @property
    def arrow(self) -> str | None:
        """Return an arrow for a difference of 1.5 of 10 or more, and None below."""
        if not self.is_shown or self.earlier is None or self.later is None:
            return None
        change = self.later - self.earlier
        # Two means such as 5.1 and 6.6 differ by a hair less than 1.5 in binary.
        if abs(change) + 1e-9 < thresholds.MIN_CHANGE * self.scale.span:
            return None
        return "↑" if change > 0 else "↓"

    @property
    def is_shown(self) -> bool:
        """Whether both weeks have days enough to stand side by side."""
        return self.confidence is not Confidence.TOO_EARLY

    @property
    def text(self) -> str:
        """Return it in the fixed words: "5.1 (4 days) and 6.4 (6 days)", the earlier week first."""
        return self.spoken(ENGLISH)

    def spoken(self, language: str) -> str:
        """Return it in the fixed words of one language."""
        if not self.is_shown or self.earlier is None or self.later is None:
            return _TOO_FEW_A_WEEK.format(
                language, earlier=self.earlier_days, later=self.later_days,
                need=thresholds.MIN_DAYS_A_WEEK,
            )  # fmt: skip
        days = formatting.DAYS
        first = f"{self.scale.format(self.earlier)} ({days.count(self.earlier_days, language)})"
        then = f"{self.scale.format(self.later)} ({days.count(self.later_days, language)})"
        both = _BESIDE.format(language, first=first, then=then)
        return f"{both} {self.arrow}" if self.arrow else both


def find_trend(daily: DailySeries, *, days: Sequence[date], scale: RatingScale) -> Trend:
    """Look for a change over these days; where too few of them have entries, over the last 14.

    Which of the two periods is looked at depends on the days alone, never on what is found.
    """
    series = daily.within(days)
    if len(series.values) < min_entry_days(len(days)) and len(days) > thresholds.TREND_DAYS:
        days = days[-thresholds.TREND_DAYS :]
        series = daily.within(days)
    entry_days = len(series.values)
    if entry_days < min_entry_days(len(days)):
        return Trend(Confidence.TOO_EARLY, len(days), entry_days, scale)
    points = [((day - days[0]).days, series.values[day]) for day in sorted(series.values)]
    slope = theil_sen(points)
    change = slope * (len(days) - 1)
    confidence = _confidence_of(points, slope, change, scale)
    return Trend(confidence, len(days), entry_days, scale, change, series.entries)


def compare_weeks(
    daily: DailySeries, *, days: Sequence[date], scale: RatingScale
) -> WeekComparison:
    """Set the last seven of these days beside the seven before, from 4 + 4 days on."""
    earlier = daily.within(days[-2 * WEEK_DAYS : -WEEK_DAYS])
    later = daily.within(days[-WEEK_DAYS:])
    least = min(len(earlier.values), len(later.values))
    is_early = least < thresholds.MIN_DAYS_A_WEEK
    return WeekComparison(
        Confidence.TOO_EARLY if is_early else Confidence.NONE,
        scale,
        earlier=_mean_of(earlier),
        earlier_days=len(earlier.values),
        later=_mean_of(later),
        later_days=len(later.values),
        entries=earlier.entries + later.entries,
    )


def min_entry_days(days: int) -> int:
    """Return how many of these days must have an entry: 10 of 14, and never fewer than 10."""
    share = -(-thresholds.MIN_ENTRY_DAYS * days // thresholds.TREND_DAYS)
    return max(thresholds.MIN_ENTRY_DAYS, share)


def _confidence_of(points: Points, slope: float, change: float, scale: RatingScale) -> Confidence:
    if abs(change) < thresholds.MIN_CHANGE * scale.span:
        return Confidence.NONE
    p_value = mann_kendall(points, autocorrelation=autocorrelation(points, slope=slope))
    if p_value < thresholds.SURE_LEVEL:
        return Confidence.FAIRLY_SURE
    return Confidence.LEANING if p_value < thresholds.LEANING_LEVEL else Confidence.NONE


def theil_sen(points: Points) -> float:
    """Find the median slope between any two days, in points a day."""
    return median((b - a) / (t - s) for (s, a), (t, b) in combinations(points, 2))


def autocorrelation(points: Points, *, slope: float) -> float:
    """Estimate how much a day resembles the day before, once the slope is taken out.

    Only days that follow each other are compared; a gap is a gap. Few days say little, so it is
    never believed to be less than 0.2 (CLINICAL §6).
    """
    level = median(value - slope * day for day, value in points)
    residuals = {day: value - slope * day - level for day, value in points}
    spread = sum(value**2 for value in residuals.values()) / len(residuals)
    neighbours = [residuals[day] * residuals[day + 1] for day in residuals if day + 1 in residuals]
    if not neighbours or spread == 0:
        return thresholds.MIN_AUTOCORRELATION
    estimate = sum(neighbours) / len(neighbours) / spread
    return min(max(estimate, thresholds.MIN_AUTOCORRELATION), thresholds.MAX_AUTOCORRELATION)


def mann_kendall(points: Points, *, autocorrelation: float) -> float:
    """Compute the two-sided p-value of a trend, corrected for this autocorrelation."""
    n = len(points)
    score = sum((b > a) - (b < a) for (_, a), (_, b) in combinations(points, 2))
    tied = Counter(value for _, value in points).values()
    spread = (_pairs_spread(n) - sum(map(_pairs_spread, tied))) / 18
    if spread <= 0 or score == 0:
        return 1.0
    # Yue and Wang 2004: what n days of an AR(1) series are worth.
    inflation = 1 + 2 * sum((1 - k / n) * autocorrelation**k for k in range(1, n))
    z = (abs(score) - 1) / sqrt(spread * inflation)
    return 2 * (1 - normal_cdf(z))


def _pairs_spread(n: int) -> int:
    return n * (n - 1) * (2 * n + 5)


def _mean_of(daily: DailySeries) -> float | None:
    return fmean(daily.values.values()) if daily.values else None
