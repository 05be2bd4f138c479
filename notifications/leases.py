"""What one holder has, and for how long: taken at once, begun a chunk at a time, given back.

A holder that dies loses its lease, and the next one takes its rows again; a result that comes too
late finds another fence.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from backend.kit.among import Many, hexed
from backend.kit.prepared import Prepared, upsert
from notifications import identity
from notifications.models import Lease, Occurrence

State = Occurrence.State
#: Whoever had died so long ago was replaced by somebody, or nobody works at all.
FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(slots=True)
class Leased:
    """One occurrence that this holder may send."""

    id: UUID
    reminder: int
    patient: UUID
    purpose: str
    slot: int
    due_at: datetime
    not_after: datetime
    tag: str
    doubts: int = 0
    #: How often somebody began on it before, and how often of these they died of it.
    attempts: int = 0
    deaths: int = 0
    accepted: tuple[str, ...] = ()
    is_snoozed: bool = False
    sent_at: datetime | None = None
    #: The session that it announces, on the day of the clinic's calendar that it was planned for.
    session: UUID | None = None
    local_day: date | None = None

    @property
    def minute(self) -> int:
        """Tell which minute of the local day it was planned for."""
        return self.slot % identity.NUDGE


def taken_up(row: Any, *, lost: int = 0) -> Leased:
    """Make it of an occurrence that stands already, or of the columns of one.

    ``lost`` is 1 where a holder has just died with it in hand.
    """
    return Leased(
        id=row.id, reminder=row.reminder_id, patient=row.patient_id, purpose=row.purpose,
        slot=row.slot, due_at=row.due_at, not_after=row.not_after, tag=row.tag, doubts=row.doubts,
        attempts=row.attempts + lost, deaths=row.deaths + lost, accepted=tuple(row.accepted or ()),
        is_snoozed=row.snoozed_at is not None, sent_at=row.sent_at, session=row.session,
        local_day=row.local_day,
    )  # fmt: skip


def length() -> timedelta:
    """Tell for how long a holder has what it took: longer than sending a chunk may last."""
    return timedelta(seconds=settings.REMINDER_LEASE_SECONDS)


def begin(*, fence: UUID, items: Sequence[Leased], now: datetime) -> list[Leased]:
    """Mark these as tried, renew the lease, and return those that are this holder's still.

    Whoever dies from here on leaves a mark only on what it had in hand, not on all it had claimed.
    The mark is one row a holder: written on each occurrence it took twice as long (measured).
    """
    # Marked before it is asked: should this process stand still between the two for longer than
    # its lease lasts, it is asked after another has taken them.
    upsert(
        Lease, ("fence",), ("until", "in_hand"),
        fence=fence, until=now + length(), in_hand=[hexed(item.id) for item in items],
    )  # fmt: skip
    mine = {pk for (pk,) in _MINE.all(ids=Many(item.id for item in items), fence=fence)}
    return [item for item in items if item.id in mine]


def end(*, fence: UUID) -> None:
    """Forget a lease under which nothing is in hand any more."""
    Lease.objects.filter(pk=fence).delete()


def release(*, fence: UUID, items: Sequence[Leased], wake_at: datetime) -> None:
    """Give back what this holder took and did not begin on."""
    Occurrence.objects.filter(
        id__among=[item.id for item in items], fence=fence, state=State.LEASED
    ).update(state=State.PENDING, wake_at=wake_at, fence=None)


def standing(*, fences: Collection[UUID | None], now: datetime) -> tuple[set[UUID], set[UUID]]:
    """Tell which of these leases last still, and which occurrences the others had in hand.

    Whoever asks has locked the rows that stand under them: a holder that renews its lease after
    this finds them taken.
    """
    lasting, tried = set(), set()
    leases = Lease.objects.filter(fence__among=fences) if fences else Lease.objects.none()
    for lease in leases:
        if lease.until > now:
            lasting.add(lease.fence)
        else:
            tried |= {UUID(hex=name) for name in lease.in_hand}
    return lasting, tried


def forget_old(*, now: datetime) -> int:
    """Forget the leases of those who died long ago; return how many."""
    return Lease.objects.filter(until__lt=now - FORGOTTEN_AFTER).delete()[0]


def _mine(*, ids: Collection[UUID], fence: UUID) -> "QuerySet[Any, Any]":
    held = Occurrence.objects.filter(id__among=ids, fence=fence, state=State.LEASED)
    return held.values_list("id")


_MINE = Prepared(_mine, ids=Occurrence._meta.pk, fence=Occurrence._meta.get_field("fence"))
