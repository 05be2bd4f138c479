"""Whether this service can really do its work: a write that is committed, and keys that open."""

import os
from datetime import datetime
from pathlib import Path

from django.db import Error, connection, transaction

from backend.kit import actors
from backend.kit.cipher import KeyErased, Unreadable, master_keys
from backend.kit.waiting import waiting_at_most
from care.models import Attempt, Patient

#: Some pages' worth of rows, always the same: a full disk may still have room for a single one.
ROWS = 100
#: With less room than this beside it, SQLite's file takes no day's entries any more.
LEAST_FREE_BYTES = 1 << 20
#: Who asks whether the service is ready waits no longer for a lock.
PATIENCE_SECONDS = 2.0


def can_write(*, now: datetime) -> bool:
    """Commit some rows that mean nothing; whether that was possible.

    The rows are counters of nobody's tries, overwritten each time.
    """
    rows = [Attempt(key=f"readiness:{n}", count=0, window_started_at=now) for n in range(ROWS)]
    try:
        with waiting_at_most(PATIENCE_SECONDS), transaction.atomic():
            Attempt.objects.bulk_create(
                rows, update_conflicts=True, unique_fields=["key"],
                update_fields=["window_started_at"],
            )  # fmt: skip
    except Error:
        return False
    return _has_room()


def can_decrypt() -> bool:
    """Whether the master keys open patients' keys: the first one ever made and the newest.

    So a wrong ring is found, and one from which a key was taken that is still needed.
    """
    with actors.acting_as(actors.SAFETY):
        rows = Patient.objects.filter(wrapped_key__isnull=False).order_by("user_id")
        found = [one for one in (rows.first(), rows.last()) if one is not None]
    try:
        for patient in found:
            master_keys().unwrap(patient.wrapped_key, patient_id=patient.pk)
    except KeyErased:
        return True
    except Unreadable:
        return False
    return True


def _has_room() -> bool:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or not Path(name).is_file():
        return True
    disk = os.statvfs(Path(name).parent)
    return disk.f_bavail * disk.f_frsize >= LEAST_FREE_BYTES
