"""One week against the week before: two means with their days (CLINICAL §6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean
from uuid import UUID

from journaling import wording
from journaling.statistics import thresholds
from journaling.statistics.sampling import Daily
from journaling.statistics.words import Confidence, Scale

WEEK = 7


@dataclass(frozen=True, slots=True)
class Weeks:
    """The last seven days and the seven before them; a mean is None where no day has a value."""

    confidence: Confidence
    scale: Scale
    earlier: float | None
    earlier_days: int
    later: float | None
    later_days: int
    entries: tuple[UUID, ...] = ()

    @property
    def arrow(self) -> str | None:
        """Give an arrow for a difference of 1.5 of 10 or more, and none below."""
        if not self.is_shown or self.earlier is None or self.later is None:
            return None
        change = self.later - self.earlier
        # Two means such as 5.1 and 6.6 differ by a hair less than 1.5 in binary.
        if abs(change) + 1e-9 < thresholds.LEAST_CHANGE * self.scale.span:
            return None
        return "↑" if change > 0 else "↓"

    @property
    def is_shown(self) -> bool:
        """Whether both weeks have days enough to stand side by side."""
        return self.confidence is not Confidence.TOO_EARLY

    @property
    def text(self) -> str:
        """Say it in the fixed words: "5.1 (4 days) and 6.4 (6 days)", the earlier week first."""
        if not self.is_shown or self.earlier is None or self.later is None:
            have = f"{self.earlier_days} and {self.later_days} days"
            return (
                f"Too early to say: {have} of the {thresholds.LEAST_DAYS_A_WEEK} a week it takes."
            )
        first = f"{self.scale.told(self.earlier)} ({wording.counted(self.earlier_days, 'day')})"
        then = f"{self.scale.told(self.later)} ({wording.counted(self.later_days, 'day')})"
        return f"{first} and {then}{f' {self.arrow}' if self.arrow else ''}"


def week_against_week(daily: Daily, *, days: Sequence[date], scale: Scale) -> Weeks:
    """Set the last seven of these days beside the seven before, from 4 + 4 days on."""
    earlier = daily.within(days[-2 * WEEK : -WEEK])
    later = daily.within(days[-WEEK:])
    least = min(len(earlier.values), len(later.values))
    is_early = least < thresholds.LEAST_DAYS_A_WEEK
    return Weeks(
        Confidence.TOO_EARLY if is_early else Confidence.NONE,
        scale,
        earlier=_mean(earlier),
        earlier_days=len(earlier.values),
        later=_mean(later),
        later_days=len(later.values),
        entries=earlier.entries + later.entries,
    )


def _mean(daily: Daily) -> float | None:
    return fmean(daily.values.values()) if daily.values else None
