"""Fill a clinic with sealed entries and as many sealed rows of the access log.

``python -m tests.proofs.backup_drill.fill_clinic 1000000`` on a database of its own. Every patient
has a key of their own and a thousand entries; a third of those hold words. They say the same, so
that checking them is done once; what is stored of each patient is sealed for them alone.
"""

import json
import random
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import django

django.setup()

from django.db import connection  # noqa: E402 (apps must be ready)
from django.utils import timezone  # noqa: E402 (the same)

from backend.kit.crypto import generate_data_key, master_keys  # noqa: E402 (the same)
from backend.kit.db import rls_actor  # noqa: E402 (the same)
from backend.kit.db.bulk import bulk_insert  # noqa: E402 (the same)
from care.audit.seal import SETTLE_AFTER, seal_access_log  # noqa: E402 (the same)
from care.models import AccessLogEntry, CareTeamMembership, Clinic, Patient, User  # noqa: E402 (the same)
from journaling.entries.record import record_entries  # noqa: E402 (the same)
from journaling.entries.validate import ValidEntry, validate_entry  # noqa: E402 (the same)
from journaling.models import Entry  # noqa: E402 (the same)
from tests import cast  # noqa: E402 (the same)

EACH = 1_000
#: About two and a half years, one entry a day; the log has its rows in the same time.
DAYS = 900
_LOT = 5_000
_COLUMNS = (
    "at", "actor_id", "actor_role", "actor_name", "patient_id", "action", "data_class", "reason",
    "request_id",
)  # fmt: skip


def main() -> None:
    """Fill, and tell what there is now as JSON."""
    entries = int(sys.argv[1])
    rls_actor.set_process_actor(rls_actor.OPERATOR_ACTOR)
    now = timezone.now()
    therapist, patients = _people(max(1, entries // EACH))
    drafts = _drafts(min(entries, EACH), now)
    for patient in patients:
        record_entries(chart=cast.own_chart(patient), drafts=drafts, now=now)
    _log(therapist, patients, entries, now)
    seal_access_log(now=now + SETTLE_AFTER)
    _settle()
    told = {"entries": Entry.objects.count(), "log": AccessLogEntry.objects.count()}
    sys.stdout.write(json.dumps(told))


def _people(count: int) -> tuple[User, list[User]]:
    clinic = Clinic.objects.create(name="Harbor Clinic", time_zone=cast.ZONE)
    therapist = cast.staff(clinic, "therapist", "Therapist")
    users = User.objects.bulk_create(
        User(clinic=clinic, role=User.Role.PATIENT, display_name=f"Patient {n}", password="!",
             username=f"patient-{n}", time_zone=cast.ZONE)
        for n in range(count)
    )  # fmt: skip
    keys = master_keys()
    Patient.objects.bulk_create(
        Patient(
            user=user, enrolled_at=cast.LONG_AGO,
            wrapped_key=keys.wrap(generate_data_key(), patient_id=user.pk),
        )
        for user in users
    )  # fmt: skip
    CareTeamMembership.objects.bulk_create(
        CareTeamMembership(
            patient_id=user.pk, clinician=therapist, starts_at=cast.LONG_AGO,
            role=CareTeamMembership.Role.PRIMARY_THERAPIST,
        )
        for user in users
    )  # fmt: skip
    return therapist, users


def _drafts(count: int, now: datetime) -> list[ValidEntry]:
    dice = random.Random(1)
    drafts = []
    for n in range(count):
        at = now - timedelta(days=DAYS * (1 - n / count), minutes=dice.randrange(5))
        body = {
            "id": str(UUID(int=dice.getrandbits(128), version=4)), "occurred_at": at.isoformat(),
            "recorded_at": at.isoformat(), "time_zone": cast.ZONE,
        }  # fmt: skip
        drafts.append(validate_entry(body | _said(n, dice), now=now))
    return drafts


def _said(n: int, dice: random.Random) -> dict[str, Any]:
    match n % 3:
        case 0:
            return {
                "kind": "craving", "intensity": dice.randrange(11), "target": "alcohol",
                "triggers": ["lonely"], "skills": ["slow-breathing"], "minutes_later": 20,
                "intensity_after": dice.randrange(6), "outcome": "did_not_use",
                "note": f"walked along the lake for {dice.randrange(90)} minutes, it passed",
            }  # fmt: skip
        case 1:
            return {"kind": "mood", "valence": dice.randrange(-3, 4), "labels": ["calm"]}
        case _:
            return {
                "kind": "skill_practice", "skill": dice.choice(["name-it", "notice-only"]),
                "attempted": True, "able": True, "helped": dice.random() < 0.6,
            }  # fmt: skip


def _log(therapist: User, patients: list[User], count: int, now: datetime) -> None:
    """Write as many looks as there are entries, the oldest first."""
    looks = _looks(therapist, patients, count, now)
    for start in range(0, count, _LOT):
        bulk_insert(
            AccessLogEntry, _COLUMNS, [next(looks) for _ in range(min(_LOT, count - start))]
        )


def _looks(
    therapist: User, patients: list[User], count: int, now: datetime
) -> Iterator[tuple[Any, ...]]:
    for n in range(count):
        patient = patients[n % len(patients)]
        at = now - timedelta(days=DAYS * (1 - n / count), minutes=5)
        yield (
            at, therapist.pk, "clinician", "Dr. Okafor (dr_okafor)", patient.pk, "read", "brief",
            "primary_therapist", str(uuid4()),
        )  # fmt: skip


def _settle() -> None:
    """Leave the database as one that has been used for long: analysed, nothing in its log."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


if __name__ == "__main__":
    main()
