"""What is left of deleted entries is forgotten when its retention ends."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from journaling.actions.entries import lock_journal
from journaling.models import Entry, Journal


def forget_deleted(*, patient_id: UUID, deleted_before: datetime) -> int:
    """Remove tombstones of before a moment, with their history, and return how many.

    What was deleted is gone for good after this. Phones that have not read so far are told to start
    again from nothing, or they would keep what everybody else has forgotten. Safe to repeat.
    """
    dead = Entry.objects.filter(patient_id=patient_id, deleted_at__lt=deleted_before)
    if not dead.exists():
        return 0
    with transaction.atomic():
        _, purged_seq = lock_journal(patient_id=patient_id)
        found = dict(dead.values_list("row", "seq"))
        Entry.objects.filter(row__in=list(found)).delete()
        highest = max([purged_seq, *found.values()])
        Journal.objects.filter(patient_id=patient_id).update(purged_seq=highest)
    return len(found)
