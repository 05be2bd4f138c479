"""Jobs: the rows of a queue in the database, each worked on by one worker under a lease.

1. A row is due at its ``next_attempt_at``; null says that there is nothing more to do.
2. ``claim_next`` gives the row that is due longest to one of any number of workers, under a lease
   of its own. The attempt is counted then, so that one which kills its worker counts as well.
3. ``renew`` moves the end of the lease while the work goes on; ``finish`` and ``retry`` end it.
   Each is one conditional update that names the lease, and believes only its count: who comes
   after the lease went to another worker changes nothing.
4. A worker that is killed ends no lease. Its time runs out, and the next worker claims the row,
   unless ``forbid_followers`` said that nobody may.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import F, Q, QuerySet

from backend.kit.db.claims import claim
from backend.kit.ids import new_id

#: Candidates of one claim: so many workers may look at the same moment, and each finds a row.
CANDIDATES = 8
#: A pause is doubled no more often than this.
MOST_DOUBLINGS = 10


class LeaseLost(Exception):
    """Another worker holds the row by now; what this one made is not kept."""


class Job(models.Model):
    """The columns of a row that is worked on by one worker at a time."""

    #: When a worker may take it: at once, at the next attempt, or at the end of a lease. Null once
    #: there is nothing more to do.
    next_attempt_at = models.DateTimeField(null=True)
    #: Names the one holder of a lease; what another one makes is not kept.
    lease_id = models.UUIDField(null=True)
    #: How often a worker began on it since the last progress.
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True


Row = TypeVar("Row", bound=Job)


@dataclass(frozen=True, slots=True)
class Queue(Generic[Row]):
    """The rows of one table that wait for a worker, how long a lease is, and how long a pause."""

    model: type[Row]
    lease_period: timedelta
    #: The pause after an attempt that failed doubles from here to there.
    first_pause: timedelta
    longest_pause: timedelta
    #: Which rows of the table belong to the queue; a claim checks it again.
    condition: Q = field(default_factory=Q)

    def due(self, *, now: datetime) -> "QuerySet[Row]":
        """Select the rows that a worker may take, the longest due first."""
        rows = self.model._default_manager.filter(self.condition, next_attempt_at__lte=now)
        return rows.order_by("next_attempt_at", "pk")

    def claim_next(self, *, now: datetime, **columns: object) -> "Lease[Row] | None":
        """Claim the row that is due longest, and set ``columns``; None where none is due.

        Any number of workers may claim at once, and each row goes to one.
        """
        for row in self.due(now=now)[:CANDIDATES]:
            lease_id = new_id()
            unclaimed = self.model._default_manager.filter(
                self.condition, pk=row.pk, next_attempt_at=row.next_attempt_at,
                lease_id=row.lease_id,
            )  # fmt: skip
            ends_at = now + self.lease_period
            if claim(unclaimed, lease_id=lease_id, next_attempt_at=ends_at,
                     attempts=F("attempts") + 1, **columns):  # fmt: skip
                _set_columns(row, {"lease_id": lease_id, "next_attempt_at": ends_at, **columns})
                row.attempts += 1
                return Lease(self, row, lease_id)
        return None

    def pause(self, *, attempts: int) -> timedelta:
        """Compute the pause after so many attempts in a row."""
        doubled: timedelta = self.first_pause * 2 ** min(max(attempts - 1, 0), MOST_DOUBLINGS)
        return min(doubled, self.longest_pause)

    def postpone_due(self, *, now: datetime, until: datetime) -> int:
        """Let nobody take what is due before ``until``; return how many rows that are."""
        return self.due(now=now).order_by().update(next_attempt_at=until)


@dataclass(frozen=True, slots=True)
class Lease(Generic[Row]):
    """One row in the hands of one worker."""

    queue: Queue[Row]
    row: Row
    id: UUID

    def renew(self, *, now: datetime, **columns: object) -> None:
        """Let the lease begin anew, and set ``columns`` with it.

        :raises LeaseLost: another worker holds the row by now; nothing was changed.
        """
        changes = {"next_attempt_at": now + self.queue.lease_period, **columns}
        if not claim(self._held(), **changes):
            raise LeaseLost
        _set_columns(self.row, changes)

    def forbid_followers(self) -> None:
        """Forbid others to claim the row, should this worker die: what follows is done once.

        ``finish`` and ``retry`` work as before.

        :raises LeaseLost: another worker holds the row by now; nothing was changed.
        """
        if not claim(self._held(), next_attempt_at=None):
            raise LeaseLost

    def finish(self, **columns: object) -> bool:
        """End the lease with nothing more to do; return whether it was still this worker's."""
        return self.release(next_attempt_at=None, **columns)

    def retry(self, *, now: datetime, **columns: object) -> bool:
        """End the lease after an attempt that failed; return whether it was still this worker's.

        The next attempt comes after the pause of the queue.
        """
        pause = self.queue.pause(attempts=self.row.attempts)
        return self.release(next_attempt_at=now + pause, **columns)

    def release(self, *, next_attempt_at: datetime | None, **columns: object) -> bool:
        """End the lease, and set ``columns``; return whether it was still this worker's."""
        return bool(claim(self._held(), next_attempt_at=next_attempt_at, lease_id=None, **columns))

    def _held(self) -> "QuerySet[Row]":
        return self.queue.model._default_manager.filter(pk=self.row.pk, lease_id=self.id)


def _set_columns(row: Job, columns: dict[str, object]) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
