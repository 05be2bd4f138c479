"""Readiness of this service: a write that is committed, and keys that open."""

import os
from datetime import datetime
from pathlib import Path

from django.db import Error, connection, transaction

from backend.kit.crypto import DecryptionFailed, KeyErased, master_keys
from backend.kit.db import rls_actor
from backend.kit.db.claims import lock_timeout
from care.models import AttemptCounter, Patient

#: Some pages' worth of rows, always the same: a full disk may still have room for a single one.
PROBE_ROWS = 100
#: With less room than this beside it, SQLite's file takes no day's entries any more.
LEAST_FREE_BYTES = 1 << 20
#: Who asks whether the service is ready waits no longer for a lock.
PATIENCE_SECONDS = 2.0


def can_write(*, now: datetime) -> bool:
    """Whether a write can be committed; some rows that mean nothing are written.

    The rows are counters of nobody's tries, overwritten each time.
    """
    rows = [
        AttemptCounter(key=f"readiness:{n}", count=0, window_started_at=now)
        for n in range(PROBE_ROWS)
    ]
    try:
        with lock_timeout(PATIENCE_SECONDS), transaction.atomic():
            AttemptCounter.objects.bulk_create(
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
    with rls_actor.acting_as(rls_actor.SAFETY_ACTOR):
        rows = Patient.objects.filter(wrapped_key__isnull=False).order_by("user_id")
        patients = [patient for patient in (rows.first(), rows.last()) if patient is not None]
    try:
        for patient in patients:
            master_keys().unwrap(patient.wrapped_key, patient_id=patient.pk)
    except KeyErased:
        return True
    except DecryptionFailed:
        return False
    return True


def _has_room() -> bool:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or not Path(name).is_file():
        return True
    disk = os.statvfs(Path(name).parent)
    return disk.f_bavail * disk.f_frsize >= LEAST_FREE_BYTES
