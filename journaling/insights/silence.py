"""On which days nothing is logged although a reminder was shown: silence is a finding (§6).

Only days on which the patient's phone said that it had shown a reminder count: the patient opened,
answered or put one off. Such a receipt comes by the same way as entries do, so a day that has one
is no day whose entries still wait on a phone. A push service that took a message proves neither.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum

from backend.kit.timezones import LocalCalendar, monday_of
from journaling.insights import thresholds
from journaling.insights.confidence import Confidence

_WEEKDAYS = range(7)


class Reached(IntEnum):
    """How far a reminder of one day is known to have come."""

    #: Not sent, not delivered, or nobody knows.
    NOT_KNOWN = 0
    #: The push service took it; whether the phone showed it nobody knows.
    DELIVERED = 1
    #: The phone told what the patient did with it.
    SHOWN = 2


@dataclass(frozen=True, slots=True)
class ReminderTrace:
    """One reminder that asked for an entry: its day, whether it was delivered, its receipts.

    ``answered_at`` is one of the receipts: what it asked for was done, whoever may read it.
    """

    local_day: date
    is_delivered: bool
    receipts: tuple[datetime, ...] = ()
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WeekdaySilence:
    """Whether one weekday stays without an entry more often than the patient's other days.

    Of days on which a reminder was shown alone. ``weekday`` counts from Monday as 0, and is None
    unless the finding ``is_claim``; the counts are then of it and of all other weekdays.
    """

    confidence: Confidence = Confidence.TOO_EARLY
    weekday: int | None = None
    silent: int = 0
    shown: int = 0
    other_silent: int = 0
    other_shown: int = 0

    @property
    def is_claim(self) -> bool:
        """Whether anything is claimed."""
        return self.confidence.is_claim


@dataclass(frozen=True, slots=True)
class PresentSilence:
    """The days that are over since the last entry, by how far a reminder of each came.

    ``last_entry_on`` is None where there was no entry in all of the days looked at.
    """

    last_entry_on: date | None
    days: int
    shown: int
    delivered: int

    @property
    def not_known(self) -> int:
        """Count the days on which no reminder is known to have arrived."""
        return self.days - self.shown - self.delivered


@dataclass(frozen=True, slots=True)
class Silence:
    """What is found of days without an entry; ``present`` is None while there are entries."""

    weekday: WeekdaySilence = field(default_factory=WeekdaySilence)
    present: PresentSilence | None = None


def reached_by_day(
    traces: Iterable[ReminderTrace], calendar: LocalCalendar
) -> Mapping[date, Reached]:
    """Return how far reminders came on each of the patient's days; the best of a day counts.

    A receipt counts on the day on which it was given: what was opened a day later was not shown to
    anybody on its own.
    """
    reached: dict[date, Reached] = {}
    for trace in traces:
        if trace.is_delivered:
            reached.setdefault(trace.local_day, Reached.DELIVERED)
        for at in trace.receipts:
            reached[calendar.day_of(at)] = Reached.SHOWN
    return reached


def has_enough_days(shown: Iterable[date]) -> bool:
    """Whether any weekday has as many days with a reminder shown as a claim takes."""
    days = [day.weekday() for day in shown]
    return any(days.count(weekday) >= thresholds.MIN_SHOWN_WEEKDAYS for weekday in _WEEKDAYS)


def weekday_silence(shown: Collection[date], *, logged: Collection[date]) -> WeekdaySilence:
    """Look for a weekday without entries among the days on which a reminder was shown.

    A day is compared with the other days of its own week: that a whole week was silent, or that
    reminders came in some weeks only, says nothing of a weekday. Given how many days of each week
    were silent, any of them might have been; how often it was this weekday has an exact
    distribution, and its tail is shared among seven weekdays.
    """
    if not has_enough_days(shown):
        return WeekdaySilence()
    weeks = _by_week(shown)
    p_values = {
        weekday: _tail(weekday, weeks, logged)
        for weekday in _WEEKDAYS
        if _is_candidate(weekday, shown, logged)
    }
    top = min(p_values, key=lambda weekday: (p_values[weekday], weekday), default=None)
    if top is None or p_values[top] * len(_WEEKDAYS) >= thresholds.SILENCE_LEVEL:
        return WeekdaySilence(Confidence.NONE)
    own, others = _of_weekday(top, shown), [day for day in shown if day.weekday() != top]
    return WeekdaySilence(
        Confidence.FAIRLY_SURE, top, _silent(own, logged), len(own), _silent(others, logged),
        len(others),
    )  # fmt: skip


def present_silence(
    days: Sequence[date], *, first: date, logged: Collection[date], reached: Mapping[date, Reached]
) -> PresentSilence | None:
    """Count the days since the last entry, of days that are over; None while there are few.

    Without an entry in any of them they count from ``first`` on. An entry of today ends it, though
    today itself is not over.
    """
    last = max(logged, default=None)
    since = [day for day in days if (day >= first if last is None else day > last)]
    if len(since) < thresholds.MIN_SILENT_DAYS:
        return None
    came = [reached.get(day, Reached.NOT_KNOWN) for day in since]
    return PresentSilence(
        last, len(since), came.count(Reached.SHOWN), came.count(Reached.DELIVERED)
    )


def _is_candidate(weekday: int, shown: Collection[date], logged: Collection[date]) -> bool:
    own = _of_weekday(weekday, shown)
    return len(own) >= thresholds.MIN_SHOWN_WEEKDAYS and _silent(
        own, logged
    ) >= thresholds.MIN_SILENT_SHARE * len(own)


def _by_week(shown: Iterable[date]) -> list[list[date]]:
    weeks: dict[date, list[date]] = {}
    for day in shown:
        weeks.setdefault(monday_of(day), []).append(day)
    return list(weeks.values())


def _tail(weekday: int, weeks: Iterable[Sequence[date]], logged: Collection[date]) -> float:
    """Return the chance of so many silent days of a weekday, each as likely as its week's days."""
    chances, silent = [], 0
    for week in weeks:
        own = _of_weekday(weekday, week)
        if own:
            chances.append(_silent(week, logged) / len(week))
            silent += _silent(own, logged)
    return _poisson_binomial_tail(chances, silent)


def _poisson_binomial_tail(chances: Iterable[float], least: int) -> float:
    """Return the chance that ``least`` or more of independent events happen."""
    counts = [1.0]
    for chance in chances:
        stays = [one * (1 - chance) for one in counts] + [0.0]
        moves = [0.0, *(one * chance for one in counts)]
        counts = [one + other for one, other in zip(stays, moves, strict=True)]
    return sum(counts[least:])


def _of_weekday(weekday: int, days: Iterable[date]) -> list[date]:
    return [day for day in days if day.weekday() == weekday]


def _silent(days: Iterable[date], logged: Collection[date]) -> int:
    return sum(day not in logged for day in days)
