"""Setting hours, rota and backup, switching staff alerts on, and writing down calls."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from backend.kit.errors import FieldError, InvalidInput
from care.duty import DAY, WEEKDAYS, Shift, Span, uncovered
from care.models import ClinicSafety, DutyCall, StaffContact, User

#: All that may be set; the last two are read by whoever knows the rules and the lines.
FIELDS = (
    "alerts_on", "hours", "rota", "backup", "emails", "escalate_minutes", "repeat_minutes",
    "tightened", "resources",
)  # fmt: skip
_CLOCK = re.compile("([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
Row = Mapping[str, Any]


def set_safety(
    *,
    clinic_id: UUID,
    sent: Row,
    tightened: Row,
    resources: Sequence[Row],
    has_way_out: bool,
    now: datetime,
) -> ClinicSafety:
    """Set all of it at once: what is left out of ``sent`` is not there any more.

    ``{alerts_on, hours: [{days, opens, closes}], rota: [{days, opens, closes, duty, backup?}],
    backup, emails: {username: address}, escalate_minutes?, repeat_minutes?}``, staff by username.

    :raises backend.kit.errors.InvalidInput: naming every field at fault, among them everything that
        is missing for alerts; nothing was changed.
    """
    staff = _staff(clinic_id)
    hours, faults = _hours(sent)
    rota, found = _rota(sent, staff)
    backup, more = _backup(sent, staff)
    emails, last = _emails(sent, staff)
    faults += found + more + last + _minutes(sent) + _unknown(sent)
    if sent.get("alerts_on") and not faults:
        faults += _missing(hours, rota, backup, emails, has_way_out=has_way_out)
    if faults:
        raise InvalidInput(faults)
    with transaction.atomic():
        StaffContact.objects.filter(user__clinic_id=clinic_id).delete()
        StaffContact.objects.bulk_create(
            StaffContact(user_id=user_id, email=address) for user_id, address in emails.items()
        )
        row, _ = ClinicSafety.objects.update_or_create(
            clinic_id=clinic_id,
            defaults={
                "alerts_on": bool(sent.get("alerts_on")),
                "hours": [_stored(span) for span in hours] or None,
                "rota": [_stored_shift(shift) for shift in rota] or None,
                "backup_id": backup,
                "escalate_minutes": sent.get("escalate_minutes", 15),
                "repeat_minutes": sent.get("repeat_minutes", 5),
                "tightened": dict(tightened),
                "resources": list(resources),
                "set_at": now,
            },
        )
    return row


def call(
    *,
    event_id: UUID,
    patient_id: UUID,
    step: int,
    parts: Mapping[UUID, str],
    at_work: Collection[UUID],
    now: datetime,
) -> None:
    """Write down whom a step calls, in the caller's transaction."""
    DutyCall.objects.bulk_create(
        DutyCall(
            event_id=event_id,
            patient_id=patient_id,
            clinician_id=clinician,
            part=part,
            step=step,
            at_work=clinician in at_work,
            at=now,
        )
        for clinician, part in parts.items()
    )


def hand_over(*, now: datetime, limit: int = 200) -> list[DutyCall]:
    """Take the calls of which nothing was written into the outbox yet, in the caller's transaction.

    Of two who take at once each call goes to one.
    """
    waiting = DutyCall.objects.filter(handed_over_at__isnull=True)
    found = list(waiting.order_by("at", "id").select_for_update(skip_locked=True)[:limit])
    DutyCall.objects.filter(id__in=[row.pk for row in found]).update(handed_over_at=now)
    return found


def _staff(clinic_id: UUID) -> dict[str, UUID]:
    rows = User.objects.filter(
        clinic_id=clinic_id, role=User.Role.CLINICIAN, is_active=True, username__isnull=False
    )
    return {str(name): user_id for name, user_id in rows.values_list("username", "id")}


def _hours(sent: Row) -> tuple[list[Span], list[FieldError]]:
    spans: list[Span] = []
    faults: list[FieldError] = []
    for place, row in enumerate(sent.get("hours") or []):
        found = _spans(row)
        spans += found
        faults += [] if found else [_fault(f"hours.{place}", "not_hours", "days, opens, closes")]
    return spans, faults


