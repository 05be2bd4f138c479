"""Restore a backup where no data are, and verify it there in a process of its own."""

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
from django.conf import settings
from django.db import connection

from backend.backup import archive, snapshot

#: How ``verify_restored`` says that only the access log is not whole.
LOG_INCOMPLETE_EXIT = 3


class AccessLogIncomplete(Exception):
    """The data are what was backed up; their access log was not whole before either."""


class DatabaseNotEmpty(Exception):
    """Data are there already; a restore never overwrites."""


def restore_backup(file: Path, *options: str) -> bool:
    """Restore into the database that the settings name; return whether it is what was backed up.

    Then a new generation begins there, with the options of ``begin_generation``.

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
        _run_command(name, "begin_generation", "--made-at", told["made_at"], *options)


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
        result = _run_command(name, "verify_restored", str(file))
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
