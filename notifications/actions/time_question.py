"""What the patient answers when a series was missed three times and they are asked about it."""

from collections.abc import Sequence
from datetime import datetime, time
from uuid import UUID

from django.db import transaction
from django.db.models import F

from backend.kit.errors import InvalidInput
from care import access
from care.access import Chart, DataClass
from notifications.actions.plan import NoSuchReminder, change_reminder, changed
from notifications.actions.receipts import heard
from notifications.models import Reminder

#: As often as before at the same times; fewer, as it is now; or at other times.
KEEP, FEWER, MOVE = "keep", "fewer", "move"
ANSWERS = (KEEP, FEWER, MOVE)


def answer_time_question(
    *, chart: Chart, reminder_id: UUID, answer: str, times: Sequence[time], now: datetime
) -> Reminder:
    """Do what the patient answers to "would another time suit you better?"; it isn't asked again.

    ``keep`` and ``move`` send every one again, and misses count anew. The same answer again
    changes nothing more.

    :raises NoSuchReminder: none of this patient's.
    :raises backend.kit.errors.InvalidInput: naming ``times``.
    """
    if (answer == MOVE) != bool(times):
        raise InvalidInput.of("times", "move_has_times", "Only to move it, name its new times.")
    with transaction.atomic():
        mine = Reminder.objects.select_for_update().filter(
            patient_id=chart.patient_id, id=reminder_id, deleted_at__isnull=True
        )
        found = mine.first()
        if found is None:
            raise NoSuchReminder
        if answer == MOVE:
            return change_reminder(
                chart=chart, reminder_id=reminder_id, rev=found.rev,
                changes={"times": list(times)}, now=now,
            )  # fmt: skip
        restored = {"halved_at": None, "misses_from": now} if answer == KEEP else {}
        Reminder.objects.filter(pk=found.pk).update(asked_at=None, rev=F("rev") + 1, **restored)
        heard(chart=chart, now=now)
        changed(chart=chart, now=now)
        access.log_write(chart=chart, what=DataClass.REMINDERS, now=now)
        found.refresh_from_db()
    return found
