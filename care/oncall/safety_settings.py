"""Safety settings of a clinic: hours, rota, backup, stricter rules and its own crisis lines."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from backend.kit.errors import FieldError, InvalidInput, safe_field_name
from backend.kit.parsing import parse_integer
from care.models import ClinicSafety, StaffContact, User
from care.models.oncall import CrisisLine, StoredShift, StoredSpan
from care.oncall.schedule import (
    MINUTES_A_DAY,
    WEEKDAYS,
    OnCallSchedule,
    Shift,
    WeekdaySpan,
    uncovered_minutes,
)

#: All that may be set; the last two are parsed by the journaling room, which knows rules and lines.
SETTING_FIELDS = (
    "alerts_on", "hours", "rota", "backup", "emails", "escalate_minutes", "repeat_minutes",
    "tightened", "resources",
)  # fmt: skip
SentRow = Mapping[str, Any]
_CLOCK = re.compile("([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_COLUMNS = (
    "alerts_on", "hours", "rota", "backup_id", "escalate_minutes", "repeat_minutes", "tightened",
    "resources", "clinic__time_zone",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SafetySettings:
    """What a clinic set: whom to call when, stricter rules, and lines of its own."""

    staffing: OnCallSchedule = field(default_factory=OnCallSchedule)
    tightened: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    resources: tuple[CrisisLine, ...] = ()


def settings_of_patient(*, patient_id: UUID) -> SafetySettings:
    """Read what the patient's clinic set; a clinic that set nothing has the shipped rules alone."""
    return _settings_from_row(
        ClinicSafety.objects.filter(clinic__users=patient_id).values_list(*_COLUMNS).first()
    )


def settings_of_clinic(*, clinic_id: UUID) -> SafetySettings:
    """Read what a clinic set."""
    return _settings_from_row(
        ClinicSafety.objects.filter(clinic_id=clinic_id).values_list(*_COLUMNS).first()
    )


def clinic_resources(*, clinic_id: UUID | None = None) -> list[CrisisLine]:
    """List a clinic's own lines; without one, those of the only clinic that is here."""
    rows = ClinicSafety.objects.order_by("clinic_id")
    chosen = rows.filter(clinic_id=clinic_id) if clinic_id else rows
    lists = list(chosen.values_list("resources", flat=True)[:2])
    return lists[0] if len(lists) == 1 else []


def all_clinic_resources() -> list[CrisisLine]:
    """List the lines of all clinics, to check that none has become stale."""
    lists = ClinicSafety.objects.order_by("clinic_id").values_list("resources", flat=True)
    return [line for lines in lists for line in lines]


def staff_addresses(*, staff: Collection[UUID]) -> dict[UUID, str]:
    """Read the address of each of these who still works here and has one."""
    rows = StaffContact.objects.filter(
        user_id__in=staff, user__is_active=True, user__role=User.Role.CLINICIAN
    )
    return dict(rows.values_list("user_id", "email"))


def save_safety_settings(
    *,
    clinic_id: UUID,
    sent: SentRow,
    tightened: SentRow,
    resources: Sequence[CrisisLine],
    has_way_out: bool,
    now: datetime,
) -> ClinicSafety:
    """Replace all settings at once: what is left out of ``sent`` is unset.

    ``{alerts_on, hours: [{days, opens, closes}], rota: [{days, opens, closes, duty, backup?}],
    backup, emails: {username: address}, escalate_minutes?, repeat_minutes?}``, staff by username.

    :raises backend.kit.errors.InvalidInput: naming every field at fault, among them everything that
        is missing for alerts; nothing was changed.
    """
    staff = _clinicians_by_username(clinic_id)
    hours, faults = _hours(sent)
    rota, rota_faults = _rota(sent, staff)
    backup, backup_faults = _backup(sent, staff)
    emails, email_faults = _emails(sent, staff)
    faults += rota_faults + backup_faults + email_faults + _minutes(sent) + _unknown_fields(sent)
    if sent.get("alerts_on") and not faults:
        faults += _missing_for_alerts(hours, rota, backup, emails, has_way_out=has_way_out)
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
                "hours": [_span_to_json(span) for span in hours] or None,
                "rota": [_shift_to_json(shift) for shift in rota] or None,
                "backup_id": backup,
                "escalate_minutes": sent.get("escalate_minutes", 15),
                "repeat_minutes": sent.get("repeat_minutes", 5),
                "tightened": dict(tightened),
                "resources": list(resources),
                "set_at": now,
            },
        )
    return row


def _clinicians_by_username(clinic_id: UUID) -> dict[str, UUID]:
    rows = User.objects.filter(
        clinic_id=clinic_id, role=User.Role.CLINICIAN, is_active=True, username__isnull=False
    )
    return {str(name): user_id for name, user_id in rows.values_list("username", "id")}


