"""What there is to tell of an entry that its own time does not say.

An entry that arrives, is marked, is shared or is changed later than the minute of which it speaks
is *news*: a session may lie in between, whose brief could not tell it. Sessions begin on whole
minutes, so what arrives within its own minute is never parted from its reader.
"""

from datetime import datetime
from enum import StrEnum


class News(StrEnum):
    """Why an entry is news.

    ``CHANGED`` is a change after somebody reviewed it, ``EDITED`` one of what nobody had reviewed.
    """

    ARRIVED = "arrived"
    MARKED = "marked"
    SHARED = "shared"
    CHANGED = "changed"
    EDITED = "edited"


def of_arrival(
    *, occurred_at: datetime, received_at: datetime
) -> tuple[str | None, datetime | None]:
    """Tell when it arrived, unless that was within the minute that it speaks of."""
    if _minute(occurred_at) == _minute(received_at):
        return None, None
    return News.ARRIVED.value, received_at


def _minute(at: datetime) -> int:
    return int(at.timestamp() // 60)
