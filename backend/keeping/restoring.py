"""Putting a backup where no data are, and verifying it there in a process of its own."""

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

from backend.keeping import chests, copying

#: How ``verify_restored`` says that only the access log is not whole.
LOG_NOT_WHOLE = 3


class LogNotWhole(Exception):
    """The data are what was backed up; their access log was not whole before either."""


class NotEmpty(Exception):
    """Data are there already; a restore never overwrites."""


def restore(file: Path, *options: str) -> bool:
    """Restore into the database that the settings name; return whether it is what was backed up.

    Then a new generation begins there, with the options of ``begin_generation``.

    :raises LogNotWhole: the data are, but their access log was not whole when it was backed up.
    :raises NotEmpty: it holds tables, or its file exists.
    :raises backend.kit.cipher.Unreadable: the backup doesn't open.
    """
    told, pieces = chests.read(file)
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        if Path(name).exists():
            raise NotEmpty(name)
        part = Path(f"{name}.{os.getpid()}.part")
        try:
            copying.put_sqlite(pieces, part)
            os.link(part, name)
        finally:
            part.unlink(missing_ok=True)
    else:
        if connection.introspection.table_names():
            raise NotEmpty(name)
        copying.put_postgres(pieces, name)
    try:
        return _is_as_told(told, name)
    finally:
        _run(name, "begin_generation", "--made-at", told["made_at"], *options)


def drill(file: Path) -> bool:
    """Restore beside the live data, verify, and delete it again; return whether all was well.

    :raises LogNotWhole: it was, but for an access log that was not whole before.
    :raises backend.kit.cipher.Unreadable: the backup doesn't open.
    """
    told, pieces = chests.read(file)
    if connection.vendor == "sqlite":
        with tempfile.TemporaryDirectory(prefix=".drill-", dir=copying.scratch()) as folder:
            name = str(Path(folder, "between.sqlite3"))
            copying.put_sqlite(pieces, Path(name))
            return _is_as_told(told, name)
    with _database() as name:
        copying.put_postgres(pieces, name)
        return _is_as_told(told, name)


@contextmanager
def _database() -> Iterator[str]:
    """Make an empty PostgreSQL database beside ours, and drop it at the end."""
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


def _is_as_told(told: dict[str, Any], name: str) -> bool:
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=copying.scratch()) as folder:
        file = Path(folder, "manifest.json")
        file.write_bytes(orjson.dumps(told))
        found = _run(name, "verify_restored", str(file))
    if found == LOG_NOT_WHOLE:
        raise LogNotWhole
    return found == 0


def _run(name: str, *command: str) -> int:
    """Run a command of ours in a process of its own, on that database."""
    argv = [sys.executable, "-m", "django", *command]
    env = os.environ | {
        "BETWEEN_DATABASE_URL": _url(name),
        "BETWEEN_OWNER_DATABASE_URL": _url(name) if settings.OWNER_DATABASE else "",
        "DJANGO_SETTINGS_MODULE": "backend.settings",
    }
    return subprocess.run(argv, env=env, cwd=settings.ROOT, check=False).returncode


def _url(name: str) -> str:
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    place = {key: str(value) for key, value in connection.settings_dict.items() if value}
    who = quote(place.get("USER", ""), safe="")
    if "PASSWORD" in place:
        who += ":" + quote(place["PASSWORD"], safe="")
    host = quote(place.get("HOST", ""), safe="")
    return f"postgres://{who}@{host}:{place.get('PORT', '5432')}/{name}"
