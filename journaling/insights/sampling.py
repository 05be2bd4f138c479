"""Which entries may stand in a statistic, and the plain values that are taken from them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from uuid import UUID

from journaling.entries.entry import EntryValue, Recall
from journaling.insights import thresholds


@dataclass(frozen=True, slots=True)
class RatedPair:
    """One craving before and after, and the skills that were used in between."""

    entry: UUID
    skills: frozenset[str]
    before: int
    after: int

    @property
    def drop(self) -> int:
        """Return by how much it was lower; less than zero where it had grown."""
        return self.before - self.after


@dataclass(frozen=True, slots=True)
class DailySeries:
    """One number a day, and the entries it was taken from; a day without any is absent."""

    values: Mapping[date, float]
    sources: Mapping[date, tuple[UUID, ...]]

    def within(self, days: Iterable[date]) -> "DailySeries":
        """Return the series of the given days alone."""
        kept = [day for day in days if day in self.values]
        return DailySeries(
            {day: self.values[day] for day in kept}, {day: self.sources[day] for day in kept}
        )

    @property
    def entries(self) -> tuple[UUID, ...]:
        """Return the entries behind all days, in the days' order."""
        return tuple(name for day in sorted(self.sources) for name in self.sources[day])


def eligible_entries(entries: Iterable[EntryValue], kind: str) -> list[EntryValue]:
    """List the entries of a kind that may stand in a statistic: momentary and same-day only."""
    return [
        entry
        for entry in entries
        if entry.kind == kind and entry.recall != Recall.RECALLED and entry.is_countable
    ]


def rated_pairs(entries: Iterable[EntryValue]) -> list[RatedPair]:
    """List the cravings that were rated again in time and had somewhere to fall from."""
    return [
        RatedPair(
            entry=entry.id,
            skills=frozenset(entry.values["skills"] or ()),
            before=entry.values["intensity"],
            after=entry.values["intensity_after"],
        )
        for entry in eligible_entries(entries, "craving")
        if _is_rated_in_time(entry) and entry.values["intensity"] >= thresholds.MIN_RATING_BEFORE
    ]


def daily_peaks(entries: Iterable[EntryValue]) -> DailySeries:
    """Find the strongest craving (0 to 10) of each local day that has one."""
    return daily_series(eligible_entries(entries, "craving"), "intensity", max)


def daily_valence(entries: Iterable[EntryValue]) -> DailySeries:
    """Find the median valence (−3 to +3) of each local day that has a mood."""
    return daily_series(eligible_entries(entries, "mood"), "valence", median)


def daily_series(
    entries: Iterable[EntryValue], field: str, summary: Callable[[Sequence[float]], float]
) -> DailySeries:
    """Sum up each local day into one number; an entry that lacks the field says nothing."""
    by_day: dict[date, list[EntryValue]] = {}
    for entry in entries:
        if entry.values[field] is not None:
            by_day.setdefault(entry.local_date, []).append(entry)
    return DailySeries(
        {day: summary([e.values[field] for e in found]) for day, found in by_day.items()},
        {day: tuple(e.id for e in found) for day, found in by_day.items()},
    )


def _is_rated_in_time(entry: EntryValue) -> bool:
    soonest, latest = thresholds.RATED_AFTER_MINUTES
    later = entry.values["minutes_later"]
    rated = entry.values["intensity_after"] is not None and later is not None
    return rated and soonest <= later <= latest
