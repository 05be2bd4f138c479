"""Periodic reconciliation: repeats what endpoints do at once, for what they missed."""

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from backend.kit.db import rls_actor
from care.sessions.occurrences import create_due_occurrences
from notifications.models.device import Device
from notifications.models.occurrence import Lease
from notifications.reminders.follow import sweep_assignments, sweep_sessions

#: Google: an address that was not seen for a month is stale, one of nine months is dead.
STALE_AFTER = timedelta(days=30)
DEAD_AFTER = timedelta(days=270)
#: A worker that died so long ago was replaced, or none runs at all.
EXPIRED_LEASES_KEPT_FOR = timedelta(days=1)


@rls_actor.acting_as(rls_actor.REMINDERS_ACTOR)
def sweep(*, now: datetime) -> Counter[str]:
    """Reconcile weekly sessions, devices, reminders and leases; return how many of each changed.

    Due weekly sessions are created, unused devices ended, reminders follow sessions and
    assignments, and expired leases are deleted. A stale device is ended only if its patient has a
    fresher one: a patient who did not open the app for weeks should still be reached. Any number
    of these may run at once; repeated, they change nothing.
    """
    return Counter(
        planned=create_due_occurrences(now=now),
        signed_out=_end_devices(_signed_out(), "signed_out", now),
        dead=_end_devices(_unseen_since(now - DEAD_AFTER), "dead", now),
        stale=_end_devices(_stale_beside_fresher(now - STALE_AFTER), "stale", now),
        sessions=sweep_sessions(now=now),
        homework=sweep_assignments(now=now),
        leases=_delete_expired_leases(now),
    )


def _end_devices(devices: "QuerySet[Device]", reason: str, now: datetime) -> int:
    ids = list(devices.values_list("pk", flat=True))
    live = Device.objects.filter(pk__in=ids, ended_at__isnull=True)
    return live.update(ended_at=now, ended_reason=reason) if ids else 0


def _live_devices() -> "QuerySet[Device]":
    return Device.objects.filter(ended_at__isnull=True)


def _signed_out() -> "QuerySet[Device]":
    return _live_devices().filter(device_session__revoked_at__isnull=False)


def _unseen_since(since: datetime) -> "QuerySet[Device]":
    return _live_devices().filter(last_seen_at__lt=since)


def _stale_beside_fresher(since: datetime) -> "QuerySet[Device]":
    """Select devices not seen for long whose patient has one that was."""
    fresher = _live_devices().filter(
        Q(device_session__isnull=True) | Q(device_session__revoked_at__isnull=True),
        patient_id=OuterRef("patient_id"), last_seen_at__gte=since,
    )  # fmt: skip
    return _unseen_since(since).filter(Exists(fresher))


def _delete_expired_leases(now: datetime) -> int:
    return Lease.objects.filter(until__lt=now - EXPIRED_LEASES_KEPT_FOR).delete()[0]
