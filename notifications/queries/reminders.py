"""A patient's reminders, what comes of them, and where they go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from care.access import Chart
from care.models import User
from notifications import identity
from notifications.actions.moving import handled_of
from notifications.actions.plan import NoSuchReminder
from notifications.meetings import Meeting
from notifications.models import Device, Occurrence, Recipient, Reminder
from notifications.plans import plan_of
from notifications.series import Next, next_of, sessions_ahead

State = Occurrence.State
#: As many as a phone can plan by itself (iOS keeps 64).
MOST_COMING = 200
#: Reasons why a reminder that was meant to be seen reached no lock screen of its own.
UNSHOWN = ("bundled", "no_device")


@dataclass(frozen=True, slots=True)
class Coming:
    """One occurrence to come, under the name and the tag that it will have."""

    id: UUID
    reminder_id: UUID
    purpose: str
    due_at: datetime
    expires_at: datetime
    tag: str


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


def coming(*, chart: Chart, hours: int, now: datetime) -> Sequence[Coming]:
    """List what falls due in the next hours, soonest first, for a phone to plan by itself.

    What falls in a pause is left out; a snoozed occurrence stands at its new time.
    """
    until = now + timedelta(hours=hours)
    silent_until = paused_until(chart=chart, now=now) or now
    zone_name = User.objects.values_list("time_zone", flat=True).get(pk=chart.patient_id)
    ahead = sessions_ahead(patients=[chart.patient_id], now=now).get(chart.patient_id, [])
    found = [
        item
        for reminder in reminders_of(chart=chart)
        for item in _of_series(reminder, zone_name=zone_name, meetings=ahead, now=now, until=until)
    ]
    found += _waiting(chart, now=now, until=until)
    return sorted(
        (item for item in found if item.due_at >= silent_until),
        key=lambda item: (item.due_at, item.id),
    )[:MOST_COMING]


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
        .order_by("-due_at", "id")[:MOST_COMING]
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


def _of_series(
    reminder: Reminder,
    *,
    zone_name: str,
    meetings: Sequence[Meeting],
    now: datetime,
    until: datetime,
) -> list[Coming]:
    if reminder.next_due_at is None:
        return []
    plan = plan_of(reminder)
    after, handled = now, handled_of(reminder)
    found: list[Coming] = []
    while True:
        item = next_of(
            plan, name=reminder.id, zone_name=zone_name, meetings=meetings, after=after,
            handled=handled,
        )  # fmt: skip
        if item.due_at is None or item.day is None or item.slot is None:
            return found
        # The phone shows it at its time; only the server's push is spread.
        due_at = item.due_at - timedelta(seconds=item.spread)
        if due_at > until:
            return found
        found.append(_named(reminder, item, due_at))
        after, handled = due_at, (item.day, item.slot)


def _named(reminder: Reminder, item: Next, due_at: datetime) -> Coming:
    if item.day is None or item.slot is None:
        raise ValueError("what is due has a day")
    name = identity.occurrence_id(
        patient_id=reminder.patient_id, reminder_id=reminder.id, day=item.day, slot=item.slot,
        session=item.session,
    )  # fmt: skip
    minutes = min(reminder.expires_minutes, reminder.before_minutes or reminder.expires_minutes)
    ends_at = due_at + timedelta(minutes=minutes)
    return Coming(name, reminder.id, reminder.purpose, due_at, ends_at, identity.tag_of(name))


def _waiting(chart: Chart, *, now: datetime, until: datetime) -> list[Coming]:
    rows = Occurrence.objects.filter(
        patient_id=chart.patient_id, state=State.PENDING, wake_at__gt=now, wake_at__lte=until
    ).values_list("id", "reminder__id", "purpose", "wake_at", "not_after", "tag")
    return [
        Coming(pk, reminder, purpose, wake_at, not_after, tag)
        for pk, reminder, purpose, wake_at, not_after, tag in rows
        if wake_at is not None
    ]
