"""When cravings come: four parts of the day, seven weekdays, never hours (CLINICAL §6)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from backend.kit.timezones import get_zone
from journaling.entries.entry import EntryValue
from journaling.entries.kinds.craving import Craving
from journaling.insights import thresholds
from journaling.insights.confidence import Confidence, binomial_upper_tail, too_early_text
from journaling.insights.sampling import eligible_entries

WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_DAYPART_PHRASES = {
    "morning": "in the morning",
    "midday": "around midday",
    "afternoon": "in the afternoon",
    "evening": "in the evening",
}


@dataclass(frozen=True, slots=True)
class CravingTiming:
    """How the cravings are spread over parts of the day, or over weekdays.

    ``top`` is the part that stands out, if any. ``counts`` has every part, also those with none.
    """

    confidence: Confidence
    counts: Mapping[str, int]
    spread: str
    need: int
    top: str | None = None
    entries: tuple[UUID, ...] = ()

    @property
    def n(self) -> int:
        """Count the cravings that were looked at."""
        return sum(self.counts.values())

    @property
    def text(self) -> str:
        """Return it in the fixed words: "More in the evening: 14 of 24."."""
        if self.confidence is Confidence.TOO_EARLY:
            if self.n >= self.need:
                return f"Too early to say: it takes {thresholds.MIN_DAYS_FOR_WEEKDAYS} days."
            return too_early_text(have=self.n, need=self.need, noun="craving")
        if self.top is None:
            return f"Spread over the {self.spread}."
        when = _DAYPART_PHRASES.get(self.top, f"on {self.top}")
        return f"More {when}: {self.counts[self.top]} of {self.n}."


def timing_by_daypart(entries: Iterable[EntryValue]) -> CravingTiming:
    """Look for a part of the day with more of the cravings that the patient logged unasked.

    The wall clock where the patient was decides; entries of a clock that can't be right say
    nothing about the time of day. Midnight to 3 belongs to the evening before.
    """
    cravings = _self_started(entries)
    names = [name for name, _ in thresholds.DAYPARTS]
    return _evaluate_timing(
        [(daypart_of(entry), entry) for entry in cravings],
        dict.fromkeys(names, 1 / len(names)),
        spread="day",
        need=thresholds.MIN_FOR_DAYPARTS,
        is_enough=True,
    )


def timing_by_weekday(entries: Iterable[EntryValue], *, days: Sequence[date]) -> CravingTiming:
    """Look for a weekday with more cravings, over at least four weeks of these days.

    A weekday is expected to have its share of the days on which anything was logged: somebody who
    logs nothing at weekends has not said that weekends are free of cravings.
    """
    wanted = set(days)
    logged = [entry for entry in entries if entry.local_date in wanted]
    logged_days = {entry.local_date for entry in logged}
    span = (max(logged_days) - min(logged_days)).days + 1 if logged_days else 0
    have = Counter(WEEKDAYS[day.weekday()] for day in logged_days)
    placed = [(WEEKDAYS[entry.local_date.weekday()], entry) for entry in _self_started(logged)]
    return _evaluate_timing(
        placed,
        {name: have[name] / max(1, len(logged_days)) for name in WEEKDAYS},
        spread="week",
        need=thresholds.MIN_FOR_WEEKDAYS,
        is_enough=span >= thresholds.MIN_DAYS_FOR_WEEKDAYS,
    )


def daypart_of(entry: EntryValue) -> str:
    """Return in which part of the day an entry occurred, where the patient was."""
    hour = entry.occurred_at.astimezone(get_zone(entry.time_zone)).hour
    begun = [name for name, starts in thresholds.DAYPARTS if hour >= starts]
    return begun[-1] if begun else thresholds.DAYPARTS[-1][0]


def _self_started(entries: Iterable[EntryValue]) -> list[EntryValue]:
    return [
        entry
        for entry in eligible_entries(entries, Craving)
        if entry.origin == "self" and not entry.clock_suspect
    ]


def _evaluate_timing(
    placed: Sequence[tuple[str, EntryValue]],
    shares: Mapping[str, float],
    *,
    spread: str,
    need: int,
    is_enough: bool,
) -> CravingTiming:
    counts = Counter(name for name, _ in placed)
    all_counts = {name: counts[name] for name in shares}
    if len(placed) < need or not is_enough:
        return CravingTiming(Confidence.TOO_EARLY, all_counts, spread, need)
    p_values = {
        name: binomial_upper_tail(all_counts[name], of=len(placed), chance=share)
        for name, share in shares.items()
    }
    top = min(p_values, key=lambda name: (p_values[name], name))
    if p_values[top] * len(shares) >= thresholds.TIMING_LEVEL:
        return CravingTiming(Confidence.NONE, all_counts, spread, need)
    of_top = tuple(entry.id for name, entry in placed if name == top)
    return CravingTiming(Confidence.FAIRLY_SURE, all_counts, spread, need, top, of_top)
