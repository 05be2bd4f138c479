"""What the patient did with an occurrence: opened, answered, snoozed; and pausing all of them."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from backend.kit.db.claims import claim
from backend.kit.errors import InvalidInput, NotThere
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_write
from journaling.entries.entry import EntryValue
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Recipient, Reminder
from notifications.push.local import request_refresh
from notifications.reminders import next_due
from notifications.reminders.next_due import counterpart_slot, shown_until

State = Occurrence.State

#: One tap pauses for an hour, a day, or until a date within a year.
LONGEST_PAUSE = timedelta(days=366)
LONGEST_SNOOZE_MINUTES = 24 * 60
#: How an entry names the reminder that it answers.
PROMPT_PREFIX = "prompt:"


class NoSuchOccurrence(NotThere):
    """This chart has no such occurrence; whether another patient has one, nobody learns."""


def record_opened(*, chart: Chart, occurrence_id: UUID, now: datetime) -> Occurrence:
    """Record that the patient opened it; the first instant counts.

    :raises NoSuchOccurrence: none of this patient's.
    """
    with transaction.atomic():
        occurrence = _locked_occurrence(chart, occurrence_id, now)
        if occurrence.opened_at is None:
            occurrence.opened_at = now
            occurrence.save(update_fields=["opened_at"])
            mark_active(chart=chart, now=now)
            log_write(chart=chart, what=DataCategory.REMINDERS, now=now)
    return occurrence


def record_answered(*, chart: Chart, occurrence_id: UUID, now: datetime) -> Occurrence:
    """Record that the patient did what it asked for; what of it still waits is cancelled.

    :raises NoSuchOccurrence: none of this patient's.
    """
    with transaction.atomic():
        occurrence = _locked_occurrence(chart, occurrence_id, now)
        if occurrence.answered_at is None:
            occurrence.answered_at = now
            occurrence.opened_at = occurrence.opened_at or now
            occurrence.save(update_fields=["answered_at", "opened_at"])
            mark_active(chart=chart, now=now)
            log_write(chart=chart, what=DataCategory.REMINDERS, now=now)
        # A reminder and its nudge are one thing to the patient.
        with_counterpart = Occurrence.objects.filter(
            Q(pk=occurrence.pk)
            | Q(
                reminder_id=occurrence.reminder_id,
                local_day=occurrence.local_day,
                slot=counterpart_slot(occurrence.slot),
            )
        )
        with_counterpart.filter(answered_at__isnull=True).update(answered_at=occurrence.answered_at)
        with_counterpart.filter(state=State.PENDING).update(
            state=State.SKIPPED, reason="answered", next_attempt_at=None
        )
        occurrence.refresh_from_db()
    return occurrence


def record_answers(*, chart: Chart, entries: Iterable[EntryValue], now: datetime) -> None:
    """Record entries whose origin is a reminder as answers to it.

    An origin that names no reminder of this patient's is ignored. Subscribed to saved entries
    (``notifications/apps.py``); repeated, it changes nothing.
    """
    occurrence_ids = {
        UUID(entry.origin.removeprefix(PROMPT_PREFIX))
        for entry in entries
        if entry.origin.startswith(PROMPT_PREFIX)
    }
    for occurrence_id in sorted(occurrence_ids):
        with suppress(NoSuchOccurrence):
            record_answered(chart=chart, occurrence_id=occurrence_id, now=now)


def snooze(*, chart: Chart, occurrence_id: UUID, minutes: int, now: datetime) -> Occurrence:
    """Show it again after so many minutes, under the same tag.

    :raises NoSuchOccurrence: none of this patient's.
    :raises backend.kit.errors.InvalidInput: naming ``minutes``, or where it is answered already.
    """
    if not 1 <= minutes <= LONGEST_SNOOZE_MINUTES:
        detail = f"Must be from 1 to {LONGEST_SNOOZE_MINUTES}."
        raise InvalidInput.of("minutes", "out_of_range", detail)
    with transaction.atomic():
        occurrence = _locked_occurrence(chart, occurrence_id, now)
        if occurrence.answered_at is not None:
            raise InvalidInput.of("", "answered", "It was answered already.")
        again_at = now + timedelta(minutes=minutes)
        window = occurrence.not_after - occurrence.due_at
        # A worker that holds it just now loses its lease, so its result can't undo the snooze.
        row = Occurrence.objects.filter(pk=occurrence.pk)
        claim(
            row, state=State.PENDING, reason="snoozed", next_attempt_at=again_at,
            lease_id=None, attempts=0, crash_count=0, ambiguous_count=0, settled_devices=None,
            snoozed_at=now, not_after=again_at + window,
        )  # fmt: skip
        mark_active(chart=chart, now=now)
        log_write(chart=chart, what=DataCategory.REMINDERS, now=now)
        occurrence.refresh_from_db()
    return occurrence


def pause(*, chart: Chart, until: datetime, now: datetime) -> datetime:
    """Send nothing until that instant; what falls due meanwhile is recorded as paused.

    :raises backend.kit.errors.InvalidInput: naming ``until``.
    """
    if not now < until <= now + LONGEST_PAUSE:
        detail = "Must be in the future, within a year."
        raise InvalidInput.of("until", "out_of_range", detail)
    _set_pause(chart, until, now)
    return until


def resume(*, chart: Chart, now: datetime) -> None:
    """Send again from now on; what was paused is not made up for."""
    _set_pause(chart, None, now)


def _set_pause(chart: Chart, until: datetime | None, now: datetime) -> None:
    with transaction.atomic():
        Recipient.objects.update_or_create(
            patient_id=chart.patient_id, defaults={"paused_until": until, "last_active_at": now}
        )
        # A phone may have cancelled by itself what it had planned.
        request_refresh(patients=[chart.patient_id], now=now, forget_local_plans=True)
        log_write(chart=chart, what=DataCategory.REMINDERS, now=now)


def mark_active(*, chart: Chart, now: datetime) -> None:
    """Store that the patient did something about their reminders, which ends a long silence."""
    Recipient.objects.bulk_create(
        [Recipient(patient_id=chart.patient_id, last_active_at=now)],
        update_conflicts=True, unique_fields=["patient"], update_fields=["last_active_at"],
    )  # fmt: skip


def _locked_occurrence(chart: Chart, occurrence_id: UUID, now: datetime) -> Occurrence:
    occurrence = (
        Occurrence.objects.select_for_update()
        .filter(pk=occurrence_id, patient_id=chart.patient_id)
        .first()
    )
    if occurrence is None:
        occurrence = record_shown_by_phone(
            patient_id=chart.patient_id, occurrence_id=occurrence_id, now=now
        )
    if occurrence is None:
        raise NoSuchOccurrence
    return occurrence


def record_shown_by_phone(
    *, patient_id: UUID, occurrence_id: UUID, now: datetime
) -> Occurrence | None:
    """Create an occurrence that the phone knows from ``reminders/upcoming`` and has shown.

    Only the next one of a series whose time has come: then the server, whose push may be some
    minutes later, does not send it. Return None where there is no such occurrence.
    """
    with transaction.atomic():
        for reminder in (
            Reminder.objects.select_for_update()
            .filter(patient_id=patient_id, next_due_at__isnull=False)
            .order_by("row")
        ):
            occurrence = _next_occurrence(reminder)
            if (
                occurrence is not None
                and occurrence.pk == occurrence_id
                and occurrence.due_at <= now
            ):
                occurrence.save(force_insert=True)
                return occurrence
    return None


def _next_occurrence(reminder: Reminder) -> Occurrence | None:
    if reminder.next_due_at is None or reminder.next_day is None or reminder.next_slot is None:
        return None
    due_at = reminder.next_due_at - timedelta(seconds=reminder.next_spread)
    name = next_due.occurrence_id(
        patient_id=reminder.patient_id, reminder_id=reminder.id, day=reminder.next_day,
        slot=reminder.next_slot, session=reminder.next_session,
    )  # fmt: skip
    return Occurrence(
        id=name, reminder=reminder, patient_id=reminder.patient_id, purpose=reminder.purpose,
        local_day=reminder.next_day, slot=reminder.next_slot, session=reminder.next_session,
        due_at=due_at,
        not_after=shown_until(due_at, reminder.expires_minutes, reminder.before_minutes),
        state=State.SKIPPED, reason="on_phone", attempts=0, crash_count=0, ambiguous_count=0,
        tag=next_due.tag_of_occurrence(name), created_at=due_at,
    )  # fmt: skip
