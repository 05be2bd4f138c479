"""A patient's devices: register, end and list them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.kit.crypto import fingerprint
from backend.kit.db import rls_actor
from backend.kit.db.bulk import uuid_hex
from backend.kit.errors import InvalidInput, NotThere, enforce_limit
from backend.kit.ids import new_id
from backend.kit.languages import ENGLISH, Sentence
from care.access.chart import Chart, NotTheOwner
from care.access.data_categories import DataCategory
from care.access.log import log_write, log_writes_many
from care.models import User
from notifications.engine.forecast import FORECAST_HORIZON, forecast_messages
from notifications.models.device import Device
from notifications.push.local import LocalPlan, epoch_second, shown_part
from notifications.push.webpush_messages import BrowserKeys, subscription_for

#: How often a registration that lost a race is tried.
REGISTRATION_TRIES = 5
#: A phone's clock may be ahead by so much; whatever is further has another calendar, or none.
CLOCK_SKEW = timedelta(days=1)
#: Our limit of live phones, tablets and browsers of one patient.
MOST_DEVICES = 20
_ON = Sentence("on", "activo")
_REJECTED = Sentence(
    "off: the push service does not know its address any more",
    "desactivado: el servicio de avisos ya no conoce su dirección",
)
_UNSUBSCRIBED = Sentence(
    "off: this browser ended its subscription", "desactivado: este navegador terminó su suscripción"
)
ENDED_TEXTS = {
    "signed_out": Sentence(
        "off: the phone was signed out", "desactivado: se cerró la sesión en el teléfono"
    ),
    "removed": Sentence("off: the patient removed it", "desactivado: se quitó"),
    "replaced": Sentence(
        "off: the app on this phone has a newer address",
        "desactivado: la aplicación de este teléfono tiene una dirección más nueva",
    ),
    "address_moved": Sentence(
        "off: somebody else signed in on this phone",
        "desactivado: otra persona entró en este teléfono",
    ),
    "stale": Sentence(
        "off: not used for a month, and another phone was",
        "desactivado: sin uso un mes, y se usó otro teléfono",
    ),
    "dead": Sentence("off: not used for nine months", "desactivado: sin uso nueve meses"),
    "gone": _UNSUBSCRIBED,
    "not_found": _UNSUBSCRIBED,
}


class NoSuchDevice(NotThere):
    """This chart has no such device; whether another patient has, nobody learns."""


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
    keys: BrowserKeys | None = None,
) -> tuple[Device, bool]:
    """Register an address for reminders; return the device and whether it is new.

    A browser's address is the endpoint of its subscription to Web Push, and ``keys`` are its keys.

    An address belongs to the patient who signed in there last: it leaves its former patient at
    once, and both access logs say so. Registered again it stays one device. A newer address of the
    same sign-in and platform replaces the older one.

    ``covered_until`` covers what ``reminders/upcoming`` gives at this moment, and nothing that
    is planned or changed later; it is cut to as far ahead as that can look.

    :raises backend.kit.errors.InvalidInput: the patient has as many as one may have.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    :raises backend.kit.errors.InvalidInput: naming ``covered_until``, where it is far beyond that;
        naming what is at fault with a subscription.
    """
    if not chart.is_own:
        raise NotTheOwner
    subscription = None
    if provider == Device.Provider.WEB_PUSH:
        subscription = subscription_for(endpoint=address, platform=platform, keys=keys).to_text()
    if covered_until is not None and covered_until > now + FORECAST_HORIZON + CLOCK_SKEW:
        detail = f"Must be within {FORECAST_HORIZON.days} days."
        raise InvalidInput.of("covered_until", "out_of_range", detail)
    until = None if covered_until is None else min(covered_until, now + FORECAST_HORIZON)
    covered = None
    if until is not None and until > now:
        covered = local_plan_until(patient=chart.patient_id, until=until, now=now)
    mark = fingerprint(f"{provider}|{address}", purpose="device")
    seen: dict[str, Any] = {
        "platform": platform, "app_version": app_version, "device_name": device_name,
        "covered_until": until, "covered": covered, "last_seen_at": now,
        "device_session_id": chart.device_session_id, "subscription": subscription,
    }  # fmt: skip
    where = {"provider": provider, "address": address}
    for _ in range(REGISTRATION_TRIES):
        try:
            with transaction.atomic():
                device, is_new = _store_device(chart, mark, where, seen, now)
                log_write(chart=chart, what=DataCategory.DEVICES, now=now)
        except IntegrityError:
            continue  # Another request registered the same address just now: look again.
        return device, is_new
    raise RuntimeError("an address changed hands in every try")


def local_plan_until(*, patient: UUID, until: datetime, now: datetime) -> LocalPlan:
    """Return the plan of a phone that read ``reminders/upcoming`` just now, until then."""
    return {
        uuid_hex(message.item.id): [epoch_second(message.item.due_at), message.series.rev]
        for message in forecast_messages(patient=patient, until=until, now=now)
    }


# The former holder may be another patient, of whom the new one may see nothing.
@rls_actor.acting_as(rls_actor.REMINDERS_ACTOR)
def _store_device(
    chart: Chart, mark: str, where: dict[str, str], seen: dict[str, Any], now: datetime
) -> tuple[Device, bool]:
    holder = (
        Device.objects.select_for_update().filter(fingerprint=mark, ended_at__isnull=True).first()
    )
    is_own = holder is not None and holder.patient_id == chart.patient_id
    seen = seen | _keep_shown(
        seen, _end_older_address(mark, seen, now), holder if is_own else None, now=now
    )
    if holder is not None and is_own:
        for name, value in seen.items():
            setattr(holder, name, value)
        holder.save(update_fields=list(seen))
        return holder, False
    if holder is not None:
        _end_former_holder(holder, now)
    live = Device.objects.filter(patient_id=chart.patient_id, ended_at__isnull=True)
    enforce_limit(live.count(), most=MOST_DEVICES, what="devices; end one of them first")
    return Device.objects.create(
        id=new_id(),
        patient_id=chart.patient_id,
        fingerprint=mark,
        created_at=now,
        **where,
        **seen,
    ), True


def _end_older_address(mark: str, seen: dict[str, Any], now: datetime) -> Device | None:
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


def _keep_shown(
    seen: dict[str, Any], older: Device | None, same: Device | None, *, now: datetime
) -> dict[str, Any]:
    """Return the column that keeps what this phone has shown lately, if there is any."""
    shown: LocalPlan = {}
    for device in (older, same):
        if device is not None:
            shown |= shown_part(device.covered, now=now)
    if not shown or seen["covered_until"] is None:
        return {}
    return {"covered": shown | (seen["covered"] or {})}


def _end_former_holder(holder: Device, now: datetime) -> None:
    """End the former patient's device; their log names them only, never who came after."""
    holder.ended_at, holder.ended_reason = now, "address_moved"
    holder.save(update_fields=["ended_at", "ended_reason"])
    log_writes_many(
        viewer=User.objects.get(pk=holder.patient_id),
        patient_ids=[holder.patient_id],
        what=DataCategory.DEVICES,
        reason="address_moved",
        now=now,
    )


