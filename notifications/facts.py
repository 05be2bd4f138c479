"""What must be known before anything is sent, for many patients in a fixed number of statements.

The dispatcher is no person and has no chart: it asks whether, never what. This is the only file of
this room that looks into the tables of others.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, Max, OuterRef

from care.access import consent_holds, on_team
from care.models import Consent, GroupMembership, Patient, TreatmentSession
from journaling.models import Entry
from notifications import identity
from notifications.claiming import NUDGE_AFTER, Leased
from notifications.models import Device, Recipient, Reminder
from notifications.rules import ANSWERED_WITHIN, Facts, Wish


def facts_of(*, patients: Collection[UUID], now: datetime) -> dict[UUID, Facts]:
    """Gather what is known of these patients at this moment."""
    people = (
        Patient.objects.filter(pk__in=patients)
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
    paused = dict(
        Recipient.objects.filter(pk__in=patients, paused_until__gt=now).values_list(
            "pk", "paused_until"
        )
    )
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
            paused_until=paused.get(pk),
            is_in_session=pk in busy,
            last_entry_at=logged.get(pk),
        )
        for pk, zone_name, start, end, is_active, enrolled, discharged, has_consent in people
    }  # fmt: skip


def wishes_of(*, leased: Sequence[Leased]) -> dict[UUID, Wish]:
    """Gather what their reminders ask for at this moment, by occurrence."""
    rows = {
        row: (active and deleted is None, skip, minutes)
        for row, active, deleted, skip, minutes in Reminder.objects.filter(
            pk__in={item.reminder for item in leased}
        ).values_list("row", "active", "deleted_at", "skip_if_logged", "minutes")
    }
    return {
        item.id: Wish(is_active, skip, _previous(item, minutes))
        for item in leased
        if item.reminder in rows
        for is_active, skip, minutes in [rows[item.reminder]]
    }


def devices_of(*, patients: Collection[UUID]) -> dict[UUID, list[Device]]:
    """Gather the patients' live devices."""
    found: dict[UUID, list[Device]] = {}
    for device in Device.objects.filter(patient_id__in=patients, ended_at__isnull=True).order_by(
        "created_at", "id"
    ):
        found.setdefault(device.patient_id, []).append(device)
    return found


def _logged(patients: Collection[UUID], now: datetime) -> dict[UUID, datetime]:
    """Find when each last recorded something, as far back as an answer may lie."""
    return dict(
        Entry.objects.filter(
            patient_id__in=patients,
            deleted_at__isnull=True,
            occurred_at__gt=now - ANSWERED_WITHIN - timedelta(days=1),
            occurred_at__lte=now + timedelta(minutes=5),
        )
        .values("patient_id")
        .annotate(last=Max("occurred_at"))
        .order_by("patient_id")
        .values_list("patient_id", "last")
    )


def _in_session(patients: Collection[UUID], now: datetime) -> set[UUID]:
    running = TreatmentSession.objects.filter(
        cancelled_at__isnull=True, starts_at__lte=now, ends_at__gt=now
    )
    alone = running.filter(patient_id__in=patients).values_list("patient_id", flat=True)
    in_groups = GroupMembership.objects.filter(
        on_team(now), Exists(running.filter(group_id=OuterRef("group_id"))), patient_id__in=patients
    ).values_list("patient_id", flat=True)
    return {pk for pk in (*alone, *in_groups) if pk is not None}


def _previous(item: Leased, minutes: Sequence[int]) -> datetime | None:
    slot, due_at = item.slot, item.due_at
    if slot >= identity.NUDGE:
        slot, due_at = slot - identity.NUDGE, due_at - NUDGE_AFTER
    before = [minute for minute in minutes if minute < slot]
    return due_at - timedelta(minutes=slot - before[-1]) if before else None
