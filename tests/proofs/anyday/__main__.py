"""Run the suite at other moments.

``python -m tests.proofs.anyday [--moment NAME …] [-- pytest's own]``

On SQLite, and on PostgreSQL with a server of its own, so that the database sees the same clock.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.proofs.anyday import faketime
from tests.proofs.anyday.moments import moments
from tests.proofs.chaos.postgres_server import cluster

DATABASES = ("sqlite", "postgres")


def run(name: str, database: str, arguments: Sequence[str]) -> int:
    """Run pytest at a moment, in a process whose clock is moved; return its exit code."""
    now = datetime.now(UTC)
    at = moments(now)[name]
    sys.stdout.write(f"── {name}: {at:%Y-%m-%d %H:%M} UTC, {database} ──\n")
    sys.stdout.flush()
    command = [sys.executable, "-m", "tests.proofs.anyday", "--here", database, "--", *arguments]
    env = {**os.environ, **faketime.clock_moved(at - now)}
    return subprocess.run(command, env=env, check=False).returncode


def here(database: str, arguments: Sequence[str]) -> int:
    """Run pytest under the clock that this process sees; return its exit code."""
    # Of its own: with the folder and worker of a suite that started it, it would drop its database.
    env = {
        name: value
        for name, value in os.environ.items()
        if name != "BETWEEN_TEST_DATA" and not name.startswith("PYTEST_")
    } | {"BETWEEN_TEST_DATABASE": database}
    command = [sys.executable, "-m", "pytest", *arguments]
    if database != "postgres":
        return subprocess.run(command, env=env, check=False).returncode
    with cluster("fsync=off") as server:
        env["BETWEEN_TEST_POSTGRES_URL"] = server.url
        return subprocess.run(command, env=env, check=False).returncode


def main() -> int:
    """Run what was asked for; the exit code is the worst."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.anyday", description=__doc__)
    names = list(moments(datetime.now(UTC)))
    parser.add_argument("--moment", nargs="+", choices=names, default=names)
    parser.add_argument("--database", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("--here", choices=DATABASES, help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs="*", metavar="-- ARGUMENT", help="pytest's own")
    asked = parser.parse_args()
    if asked.here:
        return here(asked.here, asked.arguments)
    if faketime.library() is None:
        sys.exit("libfaketime is missing: apt install faketime")
    codes = [
        run(name, database, asked.arguments) for name in asked.moment for database in asked.database
    ]
    return max(codes)


if __name__ == "__main__":
    raise SystemExit(main())
