"""What a restore has to mend: numbers that phones hold, and revocations since the backup.

Cursors of before are answered with 410, edits of what was read before with a conflict or 412, and
a refresh token that was made since the backup asks its owner to sign in again, without an alarm.

The copy may be what is left of a broken server: it is only read, as far as it can be.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Greatest

from backend.kit.handling import Revisions, handled_models
from backend.kit.ids import first_number_after_restore, first_rev_after_restore
from care.access.rules import consent_holds
from care.models import Consent, DeviceSession, Patient
from journaling.models import Journal


@dataclass(frozen=True, slots=True)
class RevivedCounts:
    """Counts of consents and sign-ins in force after a restore, whatever ended after the backup."""

    consents: int
    sign_ins: int


def models_with_revisions(revisions: Revisions) -> list[type[models.Model]]:
    """Return the models with a revision that counts this."""
    return [
        model
        for model, handling in handled_models()
        if handling.revisions is revisions
        and any(field.name == "rev" for field in model._meta.fields)
    ]


def begin_generation(*, now: datetime) -> None:
    """Raise every sequence number and revision, all or none; done again it raises them further."""
    # Without its type Django sends 32 bits of it to PostgreSQL, and drops the rest.
    number = Value(first_number_after_restore(now), output_field=models.BigIntegerField())
    rev = Value(first_rev_after_restore(now))
    raised = Greatest(F("rev") + 1, rev)
    with transaction.atomic():
        kept = Journal.objects.values("pk")
        without = Patient.objects.exclude(pk__in=kept).values_list("pk", flat=True)
        Journal.objects.bulk_create(Journal(patient_id=pk) for pk in list(without))
        last = Greatest(F("last_seq") + 1, number)
        # Whoever read less far begins from nothing, and that is everybody.
        Journal.objects.update(last_seq=last, purged_seq=last)
        DeviceSession.objects.update(generation=Greatest(F("generation") + 1, number))
        for model in models_with_revisions(Revisions.OF_ROW):
            model._base_manager.update(rev=raised)
        for model in models_with_revisions(Revisions.NEW_ROWS):
            newer = model._base_manager.filter(
                patient_id=OuterRef("patient_id"), rev__gt=OuterRef("rev")
            )
            newest = model._base_manager.filter(~Exists(newer)).values_list("pk", flat=True)
            model._base_manager.filter(pk__in=list(newest)).update(rev=raised)


def end_sign_ins(*, now: datetime) -> int:
    """End every sign-in; everybody signs in again. Return how many there were."""
    live = DeviceSession.objects.filter(revoked_at__isnull=True)
    return live.update(revoked_at=now, revoked_reason="restored")


def count_revived(*, now: datetime) -> RevivedCounts:
    """Count the consents and sign-ins that are in force."""
    live = DeviceSession.objects.filter(revoked_at__isnull=True, expires_at__gt=now)
    consents = [
        Consent.objects.filter(consent_holds(now, purpose=purpose)).count()
        for purpose in Consent.Purpose.values
    ]
    return RevivedCounts(sum(consents), live.count())


def revoke_again(*, ended: Iterable[tuple[str, UUID, datetime]]) -> list[tuple[str, UUID]]:
    """End again what a newer copy of the database says had ended; return what was still open."""
    models_by_table = _revocable_models()
    done = []
    for table, key, at in ended:
        model = models_by_table[table]
        if model.objects.filter(pk=key, revoked_at__isnull=True).update(revoked_at=at):
            done.append((table, key))
    return done


_REVOKED_SQL = "SELECT id, revoked_at FROM {} WHERE revoked_at IS NOT NULL ORDER BY revoked_at, id"


def revocations_in_copy(place: str) -> Iterator[tuple[str, UUID, datetime]]:
    """Read table, id and instant of all that had ended by a file or a ``postgres://`` address.

    :raises OSError: the copy can't be read.
    """
    read = _from_postgres if place.startswith("postgres") else _from_sqlite
    for table in _revocable_models():
        for key, at in read(place, _REVOKED_SQL.format(table)):
            when = at if isinstance(at, datetime) else datetime.fromisoformat(str(at))
            yield table, UUID(str(key)), when if when.tzinfo else when.replace(tzinfo=UTC)


def _revocable_models() -> dict[str, Any]:
    """Find the tables of what somebody takes back, which a restore would let hold again."""
    return {
        model._meta.db_table: model for model, handling in handled_models() if handling.revocable
    }


def _from_sqlite(place: str, asked: str) -> list[tuple[object, object]]:
    try:
        with closing(sqlite3.connect(f"{Path(place).absolute().as_uri()}?mode=ro", uri=True)) as it:
            return list(it.execute(asked))
    except sqlite3.Error as error:
        raise OSError(f"{place}: {error}") from None


def _from_postgres(place: str, asked: str) -> list[tuple[object, object]]:
    psycopg = import_module("psycopg")  # SQLite's people need none
    try:
        with psycopg.connect(place) as there:
            there.execute("SELECT set_config('app.actor', 'operator', false)")
            return [(row[0], row[1]) for row in there.execute(asked.encode())]
    except psycopg.Error as error:
        raise OSError(f"the newer database: {type(error).__name__}") from None
