"""The safety net of reminders: what doors do at once is done here again, for what they missed."""

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from backend.kit import actors
from care.actions.series import make_due
from notifications import leases
from notifications.actions.homework import sweep_homework
from notifications.actions.moving import sweep_sessions
from notifications.models import Device

#: Google: an address that was not seen for a month is stale, one of nine months is dead.
STALE_AFTER = timedelta(days=30)
DEAD_AFTER = timedelta(days=270)


@actors.acting_as(actors.REMINDERS)
def sweep(*, now: datetime) -> Counter[str]:
    """Make the weekly sessions that come into view, end devices that nobody uses any more, let
    reminders follow sessions and homework, and forget the leases of workers who died.

    A stale device whose patient has a fresher one is ended. Their only one is kept until it is
    dead: whoever did not open the app for weeks is to be reached the more. Any number of these may
    run at once; repeated, they change nothing.
    """
    return Counter(
        planned=make_due(now=now),
        signed_out=_end(_signed_out(), "signed_out", now),
        dead=_end(_unseen(now - DEAD_AFTER), "dead", now),
        stale=_end(_replaced(now - STALE_AFTER), "stale", now),
        sessions=sweep_sessions(now=now),
        homework=sweep_homework(now=now),
        leases=leases.forget_old(now=now),
    )


def _end(devices: "QuerySet[Device]", reason: str, now: datetime) -> int:
    ids = list(devices.values_list("pk", flat=True))
    live = Device.objects.filter(pk__in=ids, ended_at__isnull=True)
    return live.update(ended_at=now, ended_reason=reason) if ids else 0


def _live() -> "QuerySet[Device]":
    return Device.objects.filter(ended_at__isnull=True)


def _signed_out() -> "QuerySet[Device]":
    return _live().filter(device_session__revoked_at__isnull=False)


def _unseen(since: datetime) -> "QuerySet[Device]":
    return _live().filter(last_seen_at__lt=since)


def _replaced(since: datetime) -> "QuerySet[Device]":
    """Find what was not seen for long while another device of the patient was."""
    fresher = _live().filter(
        Q(device_session__isnull=True) | Q(device_session__revoked_at__isnull=True),
        patient_id=OuterRef("patient_id"), last_seen_at__gte=since,
    )  # fmt: skip
    return _unseen(since).filter(Exists(fresher))
