"""Read a patient's reminders: the list, one of them, the inbox, and those of a day.

Here as well: the day that a reminder asks about.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Q

from backend.kit.errors import NotThere
from care.access.chart import Chart
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Recipient, Reminder
from notifications.reminders.next_due import NUDGE_SLOT, occurrence_id

State = Occurrence.State

#: Held back, and yet not on purpose: there was nowhere to send it.
NO_DEVICE = "no_device"
#: Shown by another message that came at the same time.
BUNDLED = "bundled"
#: The longest inbox.
INBOX_LIMIT = 200
#: Reasons why a reminder that was to be seen reached no lock screen of its own.
UNSHOWN_REASONS = ("bundled", "no_device")


class NoSuchReminder(NotThere):
    """This chart has no reminder of that id; whether another patient has one, nobody learns."""


def reminders_of(*, chart: Chart) -> Sequence[Reminder]:
    """List the patient's reminders, oldest first."""
    return list(
        Reminder.objects.filter(patient_id=chart.patient_id, deleted_at__isnull=True).order_by(
            "created_at", "row"
        )
    )


def reminders_with_time_question(*, chart: Chart) -> Sequence[Reminder]:
    """List the reminders whose patient is asked whether another time would suit them better."""
    return [row for row in reminders_of(chart=chart) if row.asked_at is not None and row.active]


@dataclass(frozen=True, slots=True)
class PatientReminders:
    """All reminders of a patient, oldest first; ``paused_until`` is None where nothing is."""

    reminders: Sequence[Reminder]
    paused_until: datetime | None


@dataclass(frozen=True, slots=True)
class PatientInbox:
    """What waits to be answered, newest first, and the reminders of which a question is asked."""

    waiting: Sequence[Occurrence]
    asked: Sequence[Reminder]


def read_reminders(*, chart: Chart, now: datetime) -> PatientReminders:
    """Read the patient's reminders, and whether they are paused."""
    return PatientReminders(
        reminders=reminders_of(chart=chart), paused_until=paused_until(chart=chart, now=now)
    )


def read_inbox(*, chart: Chart, now: datetime) -> PatientInbox:
    """Read what waits for the patient, and what they are asked."""
    return PatientInbox(
        waiting=inbox(chart=chart, now=now), asked=reminders_with_time_question(chart=chart)
    )


def reminder_of(*, chart: Chart, reminder_id: UUID) -> Reminder:
    """Return one of the patient's reminders.

    :raises NoSuchReminder: none of this patient's.
    """
    reminder = Reminder.objects.filter(
        patient_id=chart.patient_id, id=reminder_id, deleted_at__isnull=True
    ).first()
    if reminder is None:
        raise NoSuchReminder
    return reminder


def inbox(*, chart: Chart, now: datetime) -> Sequence[Occurrence]:
    """List what was sent, or would have been if there were a phone, newest first.

    What was answered or is over is left out.
    """
    return list(
        Occurrence.objects.filter(
            Q(state__in=[State.SENT, State.DEAD_DEVICE, State.FAILED, State.UNKNOWN])
            | Q(state=State.SKIPPED, reason__in=UNSHOWN_REASONS)
            | Q(state__in=Occurrence.OPEN, sent_at__isnull=False),
            patient_id=chart.patient_id,
            answered_at__isnull=True,
            not_after__gt=now,
        )
        .select_related("reminder")
        .order_by("-due_at", "id")[:INBOX_LIMIT]
    )


def paused_until(*, chart: Chart, now: datetime) -> datetime | None:
    """Return until when nothing is sent; None where nothing is paused."""
    return (
        Recipient.objects.filter(pk=chart.patient_id, paused_until__gt=now)
        .values_list("paused_until", flat=True)
        .first()
    )


