"""Reading a wall-clock time that somebody wrote."""

import re
from datetime import time

#: As a schema says it.
PATTERN = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
_CLOCK = re.compile("([01][0-9]|2[0-3]):([0-5][0-9])")


class NotAClock(ValueError):
    """It is no time of the day, written as hours and minutes."""


def clock_of(text: object) -> time:
    """Read ``HH:MM``, and nothing that merely resembles it.

    Lenient readers take "08.30" for eight o'clock, and drop seconds: a reminder at another time
    than was written is worse than none.

    :raises NotAClock: for anything else.
    """
    found = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise NotAClock
    return time(int(found[1]), int(found[2]))
