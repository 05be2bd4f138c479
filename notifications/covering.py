"""What a phone shows by itself: exactly what stood when it said that it had planned it.

What was planned, moved or made later is pushed: two schedulers of which each trusts the other would
both be silent.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from backend.kit.among import Many, hexed
from notifications.facts import Phone
from notifications.leases import Leased
from notifications.models import Device, Reminder
from notifications.upcoming import upcoming_of

#: By occurrence: the second at which it is due, and the revision of its reminder.
Covered = dict[str, list[int]]
#: What was due before a phone says again what it has is shown by it, as long as it can be pushed.
KEPT = timedelta(days=1)


def covered_by(*, patient: UUID, until: datetime, now: datetime) -> Covered:
    """List what a phone has that read ``reminders/upcoming`` just now and planned it until then."""
    return {
        hexed(one.item.id): [_second(one.item.due_at), one.series.rev]
        for one in upcoming_of(patient=patient, until=until, now=now)
    }


def shown_before(covered: Covered | None, *, now: datetime) -> Covered:
    """Keep of what a phone had what it has shown by now, or is showing."""
    first, last = _second(now - KEPT), _second(now)
    return {name: of for name, of in (covered or {}).items() if first <= of[0] <= last}


def on_phones(
    phones: Mapping[UUID, Sequence[Phone]], items: Sequence[Leased]
) -> Collection[tuple[UUID, UUID]]:
    """Tell which devices show which of these occurrences by themselves.

    It costs two statements, and none where no device says that it has planned so far ahead.
    """
    asking = [
        (phone.pk, item)
        for item in items
        if not item.is_snoozed
        for phone in phones.get(item.patient, ())
        if phone.covered_until is not None and phone.covered_until >= item.due_at
    ]
    if not asking:
        return frozenset()
    covered = dict(
        Device.objects.filter(pk__in={pk for pk, _ in asking}).values_list("pk", "covered")
    )
    revs = dict(
        Reminder.objects.filter(
            row__among=Many({item.reminder for _, item in asking})
        ).values_list("row", "rev")
    )  # fmt: skip
    return frozenset(
        (pk, item.id)
        for pk, item in asking
        if (covered.get(pk) or {}).get(hexed(item.id))
        == [_second(item.due_at), revs.get(item.reminder)]
    )


def _second(at: datetime) -> int:
    return int(at.timestamp())
