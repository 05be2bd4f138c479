"""How fresh a memory is, and whether the phone's clock can be believed (CLINICAL §2)."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from backend.kit.zones import LocalCalendar

#: Recorded so soon after that it is still the moment.
MOMENTARY = timedelta(minutes=15)
#: Recalled later than this: kept and shown hollow, but out of every statistic.
TOO_LATE_TO_COUNT = timedelta(hours=48)
#: Clocks drift; more than this ahead of ours is a wrong clock.
CLOCK_TOLERANCE = timedelta(minutes=5)
#: A phone a day ahead is a wrong clock or a wrong zone; further ahead is no entry of the past.
FURTHEST_AHEAD = timedelta(hours=24)
#: Before this no phone of ours existed: such a clock can't be placed on a calendar.
EARLIEST_DAY = date(2000, 1, 1)


class Recall(StrEnum):
    """How long after the event an entry was recorded."""

    MOMENTARY = "momentary"
    SAME_DAY = "same_day"
    RECALLED = "recalled"


def recall_of(
    *,
    occurred_at: datetime,
    recorded_at: datetime,
    calendar: LocalCalendar,
    day: date | None = None,
) -> Recall:
    """Class an entry by the phone's own two times; the local day is the one at the event.

    ``day`` is the local day that the entry speaks of, if that isn't the day of ``occurred_at``: a
    diary card filled in the next morning is recalled, however fresh its own instant.
    """
    own = calendar.day_of(occurred_at)
    day = day or own
    if recorded_at - occurred_at <= MOMENTARY and day == own:
        return Recall.MOMENTARY
    if day == calendar.day_of(recorded_at):
        return Recall.SAME_DAY
    return Recall.RECALLED


def is_clock_suspect(
    *, occurred_at: datetime, recorded_at: datetime, received_at: datetime
) -> bool:
    """Whether the phone claims a time that our clock says has not come yet.

    A phone that was offline sends late, so times in the past prove nothing by themselves: see
    ``journaling.queries.clocks``.
    """
    ahead = max(recorded_at - received_at, occurred_at - recorded_at)
    return ahead > CLOCK_TOLERANCE


class Stamped(Protocol):
    """What has a time by the phone's clock, and one by ours."""

    @property
    def occurred_at(self) -> datetime:
        """When it happened, as the phone says."""

    @property
    def received_at(self) -> datetime:
        """When it arrived."""

    @property
    def clock_suspect(self) -> bool:
        """Whether the phone's clock can't be believed."""


def shown_at(one: Stamped) -> datetime:
    """Tell where something stands in lists and windows: by arrival if the clock is doubted.

    A clock that fell back to 2015 would put it outside of everything that anybody opens.
    """
    return one.received_at if one.clock_suspect else one.occurred_at


class Clock(Protocol):
    """What is known of a phone's clock, from what it sent before."""

    def is_behind(self, *, recorded_at: datetime, received_at: datetime) -> bool:
        """Whether the phone wrote something down at a time that was over for it."""


class _UnknownClock:
    """Of a phone of which nothing is known, times in the past prove nothing."""

    def is_behind(self, *, recorded_at: datetime, received_at: datetime) -> bool:
        """Doubt nothing."""
        return False


UNKNOWN_CLOCK: Clock = _UnknownClock()


def counts(*, occurred_at: datetime, recorded_at: datetime) -> bool:
    """Whether an entry may stand in a statistic."""
    return recorded_at - occurred_at <= TOO_LATE_TO_COUNT


def day_counts(*, day: date, recorded_at: datetime, calendar: LocalCalendar) -> bool:
    """Whether what speaks of a whole local day may stand in a statistic.

    Until the day is over it can't be late: the 48 hours begin when the next one does.
    """
    over_at = calendar.start_of(day + timedelta(days=1))
    return recorded_at - over_at <= TOO_LATE_TO_COUNT