def end_device(*, chart: Chart, device_id: UUID, now: datetime) -> None:
    """End one of the patient's devices.

    :raises NoSuchDevice: none of this patient's, or ended before.
    """
    with transaction.atomic():
        live = Device.objects.filter(
            pk=device_id, patient_id=chart.patient_id, ended_at__isnull=True
        )
        if not live.update(ended_at=now, ended_reason="removed"):
            raise NoSuchDevice
        log_write(chart=chart, what=DataCategory.DEVICES, now=now)


def end_devices_of_session(*, device_session_id: UUID, now: datetime) -> None:
    """End the devices of a sign-in that has ended."""
    Device.objects.filter(device_session_id=device_session_id, ended_at__isnull=True).update(
        ended_at=now, ended_reason="signed_out"
    )


def end_devices_of_ended_sessions(*, user_id: UUID, now: datetime) -> None:
    """End the devices of all sign-ins of this user that have ended."""
    Device.objects.filter(
        patient_id=user_id, device_session__revoked_at__isnull=False, ended_at__isnull=True
    ).update(ended_at=now, ended_reason="signed_out")


def devices_of_patient(*, chart: Chart) -> Sequence[Device]:
    """List the patient's live devices, newest first."""
    return list(
        Device.objects.filter(patient_id=chart.patient_id, ended_at__isnull=True).order_by(
            "-last_seen_at", "id"
        )
    )


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """One device that reminders go or went to, without its name or address."""

    platform: str
    since: datetime
    last_seen_at: datetime
    words: str


def device_statuses(*, patient_id: UUID, language: str = ENGLISH) -> Sequence[DeviceStatus]:
    """List the devices that reminders go or went to, newest first, in words of one language."""
    return [
        DeviceStatus(
            row.platform,
            row.created_at,
            row.last_seen_at,
            _status_text(row, language),
        )
        for row in Device.objects.filter(patient_id=patient_id).order_by("-created_at", "id")[:20]
    ]


def _status_text(row: Device, language: str) -> str:
    if row.ended_at is None:
        return _ON.spoken(language)
    if row.ended_reason in ENDED_TEXTS:
        return ENDED_TEXTS[row.ended_reason].spoken(language)
    return f"{_REJECTED.spoken(language)} ({row.ended_reason})"
