"""Which entries may stand in a statistic, and the plain values that are taken from them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from uuid import UUID

from journaling.entries.entry import EntryValue, Recall, V, entries_of_kind
from journaling.entries.kinds.craving import Craving
from journaling.entries.kinds.short_kinds import Mood
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


def eligible_entries(entries: Iterable[EntryValue], kind: type[V]) -> list[EntryValue[V]]:
    """List the entries of a kind that may stand in a statistic: momentary and same-day only."""
    return [
        entry
        for entry in entries_of_kind(entries, kind)
        if entry.recall != Recall.RECALLED and entry.is_countable
    ]


def rated_pairs(entries: Iterable[EntryValue]) -> list[RatedPair]:
    """List the cravings that were rated again in time and had somewhere to fall from."""
    return [
        RatedPair(
            entry=entry.id,
            skills=frozenset(craving.skills or ()),
            before=craving.intensity,
            after=craving.intensity_after,
        )
        for entry in eligible_entries(entries, Craving)
        if (craving := entry.values).intensity_after is not None
        and _is_rated_in_time(craving.minutes_later)
        and craving.intensity >= thresholds.MIN_RATING_BEFORE
    ]


def daily_peaks(entries: Iterable[EntryValue]) -> DailySeries:
    """Find the strongest craving (0 to 10) of each local day that has one."""
    return daily_series(eligible_entries(entries, Craving), lambda one: one.intensity, max)


def daily_valence(entries: Iterable[EntryValue]) -> DailySeries:
    """Find the median valence (−3 to +3) of each local day that has a mood."""
    return daily_series(eligible_entries(entries, Mood), lambda one: one.valence, median)


def daily_series(
    entries: Iterable[EntryValue[V]],
    rating_of: Callable[[V], float | None],
    summary: Callable[[Sequence[float]], float],
) -> DailySeries:
    """Sum up each local day into one number; an entry without a rating says nothing."""
    ratings: dict[date, list[float]] = {}
    sources: dict[date, list[UUID]] = {}
    for entry in entries:
        if (rating := rating_of(entry.values)) is not None:
            ratings.setdefault(entry.local_date, []).append(rating)
            sources.setdefault(entry.local_date, []).append(entry.id)
    return DailySeries(
        {day: summary(of_day) for day, of_day in ratings.items()},
        {day: tuple(of_day) for day, of_day in sources.items()},
    )


def _is_rated_in_time(minutes_later: int | None) -> bool:
    soonest, latest = thresholds.RATED_AFTER_MINUTES
    return minutes_later is not None and soonest <= minutes_later <= latest
