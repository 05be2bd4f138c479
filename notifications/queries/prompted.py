"""On which day of the patient's calendar a reminder asked."""

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from care.access import Chart
from notifications import identity
from notifications.models import Occurrence, Reminder


def days_of_prompts(*, chart: Chart, occurrences: Collection[UUID]) -> Mapping[UUID, date]:
    """Tell the local day of each of these reminders; what names none of the patient's is left out.

    A phone may have shown by itself what the engine takes up a little later: what comes next of a
    series is known by its name as well.
    """
    mine = Occurrence.objects.filter(patient_id=chart.patient_id, pk__in=set(occurrences))
    found = dict(mine.values_list("pk", "local_day"))
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
                found[occurrence] = day
    return found
