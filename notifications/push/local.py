"""Live devices of patients: their addresses, what each shows by itself (local notifications), and asking it to read its plan anew.

What was planned, moved or made later is pushed: two schedulers of which each trusts the other would
both be silent.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import Case, F, Q, QuerySet, When

from backend.kit.db.any_lookup import IdArray
from backend.kit.db.compiled import CompiledQuery
from notifications.models.device import Device

log = logging.getLogger(__name__)
_PATIENT = Device._meta.get_field("patient")


class DeviceAddress(NamedTuple):
    """Where a message may be shown, as far as sending asks."""

    pk: UUID
    provider: str
    address: str
    platform: str
    covered_until: datetime | None


def live_device_addresses(*, patients: Collection[UUID]) -> dict[UUID, list[DeviceAddress]]:
    """Gather the patients' live devices; one whose sign-in has ended is none."""
    found: dict[UUID, list[DeviceAddress]] = {}
    for patient, *columns in _LIVE_DEVICES.all(patients=IdArray(patients)):
        found.setdefault(patient, []).append(DeviceAddress(*columns))
    return found


def _live_devices(*, patients: Collection[UUID]) -> "QuerySet[Any, Any]":
    live = Device.objects.filter(
        Q(device_session__isnull=True) | Q(device_session__revoked_at__isnull=True),
        patient_id__among=patients, ended_at__isnull=True,
    )  # fmt: skip
    return live.order_by("created_at", "id").values_list("patient_id", *DeviceAddress._fields)


_LIVE_DEVICES = CompiledQuery(_live_devices, patients=_PATIENT)

#: By occurrence: the second at which it is due, and the revision of its reminder.
LocalPlan = dict[str, list[int]]
#: What was due before a phone says again what it has is shown by it, as long as it can be pushed.
SHOWN_KEPT_FOR = timedelta(days=1)


def shown_part(covered: LocalPlan | None, *, now: datetime) -> LocalPlan:
    """Keep of what a phone had what it has shown by now, or is showing."""
    first, last = epoch_second(now - SHOWN_KEPT_FOR), epoch_second(now)
    return {name: of for name, of in (covered or {}).items() if first <= of[0] <= last}


def epoch_second(at: datetime) -> int:
    return int(at.timestamp())


#: The first change is told at once; those that follow it so soon are told together.
REFRESH_INTERVAL = timedelta(minutes=5)


def request_refresh(
    *,
    patients: Collection[UUID],
    now: datetime,
    except_device_session: UUID | None = None,
    forget_local_plans: bool = False,
) -> None:
    """Tell the phones of these patients soon that what comes has changed, by one statement.

    Only phones that have planned something are told, and none that is a browser: it can't plan,
    and may lose its address by a push that shows nothing. ``except_device_session`` is the sign-in
    of the phone that made the change itself. ``forget_local_plans`` takes back as well what phones
    had planned.
    """
    mine = Device.objects.filter(
        patient_id__in=patients, ended_at__isnull=True, covered_until__gt=now
    ).exclude(platform=Device.Platform.WEB)
    told = (
        mine
        if except_device_session is None
        else mine.exclude(device_session_id=except_device_session)
    )
    at = Case(
        When(refresh_at__isnull=False, then=F("refresh_at")),
        When(refreshed_at__gt=now - REFRESH_INTERVAL, then=F("refreshed_at") + REFRESH_INTERVAL),
        default=now,
    )
    if forget_local_plans:
        mine.update(covered=None)
    told.update(refresh_at=at, refresh_asked_at=now, refresh_tries=0)


def try_request_refresh(*, patients: Collection[UUID], now: datetime) -> None:
    """Ask for it beside what staff save: should it fail, theirs stands all the same."""
    try:
        with transaction.atomic():
            request_refresh(patients=patients, now=now)
    except DatabaseError as fault:
        code = type(fault).__name__
        log.exception("refresh not asked", extra={"event": "refresh_not_asked", "code": code})
