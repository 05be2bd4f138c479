"""Live devices of patients: addresses, local notifications, and requests to refresh the plan.

A phone shows what it has planned as local notifications. What was planned, moved or made later is
pushed: two schedulers that trust each other would both be silent.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import Case, F, Q, QuerySet, When

from backend.kit.db.bulk import IdArray
from backend.kit.db.compiled import CompiledQuery
from notifications.models.device import Device

log = logging.getLogger(__name__)

#: By occurrence: the second at which it is due, and the revision of its reminder.
LocalPlan = dict[str, list[int]]
#: What a phone has shown is kept in its plan for so long: as long as it could be pushed.
SHOWN_KEPT_FOR = timedelta(days=1)
#: The first change asks for a refresh at once; those that follow so soon, for one together.
REFRESH_INTERVAL = timedelta(minutes=5)


class DeviceAddress(NamedTuple):
    """The address of a live device, and until when it has local notifications."""

    pk: UUID
    provider: str
    address: str
    platform: str
    covered_until: datetime | None
    subscription: str | None


def live_device_addresses(*, patients: Collection[UUID]) -> dict[UUID, list[DeviceAddress]]:
    """Load the live devices by patient; one whose sign-in has ended is none."""
    by_patient: dict[UUID, list[DeviceAddress]] = {}
    for patient, *columns in _LIVE_DEVICES.all(patients=IdArray(patients)):
        by_patient.setdefault(patient, []).append(DeviceAddress(*columns))
    return by_patient


def shown_part(covered: LocalPlan | None, *, now: datetime) -> LocalPlan:
    """Return the part of a phone's plan that it has shown lately or is showing."""
    first, last = epoch_second(now - SHOWN_KEPT_FOR), epoch_second(now)
    return {
        name: planned for name, planned in (covered or {}).items() if first <= planned[0] <= last
    }


def epoch_second(at: datetime) -> int:
    """Return an instant as seconds since the epoch, as a local plan has it."""
    return int(at.timestamp())


def request_refresh(
    *,
    patients: Collection[UUID],
    now: datetime,
    except_device_session: UUID | None = None,
    forget_local_plans: bool = False,
) -> None:
    """Mark the phones of these patients for a refresh, as their plan has changed; one statement.

    Only phones that have planned something are refreshed, and no browsers: they can't plan, and
    may lose their address by a push that shows nothing. ``except_device_session`` is the sign-in
    of the phone that made the change itself. ``forget_local_plans`` also deletes what phones had
    planned.
    """
    devices = Device.objects.filter(
        patient_id__in=patients, ended_at__isnull=True, covered_until__gt=now
    ).exclude(platform=Device.Platform.WEB)
    refreshed = (
        devices
        if except_device_session is None
        else devices.exclude(device_session_id=except_device_session)
    )
    at = Case(
        When(refresh_at__isnull=False, then=F("refresh_at")),
        When(refreshed_at__gt=now - REFRESH_INTERVAL, then=F("refreshed_at") + REFRESH_INTERVAL),
        default=now,
    )
    if forget_local_plans:
        devices.update(covered=None)
    refreshed.update(refresh_at=at, refresh_asked_at=now, refresh_tries=0)


def try_request_refresh(*, patients: Collection[UUID], now: datetime) -> None:
    """Request a refresh beside a change by staff: should it fail, the change stands."""
    try:
        with transaction.atomic():
            request_refresh(patients=patients, now=now)
    except DatabaseError as fault:
        code = type(fault).__name__
        log.exception("refresh not asked", extra={"event": "refresh_not_asked", "code": code})


def _live_devices(*, patients: Collection[UUID]) -> "QuerySet[Any, Any]":
    live = Device.objects.filter(
        Q(device_session__isnull=True) | Q(device_session__revoked_at__isnull=True),
        patient_id__among=patients, ended_at__isnull=True,
    )  # fmt: skip
    return live.order_by("created_at", "id").values_list("patient_id", *DeviceAddress._fields)


_PATIENT = Device._meta.get_field("patient")
_LIVE_DEVICES = CompiledQuery(_live_devices, patients=_PATIENT)