def _rota(sent: Row, staff: Mapping[str, UUID]) -> tuple[list[Shift], list[FieldError]]:
    shifts: list[Shift] = []
    faults: list[FieldError] = []
    general = sent.get("backup")
    for place, row in enumerate(sent.get("rota") or []):
        spans = _spans(row)
        duty, backup = (
            (row.get("duty"), row.get("backup")) if isinstance(row, Mapping) else ("", "")
        )
        if not spans:
            faults.append(_fault(f"rota.{place}", "not_hours", "days, opens, closes"))
        elif duty not in staff or (backup is not None and backup not in staff):
            faults.append(_fault(f"rota.{place}", "not_staff", "a clinician of this clinic"))
        elif duty == (backup or general):
            faults.append(_fault(f"rota.{place}", "own_backup", "somebody else as backup"))
        else:
            shifts += [Shift(span, staff[str(duty)], staff.get(str(backup))) for span in spans]
    return shifts, faults


def _backup(sent: Row, staff: Mapping[str, UUID]) -> tuple[UUID | None, list[FieldError]]:
    name = sent.get("backup")
    if name is None or name in staff:
        return staff.get(name or ""), []
    return None, [_fault("backup", "not_staff", "a clinician of this clinic")]


def _emails(sent: Row, staff: Mapping[str, UUID]) -> tuple[dict[UUID, str], list[FieldError]]:
    found: dict[UUID, str] = {}
    faults: list[FieldError] = []
    for name, address in (sent.get("emails") or {}).items():
        try:
            validate_email(address)
            found[staff[name]] = address
        except ValidationError:
            faults.append(_fault(f"emails.{name}", "not_an_address", "an e-mail address"))
        except KeyError:
            faults.append(_fault(f"emails.{name}", "not_staff", "a clinician of this clinic"))
    return found, faults


def _minutes(sent: Row) -> list[FieldError]:
    return [
        _fault(name, "out_of_range", f"whole minutes from 1 to {most}")
        for name, most in (("escalate_minutes", 60), ("repeat_minutes", 30))
        if name in sent and not (type(sent[name]) is int and 1 <= sent[name] <= most)
    ]


def _unknown(sent: Row) -> list[FieldError]:
    """Find what nobody reads: a misspelt ``backup`` must not pass for a set one."""
    return [
        _fault(name[:60], "unknown_field", "a field of ours") for name in sent if name not in FIELDS
    ]


def _missing(
    hours: Sequence[Span],
    rota: Sequence[Shift],
    backup: UUID | None,
    emails: Collection[UUID],
    *,
    has_way_out: bool,
) -> list[FieldError]:
    """Say what alerts still lack: without it nobody would be called."""
    gaps = bool(rota and uncovered(hours, rota))
    called = {shift.duty for shift in rota} | {shift.backup for shift in rota} | {backup}
    lacks = [
        (not hours, "hours", "required", "the hours in which staff are there"),
        (not rota, "rota", "required", "who is on duty when"),
        (gaps, "rota", "uncovered", "somebody for every staffed minute"),
        (backup is None, "backup", "required", "who is called when nobody answers"),
        (not called - {None} <= set(emails), "emails", "required", "an address for all of them"),
        (not has_way_out, "alerts_on", "no_way_out", "BETWEEN_EMAIL_URL, the way out"),
    ]
    return [_fault(name, code, words) for is_lacking, name, code, words in lacks if is_lacking]


def _spans(row: Any) -> list[Span]:
    """Read ``{days: [mon, …], opens: "08:00", closes: "17:00"}``; nothing where it is not that."""
    if not isinstance(row, Mapping):
        return []
    days, opens, closes = row.get("days"), _minute(row.get("opens")), _minute(row.get("closes"))
    if not isinstance(days, list) or not all(day in WEEKDAYS for day in days):
        return []
    if opens is None or closes is None or not opens < closes:
        return []
    return [Span(WEEKDAYS.index(day), opens, closes) for day in dict.fromkeys(days)]


def _minute(clock: Any) -> int | None:
    if not isinstance(clock, str) or not _CLOCK.fullmatch(clock):
        return None
    hour, minute = clock.split(":")
    return min(int(hour) * 60 + int(minute), DAY)


def _stored(span: Span) -> dict[str, Any]:
    return {"weekday": span.weekday, "opens": span.opens, "closes": span.closes}


def _stored_shift(shift: Shift) -> dict[str, Any]:
    backup = str(shift.backup) if shift.backup is not None else None
    return _stored(shift.span) | {"duty": str(shift.duty), "backup": backup}


def _fault(field: str, code: str, wanted: str) -> FieldError:
    return FieldError(field, code, f"Needs {wanted}.")
