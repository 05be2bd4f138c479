"""Restore a backup where no data are, verify it in a process of its own, and mend what it moved.

Moved back are numbers that phones hold, and what was revoked since the backup. Cursors of before
are answered with 410, edits of what was read before with a conflict or 412, and a refresh token
that was made since the backup asks its owner to sign in again, without an alarm.
"""

import os
import secrets
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Greatest

from backend.backup import archive, snapshot
from backend.kit.handling import Revisions, handled_models
from backend.kit.ids import first_number_after_restore, first_rev_after_restore
from care.access.rules import consent_holds
from care.models import Consent, DeviceSession, Patient
from journaling.models import Journal

#: How ``backup verify`` says that only the access log is not whole.
LOG_INCOMPLETE_EXIT = 3


class AccessLogIncomplete(Exception):
    """The data are what was backed up; their access log was not whole before either."""


class DatabaseNotEmpty(Exception):
    """Data are there already; a restore never overwrites."""


def restore_backup(file: Path, *options: str) -> bool:
    """Restore into the database that the settings name; return whether it is what was backed up.

    Then a new generation begins there, with the options of ``backup begin-generation``.

    :raises AccessLogIncomplete: the data are, but their access log was not whole when it was backed
        up.
    :raises DatabaseNotEmpty: it holds tables, or its file exists.
    :raises backend.kit.crypto.DecryptionFailed: the backup doesn't open.
    """
    told, pieces = archive.read_archive(file)
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        if Path(name).exists():
            raise DatabaseNotEmpty(name)
        part = Path(f"{name}.{os.getpid()}.part")
        try:
            snapshot.write_sqlite(pieces, part)
            os.link(part, name)
        finally:
            part.unlink(missing_ok=True)
    else:
        if connection.introspection.table_names():
            raise DatabaseNotEmpty(name)
        snapshot.restore_postgres(pieces, name)
    try:
        return _is_verified(told, name)
    finally:
        _run_command(name, "backup", "begin-generation", "--made-at", told["made_at"], *options)


def run_drill(file: Path) -> bool:
    """Restore beside the live data, verify, and delete it again; return whether all was well.

    :raises AccessLogIncomplete: it was, but for an access log that was not whole before.
    :raises backend.kit.crypto.DecryptionFailed: the backup doesn't open.
    """
    told, pieces = archive.read_archive(file)
    if connection.vendor == "sqlite":
        with tempfile.TemporaryDirectory(prefix=".drill-", dir=snapshot.scratch_dir()) as folder:
            name = str(Path(folder, "between.sqlite3"))
            snapshot.write_sqlite(pieces, Path(name))
            return _is_verified(told, name)
    with _temporary_database() as name:
        snapshot.restore_postgres(pieces, name)
        return _is_verified(told, name)


@contextmanager
def _temporary_database() -> Iterator[str]:
    """Create an empty PostgreSQL database beside ours, and drop it at the end."""
    name = f"between_drill_{secrets.token_hex(4)}"
    quoted = connection.ops.quote_name(name)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(f"CREATE DATABASE {quoted}")
    try:
        yield name
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {quoted}")


def _is_verified(manifest: dict[str, Any], name: str) -> bool:
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=snapshot.scratch_dir()) as folder:
        file = Path(folder, "manifest.json")
        file.write_bytes(orjson.dumps(manifest))
        result = _run_command(name, "backup", "verify", str(file))
    if result == LOG_INCOMPLETE_EXIT:
        raise AccessLogIncomplete
    return result == 0


def _run_command(name: str, *command: str) -> int:
    """Run a command of ours in a process of its own, on that database."""
    argv = [sys.executable, "-m", "django", *command]
    env = os.environ | {
        "BETWEEN_DATABASE_URL": _database_url(name),
        "BETWEEN_OWNER_DATABASE_URL": _database_url(name) if settings.OWNER_DATABASE else "",
        "DJANGO_SETTINGS_MODULE": "backend.settings",
    }
    return subprocess.run(argv, env=env, cwd=settings.ROOT, check=False).returncode


def _database_url(name: str) -> str:
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    place = {key: str(value) for key, value in connection.settings_dict.items() if value}
    who = quote(place.get("USER", ""), safe="")
    if "PASSWORD" in place:
        who += ":" + quote(place["PASSWORD"], safe="")
    host = quote(place.get("HOST", ""), safe="")
    return f"postgres://{who}@{host}:{place.get('PORT', '5432')}/{name}"


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


def _owner_columns(model: type[models.Model]) -> list[str]:
    """Return the columns beside ``rev`` that say what a row is a version of."""
    (together,) = (
        constraint.fields
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint) and "rev" in constraint.fields
    )
    owners = set(together) - {"rev"}
    return [field.attname for field in model._meta.concrete_fields if field.name in owners]


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
            same = {name: OuterRef(name) for name in _owner_columns(model)}
            newer = model._base_manager.filter(**same, rev__gt=OuterRef("rev"))
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

    It may be what is left of a broken server: it is only read, as far as it can be.

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
