"""What the patient did with a reminder, and their wish for silence."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from backend.kit.errors import InvalidInput, NotThere
from backend.kit.rows import claim
from care import access
from care.access import Chart, DataClass
from notifications.actions.foreseen import foreseen
from notifications.identity import partner
from notifications.models import Occurrence, Recipient
from notifications.refreshing import ask_for_refresh

State = Occurrence.State
#: One tap pauses for an hour, a day, or until a date within a year.
LONGEST_PAUSE = timedelta(days=366)
LONGEST_SNOOZE = 24 * 60
#: How an entry names the reminder that it answers.
PROMPT = "prompt:"


def heard(*, chart: Chart, now: datetime) -> None:
    """Remember that the patient did something about their reminders: they are not silent."""
    Recipient.objects.bulk_create(
        [Recipient(patient_id=chart.patient_id, heard_at=now)],
        update_conflicts=True, unique_fields=["patient"], update_fields=["heard_at"],
    )  # fmt: skip


class NoSuchOccurrence(NotThere):
    """This chart has no such occurrence; whether another patient has one, nobody learns."""


def note_opened(*, chart: Chart, occurrence_id: UUID, now: datetime) -> Occurrence:
    """Record that the patient opened it; the first instant counts.

    :raises NoSuchOccurrence: none of this patient's.
    """
    with transaction.atomic():
        found = _locked(chart, occurrence_id, now)
        if found.opened_at is None:
            found.opened_at = now
            found.save(update_fields=["opened_at"])
            heard(chart=chart, now=now)
            access.log_write(chart=chart, what=DataClass.REMINDERS, now=now)
    return found


def note_answered(*, chart: Chart, occurrence_id: UUID, now: datetime) -> Occurrence:
    """Record that the patient did what it asked for; whatever of it still waits is withdrawn.

    :raises NoSuchOccurrence: none of this patient's.
    """
    with transaction.atomic():
        found = _locked(chart, occurrence_id, now)
        if found.answered_at is None:
            found.answered_at = now
            found.opened_at = found.opened_at or now
            found.save(update_fields=["answered_at", "opened_at"])
            heard(chart=chart, now=now)
            access.log_write(chart=chart, what=DataClass.REMINDERS, now=now)
        # A reminder and its nudge are one thing to the patient.
        both = Occurrence.objects.filter(
            Q(pk=found.pk) | Q(reminder_id=found.reminder_id, local_day=found.local_day,
                               slot=partner(found.slot))
        )  # fmt: skip
        both.filter(answered_at__isnull=True).update(answered_at=found.answered_at)
        both.filter(state=State.PENDING).update(
            state=State.SKIPPED, reason="answered", wake_at=None
        )
        found.refresh_from_db()
    return found


def note_prompted(*, chart: Chart, origins: Iterable[str], now: datetime) -> int:
    """Take entries that were made in answer to reminders as their answers; return how many were.

    An origin that names no reminder of this patient's is only a word. Called right after the
    entries were stored; a phone that sends them again lets it happen again, and nothing twice.
    """
    names = {UUID(origin.removeprefix(PROMPT)) for origin in origins if origin.startswith(PROMPT)}
    known = 0
    for name in sorted(names):
        with suppress(NoSuchOccurrence):
            note_answered(chart=chart, occurrence_id=name, now=now)
            known += 1
    return known


def snooze(*, chart: Chart, occurrence_id: UUID, minutes: int, now: datetime) -> Occurrence:
    """Show it again after so many minutes, under the same tag.

    :raises NoSuchOccurrence: none of this patient's.
    :raises backend.kit.errors.InvalidInput: naming ``minutes``, or where it is answered already.
    """
    if not 1 <= minutes <= LONGEST_SNOOZE:
        detail = f"Must be from 1 to {LONGEST_SNOOZE}."
        raise InvalidInput.of("minutes", "out_of_range", detail)
    with transaction.atomic():
        found = _locked(chart, occurrence_id, now)
        if found.answered_at is not None:
            raise InvalidInput.of("", "answered", "It was answered already.")
        again_at = now + timedelta(minutes=minutes)
        window = found.not_after - found.due_at
        # A worker that holds it just now loses its fence, so its result can't undo the wish.
        open_or_shown = Occurrence.objects.filter(pk=found.pk)
        claim(
            open_or_shown, state=State.PENDING, reason="snoozed", wake_at=again_at, fence=None,
            attempts=0, deaths=0, doubts=0, accepted=None, snoozed_at=now,
            not_after=again_at + window,
        )  # fmt: skip
        heard(chart=chart, now=now)
        access.log_write(chart=chart, what=DataClass.REMINDERS, now=now)
        found.refresh_from_db()
    return found


def pause(*, chart: Chart, until: datetime, now: datetime) -> datetime:
    """Send nothing until that instant; what falls due meanwhile is recorded as paused.

    :raises backend.kit.errors.InvalidInput: naming ``until``.
    """
    if not now < until <= now + LONGEST_PAUSE:
        detail = "Must be in the future, within a year."
        raise InvalidInput.of("until", "out_of_range", detail)
    _set_pause(chart, until, now)
    return until


def unpause(*, chart: Chart, now: datetime) -> None:
    """Send again from now on; what was paused is not made up for."""
    _set_pause(chart, None, now)


def _set_pause(chart: Chart, until: datetime | None, now: datetime) -> None:
    with transaction.atomic():
        Recipient.objects.update_or_create(
            patient_id=chart.patient_id, defaults={"paused_until": until, "heard_at": now}
        )
        # A phone may have taken back by itself what it had planned.
        ask_for_refresh(patients=[chart.patient_id], now=now, is_uncovered=True)
        access.log_write(chart=chart, what=DataClass.REMINDERS, now=now)


def _locked(chart: Chart, occurrence_id: UUID, now: datetime) -> Occurrence:
    found = (
        Occurrence.objects.select_for_update()
        .filter(pk=occurrence_id, patient_id=chart.patient_id)
        .first()
    )
    if found is None:
        found = foreseen(patient_id=chart.patient_id, occurrence_id=occurrence_id, now=now)
    if found is None:
        raise NoSuchOccurrence
    return found
