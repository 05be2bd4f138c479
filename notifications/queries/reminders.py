"""A patient's reminders, what comes of them, and where they go."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from care.access import Chart
from notifications.actions.plan import NoSuchReminder
from notifications.models import Device, Occurrence, Recipient, Reminder

State = Occurrence.State
#: No inbox is longer.
MOST_WAITING = 200
#: Reasons why a reminder that was meant to be seen reached no lock screen of its own.
UNSHOWN = ("bundled", "no_device")


def reminders_of(*, chart: Chart) -> Sequence[Reminder]:
    """List the patient's reminders, oldest first."""
    return list(
        Reminder.objects.filter(patient_id=chart.patient_id, deleted_at__isnull=True).order_by(
            "created_at", "row"
        )
    )


def asked_about(*, chart: Chart) -> Sequence[Reminder]:
    """List the reminders whose patient is asked whether another time would suit them better."""
    return [row for row in reminders_of(chart=chart) if row.asked_at is not None and row.active]


def reminder_of(*, chart: Chart, reminder_id: UUID) -> Reminder:
    """Find one of the patient's reminders.

    :raises notifications.actions.NoSuchReminder: none of this patient's.
    """
    found = Reminder.objects.filter(
        patient_id=chart.patient_id, id=reminder_id, deleted_at__isnull=True
    ).first()
    if found is None:
        raise NoSuchReminder
    return found


def true_due_at(reminder: Reminder) -> datetime | None:
    """Tell when a reminder is due next by the patient's clock; its push may be spread."""
    if reminder.next_due_at is None:
        return None
    return reminder.next_due_at - timedelta(seconds=reminder.next_spread)


def inbox(*, chart: Chart, now: datetime) -> Sequence[Occurrence]:
    """List what was sent, or would have been if there were a phone, and still matters.

    What was answered or is over is no longer there.
    """
    return list(
        Occurrence.objects.filter(
            Q(state__in=[State.SENT, State.DEAD_DEVICE, State.FAILED, State.UNKNOWN])
            | Q(state=State.SKIPPED, reason__in=UNSHOWN)
            | Q(state__in=Occurrence.OPEN, sent_at__isnull=False),
            patient_id=chart.patient_id,
            answered_at__isnull=True,
            not_after__gt=now,
        )
        .select_related("reminder")
        .order_by("-due_at", "id")[:MOST_WAITING]
    )


def devices_of(*, chart: Chart) -> Sequence[Device]:
    """List the patient's live devices, newest first."""
    return list(
        Device.objects.filter(patient_id=chart.patient_id, ended_at__isnull=True).order_by(
            "-last_seen_at", "id"
        )
    )


def paused_until(*, chart: Chart, now: datetime) -> datetime | None:
    """Tell until when nothing is sent; None where nothing is paused."""
    return (
        Recipient.objects.filter(pk=chart.patient_id, paused_until__gt=now)
        .values_list("paused_until", flat=True)
        .first()
    )
