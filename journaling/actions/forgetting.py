"""What is left of deleted entries is forgotten when its retention ends."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models, transaction

from care.retention import held_patients
from journaling.actions.entries import lock_journal
from journaling.models import Entry, Journal

#: How long tombstones and what they said before are kept, and why.
PERIOD = timedelta(days=365)
SOURCE = "ours: what a patient took back can be looked into for a year; 45 CFR 164.502(b) after it"


def forgettable(*, now: datetime) -> int:
    """Count the deleted entries whose time is over, but for everybody under a legal hold."""
    return _over(now).count()


def forget_all_deleted(*, now: datetime) -> int:
    """Forget them, patient by patient; stopping half-way is harmless."""
    patients = _over(now).values_list("patient_id", flat=True).distinct()
    return sum(
        forget_deleted(patient_id=patient_id, deleted_before=now - PERIOD)
        for patient_id in list(patients)
    )


def forget_deleted(*, patient_id: UUID, deleted_before: datetime) -> int:
    """Remove tombstones of before a moment, with their history, and return how many.

    What was deleted is gone for good after this. Phones that have not read so far are told to start
    again from nothing, or they would keep what everybody else has forgotten. Safe to repeat, and
    nothing happens under a legal hold.
    """
    dead = Entry.objects.filter(patient_id=patient_id, deleted_at__lt=deleted_before)
    if not dead.exists():
        return 0
    with transaction.atomic():
        _, purged_seq = lock_journal(patient_id=patient_id)
        free = dead.exclude(patient_id__in=held_patients())
        found = dict(free.values_list("row", "seq"))
        Entry.objects.filter(row__in=list(found)).delete()
        highest = max([purged_seq, *found.values()])
        Journal.objects.filter(patient_id=patient_id).update(purged_seq=highest)
    return len(found)


def _over(now: datetime) -> "models.QuerySet[Any]":
    return Entry.objects.filter(deleted_at__lt=now - PERIOD).exclude(patient_id__in=held_patients())
