"""Leases of workers on occurrences: taken in a batch, begun a chunk at a time, released.

The lease of a worker that dies runs out, and the next worker takes its rows again; a result that
comes too late finds another lease id and is not recorded.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from backend.kit.db.any_lookup import IdArray, uuid_hex
from backend.kit.db.compiled import CompiledQuery, upsert_row
from notifications.models.occurrence import Lease, Occurrence
from notifications.reminders import next_due

State = Occurrence.State
#: A worker that died so long ago was replaced, or none runs at all.
EXPIRED_KEPT_FOR = timedelta(days=1)


@dataclass(slots=True)
class Leased:
    """One occurrence that this worker may send."""

    id: UUID
    reminder: int
    patient: UUID
    purpose: str
    slot: int
    due_at: datetime
    not_after: datetime
    tag: str
    ambiguous_count: int = 0
    #: How often a worker began on it before, and how often of these the worker died.
    attempts: int = 0
    crash_count: int = 0
    settled_devices: tuple[str, ...] = ()
    is_snoozed: bool = False
    sent_at: datetime | None = None
    #: The session that it announces, on the day of the clinic's calendar that it was planned for.
    session: UUID | None = None
    local_day: date | None = None

    @property
    def minute(self) -> int:
        """Return the minute of the local day that it was planned for."""
        return self.slot % next_due.NUDGE_SLOT


def leased_from_row(row: Any, *, lost: int = 0) -> Leased:
    """Build a ``Leased`` from an Occurrence row.

    ``lost`` is 1 where a worker has just died with it in hand.
    """
    return Leased(
        id=row.id, reminder=row.reminder_id, patient=row.patient_id, purpose=row.purpose,
        slot=row.slot, due_at=row.due_at, not_after=row.not_after, tag=row.tag,
        ambiguous_count=row.ambiguous_count,
        attempts=row.attempts + lost, crash_count=row.crash_count + lost,
        settled_devices=tuple(row.settled_devices or ()),
        is_snoozed=row.snoozed_at is not None, sent_at=row.sent_at, session=row.session,
        local_day=row.local_day,
    )  # fmt: skip


def lease_duration() -> timedelta:
    """Return how long a lease lasts: longer than sending a chunk may take."""
    return timedelta(seconds=settings.REMINDER_LEASE_SECONDS)


def begin_attempts(*, lease_id: UUID, items: Sequence[Leased], now: datetime) -> list[Leased]:
    """Mark these as begun, renew the lease, and return those that still belong to this worker.

    A worker that dies from here on counts as an attempt only for what it had in hand, not for all
    it had claimed. The mark is one row per worker: written on each occurrence it took twice as long
    (measured).
    """
    # Marked before the rows are read: should this process stall between the two for longer than
    # its lease lasts, it reads them after another worker has taken them.
    upsert_row(
        Lease, ("lease_id",), ("until", "in_hand"),
        lease_id=lease_id, until=now + lease_duration(),
        in_hand=[uuid_hex(item.id) for item in items],
    )  # fmt: skip
    still_leased = {
        pk for (pk,) in _STILL_LEASED.all(ids=IdArray(item.id for item in items), lease_id=lease_id)
    }
    return [item for item in items if item.id in still_leased]


def end_lease(*, lease_id: UUID) -> None:
    """Delete a lease under which nothing is in hand any more."""
    Lease.objects.filter(pk=lease_id).delete()


def release_unstarted(
    *, lease_id: UUID, items: Sequence[Leased], next_attempt_at: datetime
) -> None:
    """Release what this worker claimed and did not begin."""
    Occurrence.objects.filter(
        id__among=[item.id for item in items], lease_id=lease_id, state=State.LEASED
    ).update(state=State.PENDING, next_attempt_at=next_attempt_at, lease_id=None)


def split_leases(
    *, lease_ids: Collection[UUID | None], now: datetime
) -> tuple[set[UUID], set[UUID]]:
    """Return which of these leases are valid, and which occurrences the expired had in hand.

    The caller has locked the rows of these leases: a worker that renews its lease after this finds
    them taken.
    """
    valid, in_hand = set(), set()
    leases = Lease.objects.filter(lease_id__among=lease_ids) if lease_ids else Lease.objects.none()
    for lease in leases:
        if lease.until > now:
            valid.add(lease.lease_id)
        else:
            in_hand |= {UUID(hex=name) for name in lease.in_hand}
    return valid, in_hand


def delete_expired_leases(*, now: datetime) -> int:
    """Delete leases that expired more than a day ago; return how many."""
    return Lease.objects.filter(until__lt=now - EXPIRED_KEPT_FOR).delete()[0]


def _still_leased(*, ids: Collection[UUID], lease_id: UUID) -> "QuerySet[Any, Any]":
    rows = Occurrence.objects.filter(id__among=ids, lease_id=lease_id, state=State.LEASED)
    return rows.values_list("id")


_STILL_LEASED = CompiledQuery(
    _still_leased, ids=Occurrence._meta.pk, lease_id=Occurrence._meta.get_field("lease_id")
)
