"""Reading what a clinic set for safety: who is on duty, who can be reached, who was called."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from care.duty import Shift, Span, Staffing
from care.models import ClinicSafety, DutyCall, StaffContact, User

#: For how long a call entitles whom it called to see that the event is there.
ENTITLED = timedelta(days=1)

_COLUMNS = (
    "alerts_on", "hours", "rota", "backup_id", "escalate_minutes", "repeat_minutes", "tightened",
    "resources", "clinic__time_zone",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SafetySetting:
    """What a clinic set: whom to call when, stricter rules, and lines of its own."""

    staffing: Staffing = field(default_factory=Staffing)
    tightened: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    resources: tuple[Mapping[str, Any], ...] = ()


def setting_for(*, patient_id: UUID) -> SafetySetting:
    """Read what the patient's clinic set; a clinic that set nothing has the shipped rules alone."""
    return _setting(
        ClinicSafety.objects.filter(clinic__users=patient_id).values_list(*_COLUMNS).first()
    )


def setting_of(*, clinic_id: UUID) -> SafetySetting:
    """Read what a clinic set."""
    return _setting(ClinicSafety.objects.filter(clinic_id=clinic_id).values_list(*_COLUMNS).first())


def own_resources(*, clinic_id: UUID | None = None) -> list[Mapping[str, Any]]:
    """List a clinic's own lines; without one, those of the only clinic that is here."""
    rows = ClinicSafety.objects.order_by("clinic_id")
    found = rows.filter(clinic_id=clinic_id) if clinic_id else rows
    lists = list(found.values_list("resources", flat=True)[:2])
    return lists[0] if len(lists) == 1 else []


def every_own_resource() -> list[Mapping[str, Any]]:
    """List the lines of all clinics, for who must see that none has become stale."""
    lists = ClinicSafety.objects.order_by("clinic_id").values_list("resources", flat=True)
    return [line for lines in lists for line in lines]


def reachable(*, staff: Iterable[UUID]) -> set[UUID]:
    """Find who of these still works here and has an address."""
    rows = StaffContact.objects.filter(
        user_id__in=set(staff), user__is_active=True, user__role=User.Role.CLINICIAN
    )
    return set(rows.values_list("user_id", flat=True))


def addresses(*, staff: Collection[UUID]) -> dict[UUID, str]:
    """Read where each of these is reached; who left is left out."""
    rows = StaffContact.objects.filter(
        user_id__in=staff, user__is_active=True, user__role=User.Role.CLINICIAN
    )
    return dict(rows.values_list("user_id", "email"))


def called_about(*, event_ids: Collection[UUID]) -> dict[UUID, bool]:
    """Find the events about which somebody was called, and whether one of them was at work."""
    rows = DutyCall.objects.filter(event_id__in=event_ids).values_list("event_id", "at_work")
    found: dict[UUID, bool] = {}
    for event_id, at_work in rows:
        found[event_id] = found.get(event_id, False) or at_work
    return found


def is_on_call(*, viewer: User, patient_id: UUID, now: datetime) -> bool:
    """Whether somebody is on duty or backup now, or was called about this patient lately."""
    staffing = setting_of(clinic_id=viewer.clinic_id).staffing
    at_work = {*staffing.on_duty(now), *staffing.backups(now)} if staffing.is_staffed(now) else ()
    if staffing.alerts_on and viewer.pk in at_work:
        return True
    return _calls(viewer.pk, now).filter(patient_id=patient_id).exists()


def events_called_about(*, clinician_id: UUID, now: datetime) -> set[UUID]:
    """Find the events that a clinician was called about lately."""
    return set(_calls(clinician_id, now).values_list("event_id", flat=True))


def _calls(clinician_id: UUID, now: datetime) -> "QuerySet[DutyCall]":
    return DutyCall.objects.filter(clinician_id=clinician_id, at__gt=now - ENTITLED, at__lte=now)


def _setting(row: tuple[Any, ...] | None) -> SafetySetting:
    if row is None:
        return SafetySetting()
    alerts_on, hours, rota, backup, escalate, repeat, tightened, resources, zone = row
    staffing = Staffing(
        time_zone=zone,
        # Without a way out nobody is called, whatever the clinic set; then nobody is told so.
        alerts_on=alerts_on and settings.STAFF_MAIL,
        hours=tuple(_span(one) for one in hours or ()),
        rota=tuple(
            Shift(_span(one), UUID(one["duty"]), UUID(one["backup"]) if one["backup"] else None)
            for one in rota or ()
        ),
        backup=backup,
        escalate=timedelta(minutes=escalate),
        repeat=timedelta(minutes=repeat),
    )
    return SafetySetting(staffing, tightened, tuple(resources))


def _span(row: Mapping[str, Any]) -> Span:
    return Span(row["weekday"], row["opens"], row["closes"])
