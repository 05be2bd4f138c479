"""How fast all workers together may send: a pace that grows to its most within a minute.

Google asks for a ramp from nothing to the most over a minute or longer. Whoever is about to send
takes a stretch of the time line that all workers share; while nobody sends, the pace sinks again as
fast as it grew.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from backend.kit import bulk
from notifications.models import Gate

RAMP = timedelta(seconds=60)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """So many messages may leave from this instant on."""

    count: int
    starts_at: datetime
    #: How much of the time line one message takes; nothing where no pace is set.
    each: timedelta


def reserve(*, name: str, wanted: int, now: datetime) -> Stretch:
    """Take the next free stretch, for at most as many messages as a second has room for."""
    most = float(settings.PUSH_PER_SECOND)
    if not most:
        return Stretch(wanted, now, timedelta())
    with transaction.atomic():
        bulk.insert_new(Gate, ("name", "reason"), [(name, "")])
        free_at, ramp_at = (
            Gate.objects.select_for_update().values_list("free_at", "ramp_at").get(pk=name)
        )
        starts_at = max(free_at or now, now)
        ramp_at = _ramp(ramp_at or now, free_at=free_at or now, starts_at=starts_at)
        per_second = most * max(min((starts_at - ramp_at) / RAMP, 1.0), _SECOND / RAMP)
        count = min(wanted, max(int(per_second), 1))
        each = _SECOND / per_second
        Gate.objects.filter(pk=name).update(free_at=starts_at + count * each, ramp_at=ramp_at)
    return Stretch(count, starts_at, each)


def _ramp(ramp_at: datetime, *, free_at: datetime, starts_at: datetime) -> datetime:
    """Move the beginning of the ramp by the time in which nobody sent."""
    idle = starts_at - free_at
    reached = min(free_at - ramp_at, RAMP)
    return starts_at - max(reached - idle, timedelta())


def settle_up(stretch: Stretch, *, name: str, sent: int) -> None:
    """Give back what was not used: most reminders may have stayed silent."""
    unused = stretch.count - sent
    if stretch.each and unused:
        Gate.objects.filter(pk=name).update(free_at=F("free_at") - unused * stretch.each)
