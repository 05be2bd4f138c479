"""Take one consistent copy of the database while it is used, and put one in place."""

import os
import re
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

PIECE_BYTES = 1 << 20


class ToolMissing(Exception):
    """PostgreSQL's own tools are missing here, or are older than the server."""


@contextmanager
def snapshot_transaction() -> Iterator[CursorWrapper]:
    """Hold one snapshot for all reads within; writers go on."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("BEGIN DEFERRED")
        else:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        try:
            yield cursor
        finally:
            cursor.execute("ROLLBACK")


def read_snapshot(cursor: CursorWrapper, scratch: Path) -> Iterator[bytes]:
    """Read the database as the snapshot sees it, piece by piece.

    :raises ToolMissing: when pg_dump can't read this server.
    """
    if connection.vendor == "sqlite":
        return _read_sqlite(scratch)
    cursor.execute("SELECT pg_export_snapshot()")
    return _read_postgres(cursor.fetchone()[0])


def write_sqlite(pieces: Iterable[bytes], file: Path) -> None:
    """Write a database file that was not there before, whole and durable."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        for piece in pieces:
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())


def restore_postgres(pieces: Iterable[bytes], database: str) -> None:
    """Restore into an empty database.

    :raises ToolMissing: when pg_restore is missing or refuses.
    """
    argv = [_find_pg_tool("pg_restore"), "--no-owner", "--exit-on-error", "--dbname", database]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, env=_pg_env()) as tool:
        into = _pipe(tool.stdin)
        with into:
            for piece in pieces:
                into.write(piece)
    if tool.returncode:
        raise ToolMissing(f"pg_restore ended with {tool.returncode}")


def _read_sqlite(scratch: Path) -> Iterator[bytes]:
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=scratch) as folder:
        file = Path(folder, "copy.sqlite3")
        with closing(sqlite3.connect(file)) as copy:
            connection.connection.backup(copy)
        with file.open("rb") as whole:
            while piece := whole.read(PIECE_BYTES):
                yield piece


def _read_postgres(snapshot_id: str) -> Iterator[bytes]:
    name = str(connection.settings_dict["NAME"])
    argv = [
        _find_pg_tool("pg_dump"),
        "--format=custom",
        f"--snapshot={snapshot_id}",
        "--dbname",
        name,
    ]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, env=_pg_env()) as tool:
        while piece := _pipe(tool.stdout).read(PIECE_BYTES):
            yield piece
    if tool.returncode:
        raise ToolMissing(f"pg_dump ended with {tool.returncode}")


def _pipe(end: Any) -> BinaryIO:
    pipe: BinaryIO = end
    return pipe


def _find_pg_tool(name: str) -> str:
    """Return a tool that is at least as new as the server, as it has to be.

    :raises ToolMissing: when there is none.
    """
    server = connection.pg_version // 10_000  # type: ignore[attr-defined] # PostgreSQL's has it
    found = {}
    for path in (name, f"/usr/lib/postgresql/{server}/bin/{name}"):
        try:
            said = subprocess.run([path, "--version"], capture_output=True, check=True, text=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        major = re.search(r"\(PostgreSQL\) (\d+)", said.stdout)
        found[path] = int(major[1]) if major else 0
        if found[path] >= server:
            return path
    had = ", ".join(str(version) for version in found.values()) or "none"
    raise ToolMissing(f"{name} of PostgreSQL {server} or newer is needed; found: {had}")


def _pg_env() -> Mapping[str, str]:
    """Return the tools' environment, which names the server; a password is never an argument."""
    place = connection.settings_dict
    told = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD"}
    return os.environ | {name: str(place[key]) for key, name in told.items() if place.get(key)}


def scratch_dir() -> Path:
    """Return the folder for short-lived copies: beside the data, as private as they are."""
    return Path(settings.DATA)
