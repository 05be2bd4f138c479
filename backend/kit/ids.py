"""Ids made by the server, and where sequence numbers and revisions continue after a restore.

A backup knows nothing of the numbers that were given to phones after it was taken. Given out a
second time they would mean something else: a cursor would skip entries, an edit would overwrite
what its author never saw, and a sign-in's own token would look stolen. So a restore raises them to
a place that follows from the clock, further than the service could have counted meanwhile.
"""

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a UUID version 7: unique without a lookup, sorted by the moment it was made."""
    return uuid7()


_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
#: How many numbers of a journal, or rotations of a sign-in, fit into one second.
_BITS_PER_SECOND = 20
#: How many revisions of one thing fit into one minute.
_REVS_PER_MINUTE = 100


def first_number_after_restore(now: datetime) -> int:
    """Return the first sequence number of the generation that begins now; below 2^53 for long."""
    return max(0, int((now - _EPOCH).total_seconds())) << _BITS_PER_SECOND


def first_rev_after_restore(now: datetime) -> int:
    """Return the first revision of the generation that begins now; nine digits until 2044."""
    return max(0, int((now - _EPOCH).total_seconds()) // 60) * _REVS_PER_MINUTE


def restore_generation_of(number: int) -> int:
    """Return the generation in which a number was given out; 0 before any restore."""
    return number >> _BITS_PER_SECOND
