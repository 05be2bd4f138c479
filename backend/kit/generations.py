"""Where numbers begin again after a restore, beyond every number that was ever given out.

A backup knows nothing of the numbers that were given to phones after it was taken. Given out a
second time they would mean something else: a cursor would skip entries, an edit would overwrite
what its author never saw, and a sign-in's own token would look stolen. So a restore raises them to
a place that follows from the clock, further than the service could have counted meanwhile.
"""

from datetime import UTC, datetime

_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
#: How many numbers of a journal, or rotations of a sign-in, fit into one second.
_A_SECOND = 20
#: How many revisions of one thing fit into one minute.
_A_MINUTE = 100


def first_number(now: datetime) -> int:
    """Tell where sequence numbers begin in the generation that begins now; below 2^53 for long."""
    return max(0, int((now - _BEGAN).total_seconds())) << _A_SECOND


def first_rev(now: datetime) -> int:
    """Tell where revisions begin in the generation that begins now; nine digits until 2044."""
    return max(0, int((now - _BEGAN).total_seconds()) // 60) * _A_MINUTE


def generation_of(number: int) -> int:
    """Tell in which generation a number was given out; 0 before any restore."""
    return number >> _A_SECOND
