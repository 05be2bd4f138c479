"""Where a bench runs: a database of its own, people in it, and servers on free ports."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

POSTGRES = os.environ.get("BETWEEN_TEST_POSTGRES_URL", "postgres://root@127.0.0.1:5432/postgres")
NAME = os.environ.get("BETWEEN_BENCH_NAME", "between_bench")
SECRETS = {
    "BETWEEN_DEMO": "1",
    "BETWEEN_SECRET_KEY": "bench-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    "BETWEEN_TOKEN_KEYS": "t1:" + "dG9rZW4ta2V5LW9mLXRoZS10ZXN0cy0wMTIzNDU2Nzg",
    "BETWEEN_MASTER_KEYS": "m1:" + "bWFzdGVyLWtleS1vZi10aGUtdGVzdHMtMDEyMzQ1Njc",
    "BETWEEN_ALLOWED_HOSTS": "127.0.0.1",
    "DJANGO_SETTINGS_MODULE": "backend.settings",
}


@dataclass(frozen=True)
class Ground:
    """One database, ready; ``workers`` and ``threads`` are how it is served."""

    name: str
    env: dict[str, str]
    folder: Path
    workers: int
    threads: int


@contextmanager
def ground(name: str, folder: Path) -> Iterator[Ground]:
    """Create a database, migrate it, and drop it at the end."""
    home = folder / name
    home.mkdir(parents=True)
    is_postgres = name == "postgres"
    url = POSTGRES.rpartition("/")[0] + f"/{NAME}" if is_postgres else f"sqlite:///{home}/bench.db"
    env = {**os.environ, **SECRETS, "BETWEEN_DATA": str(home), "BETWEEN_DATABASE_URL": url}
    if is_postgres:
        _make_database()
    run(env, "-m", "django", "migrate", "--verbosity", "0")
    try:
        # As `./between up` serves SQLite (one writer at a time), and as docs/operations.md says
        # for PostgreSQL on two cores.
        yield Ground(
            name, env, home, workers=2 if is_postgres else 1, threads=4 if is_postgres else 8
        )
    finally:
        shutil.rmtree(home)
        if is_postgres:
            _drop_database()


def run(env: dict[str, str], *args: str | Path) -> str:
    """Run a Python program on this ground and return what it printed."""
    return subprocess.run(
        [sys.executable, *args], env=env, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


@contextmanager
def server(
    place: Ground, application: str, *, env: dict[str, str] | None = None
) -> Iterator[tuple[str, int]]:
    """Serve an application by gunicorn; give its address and the head's process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    child = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}",
            "--config", "python:backend.serving.gunicorn_config", "--workers", str(place.workers),
            "--threads", str(place.threads), "--keep-alive", "60", "--log-level", "error",
        ],
        env=env or place.env,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield address, child.pid
    finally:
        child.terminate()
        child.wait(timeout=30)


def memory_mib(head: int) -> float:
    """Measure the largest worker under a gunicorn head, in MiB of proportional set size."""
    children = Path(f"/proc/{head}/task/{head}/children").read_text().split()
    return max(map(_pss_kib, children), default=0) / 1024


def _pss_kib(pid: str) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _wait_for(address: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=1)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start")


def _make_database() -> None:
    _drop_database()
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))


def _drop_database() -> None:
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(NAME))
        )
