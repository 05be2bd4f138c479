"""Somebody tried to reach the patient and did not: that clears nothing, and calling goes on."""

import re
from datetime import datetime
from uuid import UUID

from django.db import transaction

from care import access
from care.access import Chart, DataClass
from care.queries.staffing import setting_for
from journaling.actions.safety_events import check_shown
from journaling.models import SafetyEvent, SafetyTry
from journaling.queries.safety_events import TRY_COLUMN, EventSeen, event_of
from journaling.safety.steps import after_a_try

#: The code that stands where a reason would, and clears nothing.
TRIED = "tried_not_reached"


def is_try(reason: str) -> bool:
    """Whether a reason says, as a code or in just these words, that nobody was reached."""
    code = re.sub(r"[^a-z]+", "_", reason.casefold()).strip("_")
    return code in {TRIED, "not_reached", "tried_but_not_reached"}


def note_try(*, chart: Chart, event_id: UUID, note: str, now: datetime) -> EventSeen:
    """Keep who tried, when, and their words; the event stays open and the next call is timed.

    It never puts a call off: one that was due sooner stays. Of an event that was acknowledged
    meanwhile nothing is kept. Every try is kept, also a second one of the same person.

    :raises NoSuchEvent: when this chart shows none of that id, and for the patient.
    """
    check_shown(chart=chart, event_id=event_id)
    staffing = setting_for(patient_id=chart.patient_id).staffing
    with transaction.atomic():
        event = (
            SafetyEvent.objects.select_for_update()
            .filter(pk=event_id, acknowledged_at__isnull=True)
            .first()
        )
        if event is not None:
            _keep(chart, event, note.strip(), now)
            due = [event.next_call_at, after_a_try(level=event.level, staffing=staffing, now=now)]
            SafetyEvent.objects.filter(pk=event.pk, acknowledged_at__isnull=True).update(
                next_call_at=min((at for at in due if at is not None), default=None)
            )
            access.log_write(chart=chart, what=DataClass.SAFETY_EVENTS, now=now)
    if event is None:
        access.log_read(chart=chart, what=DataClass.SAFETY_EVENTS, now=now)
    return event_of(chart=chart, event_id=event_id)


def _keep(chart: Chart, event: SafetyEvent, note: str, now: datetime) -> None:
    one = SafetyTry(event=event, patient_id=chart.patient_id, at=now, by_id=chart.viewer_id)
    if note:
        one.words = chart.cipher.seal(note.encode(), column=TRY_COLUMN, row=one.pk)
    one.save(force_insert=True)
