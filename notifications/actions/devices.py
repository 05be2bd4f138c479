"""Where a patient's reminders may be shown: addresses, each of one sign-in."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.kit import actors
from backend.kit.cipher import fingerprint
from backend.kit.errors import InvalidInput, NotThere, refuse_beyond
from backend.kit.ids import new_id
from care import access
from care.access import Chart, DataClass
from care.models import User
from notifications import covering
from notifications.models import Device
from notifications.upcoming import FURTHEST

#: A registration races with itself at most a few times.
TRIES = 5
#: A phone's clock may be ahead by so much; whatever is further has another calendar, or none.
AHEAD = timedelta(days=1)
#: Ours: phones, tablets and browsers of one patient that are shown reminders at a time.
MOST_DEVICES = 20


class NoSuchDevice(NotThere):
    """This chart has no such device; whether another patient has, nobody learns."""


class NotTheOwner(Exception):
    """Only the patient says where their reminders go."""


def register_device(
    *,
    chart: Chart,
    provider: str,
    address: str,
    platform: str,
    app_version: str,
    device_name: str,
    covered_until: datetime | None,
    now: datetime,
) -> tuple[Device, bool]:
    """Let reminders go to an address; return the device and whether it is new.

    An address belongs to whoever signed in there last: it leaves its former patient at once, and
    both access logs say so. Registered again it stays one device. A newer address of the same
    sign-in and platform takes the older one's place.

    ``covered_until`` covers what ``reminders/upcoming`` gives at this moment, and nothing that
    is planned or changed later; it is cut to as far ahead as that can look.

    :raises backend.kit.errors.InvalidInput: the patient has as many as one may have.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    :raises backend.kit.errors.InvalidInput: naming ``covered_until``, where it is far beyond that.
    """
    if not chart.is_own:
        raise NotTheOwner
    if covered_until is not None and covered_until > now + FURTHEST + AHEAD:
        detail = f"Must be within {FURTHEST.days} days."
        raise InvalidInput.of("covered_until", "out_of_range", detail)
    until = None if covered_until is None else min(covered_until, now + FURTHEST)
    covered = None
    if until is not None and until > now:
        covered = covering.covered_by(patient=chart.patient_id, until=until, now=now)
    mark = fingerprint(f"{provider}|{address}", purpose="device")
    seen: dict[str, Any] = {
        "platform": platform, "app_version": app_version, "device_name": device_name,
        "covered_until": until, "covered": covered, "last_seen_at": now,
        "device_session_id": chart.device_session_id,
    }  # fmt: skip
    where = {"provider": provider, "address": address}
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                device, is_new = _place(chart, mark, where, seen, now)
                access.log_write(chart=chart, what=DataClass.DEVICES, now=now)
        except IntegrityError:
            continue  # Somebody registered the same address in this moment: look again.
        return device, is_new
    raise RuntimeError("an address changed hands in every try")


def end_device(*, chart: Chart, device_id: UUID, now: datetime) -> None:
    """Send nothing more to one of the patient's devices.

    :raises NoSuchDevice: none of this patient's, or ended before.
    """
    with transaction.atomic():
        live = Device.objects.filter(
            pk=device_id, patient_id=chart.patient_id, ended_at__isnull=True
        )
        if not live.update(ended_at=now, ended_reason="removed"):
            raise NoSuchDevice
        access.log_write(chart=chart, what=DataClass.DEVICES, now=now)


def end_devices_of_session(*, device_session_id: UUID, now: datetime) -> None:
    """Send nothing more to where this sign-in was: it has ended."""
    Device.objects.filter(device_session_id=device_session_id, ended_at__isnull=True).update(
        ended_at=now, ended_reason="signed_out"
    )


def end_devices_of_ended_sessions(*, user_id: UUID, now: datetime) -> None:
    """Send nothing more to where any sign-in of this user was that has ended."""
    Device.objects.filter(
        patient_id=user_id, device_session__revoked_at__isnull=False, ended_at__isnull=True
    ).update(ended_at=now, ended_reason="signed_out")


# The former holder is another patient, of whom the new one may see nothing.
@actors.acting_as(actors.REMINDERS)
def _place(
    chart: Chart, mark: str, where: dict[str, str], seen: dict[str, Any], now: datetime
) -> tuple[Device, bool]:
    holder = (
        Device.objects.select_for_update().filter(fingerprint=mark, ended_at__isnull=True).first()
    )
    is_own = holder is not None and holder.patient_id == chart.patient_id
    seen = seen | _with_shown(seen, _replaced(mark, seen, now), holder if is_own else None, now=now)
    if holder is not None and is_own:
        for name, value in seen.items():
            setattr(holder, name, value)
        holder.save(update_fields=list(seen))
        return holder, False
    if holder is not None:
        _leave(holder, now)
    mine = Device.objects.filter(patient_id=chart.patient_id, ended_at__isnull=True)
    refuse_beyond(mine.count(), most=MOST_DEVICES, what="devices; end one of them first")
    return Device.objects.create(
        id=new_id(),
        patient_id=chart.patient_id,
        fingerprint=mark,
        created_at=now,
        **where,
        **seen,
    ), True


def _replaced(mark: str, seen: dict[str, Any], now: datetime) -> Device | None:
    """End the older address of this sign-in and platform, if there is one, and return it."""
    if seen["device_session_id"] is None:
        return None
    older = (
        Device.objects.select_for_update()
        .filter(
            device_session_id=seen["device_session_id"], platform=seen["platform"],
            ended_at__isnull=True,
        )
        .exclude(fingerprint=mark)
        .first()
    )  # fmt: skip
    if older is not None:
        older.ended_at, older.ended_reason = now, "replaced"
        older.save(update_fields=["ended_at", "ended_reason"])
    return older


def _with_shown(
    seen: dict[str, Any], older: Device | None, same: Device | None, *, now: datetime
) -> dict[str, Any]:
    """Keep what this phone has shown by now, though it is nothing to come any more."""
    shown: covering.Covered = {}
    for device in (older, same):
        if device is not None:
            shown |= covering.shown_before(device.covered, now=now)
    if not shown or seen["covered_until"] is None:
        return {}
    return {"covered": shown | (seen["covered"] or {})}


def _leave(holder: Device, now: datetime) -> None:
    """End the former patient's device; their log names them only, never who came after."""
    holder.ended_at, holder.ended_reason = now, "address_moved"
    holder.save(update_fields=["ended_at", "ended_reason"])
    access.log_writes(
        viewer=User.objects.get(pk=holder.patient_id),
        patient_ids=[holder.patient_id],
        what=DataClass.DEVICES,
        reason="address_moved",
        now=now,
    )
