"""Of which day of the patient's a reminder asked."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from uuid import UUID

from care.access import Chart
from notifications import identity
from notifications.models import Occurrence, Reminder


def days_of_prompts(*, chart: Chart, occurrences: Collection[UUID]) -> Mapping[UUID, date]:
    """Tell the patient's day of each of these reminders; what names none of theirs is left out.

    A phone may have shown by itself what the engine takes up a little later: what comes next of a
    series is known by its name as well.
    """
    mine = Occurrence.objects.filter(patient_id=chart.patient_id, pk__in=set(occurrences))
    rows = mine.values_list("pk", "local_day", "slot", "session")
    hour = chart.day_starts_hour
    found = {pk: day_asked(day, slot, session, starts_hour=hour) for pk, day, slot, session in rows}
    if found.keys() >= set(occurrences):
        return found
    coming = Reminder.objects.filter(patient_id=chart.patient_id, next_day__isnull=False)
    for name, day, slot, session in coming.values_list(
        "id", "next_day", "next_slot", "next_session"
    ):
        if day is None or slot is None:
            continue
        for one in (slot, slot + identity.NUDGE):
            occurrence = identity.occurrence_id(
                patient_id=chart.patient_id, reminder_id=name, day=day, slot=one, session=session
            )
            if occurrence in occurrences:
                found[occurrence] = day_asked(day, slot, session, starts_hour=hour)
    return found


def day_asked(day: date, slot: int, session: UUID | None, *, starts_hour: int) -> date:
    """Tell of which of the patient's days a reminder of that minute asks.

    One of the night, planned before their day begins, asks of the evening; a session's has the
    clinic's day.
    """
    is_of_evening = session is None and slot % identity.NUDGE < starts_hour * 60
    return day - timedelta(days=1) if is_of_evening else day
