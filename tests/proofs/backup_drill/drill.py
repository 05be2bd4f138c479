"""One drill: fill a clinic, back it up, restore it beside, and measure."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from backend.cli import data_dir
from tests.house.tree import ROOT
from tests.proofs.bench.bench_server import POSTGRES


@dataclass(frozen=True, slots=True)
class Measured:
    """What a drill took; ``said`` is what the restore said of what it found."""

    database: str
    entries: int
    log_rows: int
    database_bytes: int
    backup_bytes: int
    backup_seconds: float
    restore_seconds: float
    is_whole: bool
    said: str

    @property
    def seconds(self) -> float:
        """Return how long backup, restore and verification took together."""
        return self.backup_seconds + self.restore_seconds


def drill(database: str, folder: Path, *, entries: int) -> Measured:
    """Fill one database, back it up, and restore it into another.

    :raises subprocess.CalledProcessError: when filling or the backup failed.
    """
    with _place(database) as here, _place(database) as there:
        old, new, file = folder / "old", folder / "new", folder / "kept.chest"
        env = _service(old, here)
        _python(env, "-m", "django", "migrate", "--verbosity", "0")
        filled = json.loads(
            _python(env, "-m", "tests.proofs.backup_drill.fill_clinic", str(entries))
        )
        size = _size(database, old, here)
        began = time.monotonic()
        _between("backup", file, data=old, place=here).check_returncode()
        backed_up = time.monotonic()
        new.mkdir(mode=0o700)
        shutil.copy2(old / "secrets.json", new)
        # As after a fire: the old place is gone before the new one is made.
        if database == "sqlite":
            shutil.rmtree(old)
        restoring = time.monotonic()
        told = _between("restore", file, data=new, place=there)
        return Measured(
            database, filled["entries"], filled["log"], size, file.stat().st_size,
            backup_seconds=backed_up - began, restore_seconds=time.monotonic() - restoring,
            is_whole=told.returncode == 0, said=told.stdout.strip(),
        )  # fmt: skip


@contextmanager
def _place(database: str) -> Iterator[dict[str, str]]:
    """Return the address of an empty database; SQLite's is a file of the folder."""
    if database == "sqlite":
        yield {}
        return
    name = f"between_backup_drill_{secrets.token_hex(4)}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield {"BETWEEN_DATABASE_URL": urlsplit(POSTGRES)._replace(path=f"/{name}").geturl()}
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} (FORCE)").format(sql.Identifier(name)))


def _service(data: Path, place: dict[str, str]) -> dict[str, str]:
    return data_dir.env_for_service(data_dir.prepare_data_dir(data, is_demo=True), _clean() | place)


def _clean() -> dict[str, str]:
    """Leave out what another clinic of this machine, or the suite, is set to."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BETWEEN_")}


def _python(env: dict[str, str], *arguments: str) -> str:
    argv = [sys.executable, *arguments]
    return subprocess.run(
        argv, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def _between(
    verb: str, file: Path, *, data: Path, place: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, str(ROOT / "between"), verb, str(file), "--data", str(data)]
    env = _clean() | place | {"BETWEEN_VENV": sys.prefix}
    return subprocess.run(
        argv, env=env, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip


def _size(database: str, data: Path, place: dict[str, str]) -> int:
    if database == "sqlite":
        return sum(file.stat().st_size for file in data.glob("*.sqlite3*"))
    with psycopg.connect(place["BETWEEN_DATABASE_URL"]) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        return int(row[0]) if row else 0
