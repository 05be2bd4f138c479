"""How fresh a memory is, and whether the phone's clock can be believed (CLINICAL §2)."""

from datetime import datetime, timedelta
from enum import StrEnum

from backend.kit.zones import local_day

#: Recorded so soon after that it is still the moment.
MOMENTARY = timedelta(minutes=15)
#: Recalled later than this: kept and shown hollow, but out of every statistic.
TOO_LATE_TO_COUNT = timedelta(hours=48)
#: Clocks drift; more than this ahead of ours is a wrong clock.
CLOCK_TOLERANCE = timedelta(minutes=5)
#: A phone a day ahead is a wrong clock or a wrong zone; further ahead is no entry of the past.
FURTHEST_AHEAD = timedelta(hours=24)


class Recall(StrEnum):
    """How long after the event an entry was recorded."""

    MOMENTARY = "momentary"
    SAME_DAY = "same_day"
    RECALLED = "recalled"


def recall_of(*, occurred_at: datetime, recorded_at: datetime, time_zone: str) -> Recall:
    """Class an entry by the phone's own two times; the local day is the one at the event."""
    if recorded_at - occurred_at <= MOMENTARY:
        return Recall.MOMENTARY
    if local_day(occurred_at, time_zone) == local_day(recorded_at, time_zone):
        return Recall.SAME_DAY
    return Recall.RECALLED


def is_clock_suspect(
    *, occurred_at: datetime, recorded_at: datetime, received_at: datetime
) -> bool:
    """Tell whether the phone claims a time that our clock says has not come yet.

    A phone that was offline sends late, so times in the past prove nothing.
    """
    ahead = max(recorded_at - received_at, occurred_at - recorded_at)
    return ahead > CLOCK_TOLERANCE


def counts(*, occurred_at: datetime, recorded_at: datetime) -> bool:
    """Tell whether an entry may stand in a statistic."""
    return recorded_at - occurred_at <= TOO_LATE_TO_COUNT
