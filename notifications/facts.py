"""What must be known before anything is sent, for many patients in a fixed number of statements.

The dispatcher is no person and has no chart: it asks whether, never what. Only this file, wishes.py
and meetings.py look into the tables of other rooms.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from care.access import consent_holds, on_team
from care.models import Consent, GroupMembership, Patient, TreatmentSession
from journaling.models import Assignment, Entry
from notifications.models import Device, Recipient
from notifications.rules import LOOKED_BACK, Facts


@dataclass(frozen=True, slots=True)
class Homework:
    """One skill that is or was assigned: how often a week, from which day until which."""

    id: UUID
    patient_id: UUID
    per_week: int
    since: date
    until: date | None
    is_ended: bool


def facts_of(*, patients: Collection[UUID], now: datetime) -> dict[UUID, Facts]:
    """Gather what is known of these patients at this moment."""
    people = (
        Patient.objects.filter(pk__among=patients)
        .annotate(
            has_consent=Exists(
                Consent.objects.filter(consent_holds(now), patient_id=OuterRef("pk"))
            )
        )
        .values_list(
            "pk", "user__time_zone", "quiet_start", "quiet_end", "user__is_active", "enrolled_at",
            "discharged_at", "has_consent",
        )
    )  # fmt: skip
    recipients = {
        pk: (paused_until, heard_at)
        for pk, paused_until, heard_at in Recipient.objects.filter(pk__among=patients).values_list(
            "pk", "paused_until", "heard_at"
        )
    }
    logged = _logged(patients, now)
    busy = _in_session(patients, now)
    return {
        pk: Facts(
            zone_name=zone_name,
            quiet_start=start,
            quiet_end=end,
            is_enrolled=is_active and enrolled is not None
            and (discharged is None or discharged > now),
            has_consent=has_consent,
            paused_until=recipients.get(pk, (None, None))[0],
            is_in_session=pk in busy,
            logged=logged.get(pk, {}),
            heard_at=_newest(enrolled, recipients.get(pk, (None, None))[1], logged.get(pk, {})),
        )
        for pk, zone_name, start, end, is_active, enrolled, discharged, has_consent in people
    }  # fmt: skip


def homework_of(*, patient: UUID) -> list[Homework]:
    """List what is and was assigned to a patient, oldest first."""
    return _homework(Assignment.objects.filter(patient_id=patient))


def current_homework(*, since: date) -> list[Homework]:
    """List everybody's homework that isn't over, or that ended on that day (UTC) or later."""
    open_or_near = Q(ended_at__isnull=True) | Q(ended_at__date__gte=since)
    not_over = Q(until__isnull=True) | Q(until__gte=since)
    return _homework(Assignment.objects.filter(open_or_near, not_over))


def _homework(found: "QuerySet[Assignment]") -> list[Homework]:
    rows = found.order_by("assigned_at", "id").values_list(
        "id", "patient_id", "per_week", "since", "until", "ended_at"
    )
    return [
        Homework(pk, patient_id, per_week, since, until, ended_at is not None)
        for pk, patient_id, per_week, since, until, ended_at in rows
    ]


def ends_of(*, patient: UUID, now: datetime) -> datetime | None:
    """Tell when reminders end, as far as it is planned: with a discharge, or with a consent."""
    discharged_at = Patient.objects.values_list("discharged_at", flat=True).get(pk=patient)
    consents = list(
        Consent.objects.filter(consent_holds(now), patient_id=patient).values_list(
            "expires_at", flat=True
        )
    )
    ends = [at for at in consents if at is not None]
    consent_ends = max(ends) if ends and len(ends) == len(consents) else None
    return min((at for at in (discharged_at, consent_ends) if at is not None), default=None)


class Phone(NamedTuple):
    """Where a message may be shown, as far as sending asks."""

    pk: UUID
    provider: str
    address: str
    platform: str
    covered_until: datetime | None


def devices_of(*, patients: Collection[UUID]) -> dict[UUID, list[Phone]]:
    """Gather the patients' live devices; one whose sign-in has ended is none."""
    found: dict[UUID, list[Phone]] = {}
    live = Device.objects.filter(
        Q(device_session__isnull=True) | Q(device_session__revoked_at__isnull=True),
        patient_id__among=patients, ended_at__isnull=True,
    )  # fmt: skip
    for patient, *columns in live.order_by("created_at", "id").values_list(
        "patient_id", *Phone._fields
    ):
        found.setdefault(patient, []).append(Phone(*columns))
    return found


def _newest(
    enrolled: datetime | None, heard: datetime | None, logged: Mapping[str, datetime]
) -> datetime | None:
    """Find the last sign of life of a patient; enrolling is the first."""
    return max((at for at in (enrolled, heard, *logged.values()) if at is not None), default=None)


def _logged(patients: Collection[UUID], now: datetime) -> dict[UUID, dict[str, datetime]]:
    """Find when each last recorded something of each kind, as far back as any rule looks."""
    found: dict[UUID, dict[str, datetime]] = {}
    rows = (
        Entry.objects.filter(
            patient_id__among=patients,
            deleted_at__isnull=True,
            occurred_at__gt=now - LOOKED_BACK,
            occurred_at__lte=now + timedelta(minutes=5),
        )
        .values("patient_id", "kind")
        .annotate(last=Max("occurred_at"))
        .order_by("patient_id", "kind")
        .values_list("patient_id", "kind", "last")
    )
    for pk, kind, last in rows:
        found.setdefault(pk, {})[kind] = last
    return found


def _in_session(patients: Collection[UUID], now: datetime) -> set[UUID]:
    running = TreatmentSession.objects.filter(
        cancelled_at__isnull=True, starts_at__lte=now, ends_at__gt=now
    )
    alone = running.filter(patient_id__among=patients).values_list("patient_id", flat=True)
    in_groups = GroupMembership.objects.filter(
        on_team(now),
        Exists(running.filter(group_id=OuterRef("group_id"))),
        patient_id__among=patients,
    ).values_list("patient_id", flat=True)
    return {pk for pk in (*alone, *in_groups) if pk is not None}