def _hours(sent: SentRow) -> tuple[list[WeekdaySpan], list[FieldError]]:
    spans: list[WeekdaySpan] = []
    faults: list[FieldError] = []
    for place, row in enumerate(sent.get("hours") or []):
        parsed = _parse_spans(row)
        spans += parsed
        faults += [] if parsed else [_fault(f"hours.{place}", "not_hours", "days, opens, closes")]
    return spans, faults


def _rota(sent: SentRow, staff: Mapping[str, UUID]) -> tuple[list[Shift], list[FieldError]]:
    shifts: list[Shift] = []
    faults: list[FieldError] = []
    general = sent.get("backup")
    for place, row in enumerate(sent.get("rota") or []):
        spans = _parse_spans(row)
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


def _backup(sent: SentRow, staff: Mapping[str, UUID]) -> tuple[UUID | None, list[FieldError]]:
    name = sent.get("backup")
    if name is None or name in staff:
        return staff.get(name or ""), []
    return None, [_fault("backup", "not_staff", "a clinician of this clinic")]


def _emails(sent: SentRow, staff: Mapping[str, UUID]) -> tuple[dict[UUID, str], list[FieldError]]:
    addresses: dict[UUID, str] = {}
    faults: list[FieldError] = []
    for name, address in (sent.get("emails") or {}).items():
        try:
            validate_email(address)
            addresses[staff[name]] = address
        except ValidationError:
            faults.append(_fault(f"emails.{name}", "not_an_address", "an e-mail address"))
        except KeyError:
            faults.append(_fault(f"emails.{name}", "not_staff", "a clinician of this clinic"))
    return addresses, faults


def _minutes(sent: SentRow) -> list[FieldError]:
    return [
        _fault(name, "out_of_range", f"whole minutes from 1 to {most}")
        for name, most in (("escalate_minutes", 60), ("repeat_minutes", 30))
        if name in sent and not 1 <= (parse_integer(sent[name]) or 0) <= most
    ]


def _unknown_fields(sent: SentRow) -> list[FieldError]:
    """List unknown fields: a misspelt ``backup`` must not pass for a set one."""
    return [
        _fault(safe_field_name(name), "unknown_field", "a field of ours")
        for name in sent
        if name not in SETTING_FIELDS
    ]


def _missing_for_alerts(
    hours: Sequence[WeekdaySpan],
    rota: Sequence[Shift],
    backup: UUID | None,
    emails: Collection[UUID],
    *,
    has_way_out: bool,
) -> list[FieldError]:
    """List what is still missing for alerts: without it nobody would be called."""
    gaps = bool(rota and uncovered_minutes(hours, rota))
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


def _parse_spans(row: object) -> list[WeekdaySpan]:
    """Read ``{days: [mon, …], opens: "08:00", closes: "17:00"}``; nothing where it is not that."""
    if not isinstance(row, Mapping):
        return []
    days, opens, closes = row.get("days"), _minute(row.get("opens")), _minute(row.get("closes"))
    if not isinstance(days, list) or not all(day in WEEKDAYS for day in days):
        return []
    if opens is None or closes is None or not opens < closes:
        return []
    return [WeekdaySpan(WEEKDAYS.index(day), opens, closes) for day in dict.fromkeys(days)]


def _minute(clock: object) -> int | None:
    if not isinstance(clock, str) or not _CLOCK.fullmatch(clock):
        return None
    hour, minute = clock.split(":")
    return min(int(hour) * 60 + int(minute), MINUTES_A_DAY)


def _span_to_json(span: WeekdaySpan) -> StoredSpan:
    return StoredSpan(weekday=span.weekday, opens=span.opens, closes=span.closes)


def _shift_to_json(shift: Shift) -> StoredShift:
    backup = str(shift.backup) if shift.backup is not None else None
    return StoredShift(**_span_to_json(shift.span), duty=str(shift.duty), backup=backup)


def _fault(field: str, code: str, wanted: str) -> FieldError:
    return FieldError(field, code, f"Needs {wanted}.")


def _settings_from_row(row: tuple[Any, ...] | None) -> SafetySettings:
    if row is None:
        return SafetySettings()
    alerts_on, hours, rota, backup, escalate, repeat, tightened, resources, zone = row
    staffing = OnCallSchedule(
        time_zone=zone,
        # Without a way out nobody is called, whatever the clinic set; then nobody is told so.
        alerts_on=alerts_on and settings.STAFF_MAIL,
        hours=tuple(_span_from_json(stored) for stored in hours or ()),
        rota=tuple(
            Shift(
                _span_from_json(stored),
                UUID(stored["duty"]),
                UUID(stored["backup"]) if stored["backup"] else None,
            )
            for stored in rota or ()
        ),
        backup=backup,
        escalate=timedelta(minutes=escalate),
        repeat=timedelta(minutes=repeat),
    )
    return SafetySettings(staffing, tightened, tuple(resources))


def _span_from_json(row: StoredSpan) -> WeekdaySpan:
    return WeekdaySpan(row["weekday"], row["opens"], row["closes"])