class ReminderStatus(StrEnum):
    """The status of a reminder; one that did not arrive was not ignored."""

    WAITING = "waiting"
    SENT = "sent"
    HELD_BACK = "held_back"
    NOT_DELIVERED = "not_delivered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ReminderOfDay:
    """One reminder of a day whose time has come, under the id and tag that the phone knows."""

    id: UUID
    reminder_id: UUID
    purpose: str
    is_nudge: bool
    due_at: datetime
    expires_at: datetime
    tag: str
    state: ReminderStatus
    opened_at: datetime | None
    answered_at: datetime | None


def reminders_of_day(*, chart: Chart, day: date, now: datetime) -> list[ReminderOfDay]:
    """List the reminders of a day of the patient's whose time has come, earliest first.

    What lies ahead is left to the plan.
    """
    of_patient = Occurrence.objects.filter(patient_id=chart.patient_id)
    local_days = (day, day + timedelta(days=1))
    rows = (
        of_patient.filter(local_day__in=local_days, due_at__lte=now)
        .order_by("due_at", "slot", "id")
        .values_list(
            "id", "reminder__id", "purpose", "slot", "due_at", "not_after", "tag", "state",
            "reason", "opened_at", "answered_at", "local_day", "session"
        )
    )  # fmt: skip
    return [
        ReminderOfDay(
            id=pk,
            reminder_id=reminder,
            purpose=purpose,
            is_nudge=slot >= NUDGE_SLOT,
            due_at=due_at,
            expires_at=not_after,
            tag=tag,
            state=_status_of(state, reason),
            opened_at=opened_at,
            answered_at=answered_at
        )
        for pk, reminder, purpose, slot, due_at, not_after, tag, state, reason, opened_at,
        answered_at, planned_on, session in rows
        if day_asked(planned_on, slot, session, starts_hour=chart.day_starts_hour) == day
    ]  # fmt: skip


def _status_of(state: str, reason: str) -> ReminderStatus:
    if state in Occurrence.OPEN:
        return ReminderStatus.WAITING
    if state == State.SENT or (state == State.SKIPPED and reason == BUNDLED):
        return ReminderStatus.SENT
    if state == State.SKIPPED and reason != NO_DEVICE:
        return ReminderStatus.HELD_BACK
    return ReminderStatus.UNKNOWN if state == State.UNKNOWN else ReminderStatus.NOT_DELIVERED


def local_days_of(*, chart: Chart, occurrences: Collection[UUID]) -> Mapping[UUID, date]:
    """Return the patient's day of each of these occurrences; unknown ids are left out.

    A phone may have shown by itself what the engine takes a little later: the next occurrence of a
    series is known by its id as well.
    """
    rows_of_patient = Occurrence.objects.filter(
        patient_id=chart.patient_id, pk__in=set(occurrences)
    )
    rows = rows_of_patient.values_list("pk", "local_day", "slot", "session")
    hour = chart.day_starts_hour
    days = {pk: day_asked(day, slot, session, starts_hour=hour) for pk, day, slot, session in rows}
    if days.keys() >= set(occurrences):
        return days
    next_due = Reminder.objects.filter(patient_id=chart.patient_id, next_day__isnull=False)
    for name, day, slot, session in next_due.values_list(
        "id", "next_day", "next_slot", "next_session"
    ):
        if day is None or slot is None:
            continue
        for either_slot in (slot, slot + NUDGE_SLOT):
            occurrence = occurrence_id(
                patient_id=chart.patient_id,
                reminder_id=name,
                day=day,
                slot=either_slot,
                session=session,
            )
            if occurrence in occurrences:
                days[occurrence] = day_asked(day, slot, session, starts_hour=hour)
    return days


def day_asked(day: date, slot: int, session: UUID | None, *, starts_hour: int) -> date:
    """Return the day of the patient that a reminder of that slot asks about.

    One of the night, before the patient's day begins, asks about the day before; a session's has
    the clinic's day.
    """
    is_of_evening = session is None and slot % NUDGE_SLOT < starts_hour * 60
    return day - timedelta(days=1) if is_of_evening else day
