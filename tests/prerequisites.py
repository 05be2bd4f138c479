"""What tests need of the machine beside Python, and one line for what is missing.

It is asked before anything starts: a fresh machine skips in a moment, and starts no server for it.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pytest
from django.db import connection

from tests.database_roles import as_owner

CHROMIUM = Path("/usr/bin/chromium")
#: The same engine without windows of its own, in two thirds of the time; it shows no notification.
HEADLESS_SHELL = Path("/usr/bin/chromium-headless-shell")


@cache
def browser() -> str:
    """Say what is missing for tests in a browser; empty where nothing is."""
    if not CHROMIUM.exists():
        return "chromium is missing: apt-get install chromium"
    driver = [sys.executable, "-m", "playwright", "--version"]
    try:
        asked = subprocess.run(driver, capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return "Playwright's driver does not run here"
    return "" if asked.returncode == 0 else "libatomic is missing: apt-get install libatomic1"


@cache
def pg_tools() -> str:
    """Say what is missing for backups of the PostgreSQL that this run is about."""
    if connection.vendor != "postgresql":
        return ""
    for name in ("pg_dump", "pg_restore"):
        if shutil.which(name) is None:
            return f"{name} is missing: apt-get install postgresql-client"
    told = subprocess.run(["pg_dump", "--version"], capture_output=True, text=True, check=False)
    ours = re.search(r"\b(\d+)", told.stdout)
    theirs = _server_version()
    if ours is None or int(ours[1]) < theirs:
        return f"pg_dump is older than the server, which is PostgreSQL {theirs}"
    return ""


def _server_version() -> int:
    import psycopg

    place = connection.settings_dict
    with psycopg.connect(
        host=place["HOST"], port=place["PORT"] or None, user=place["USER"],
        password=place["PASSWORD"] or None, dbname="postgres",
    ) as asked:  # fmt: skip
        return asked.info.server_version // 10_000


#: Markers, and who knows what is missing for the tests that carry them.
NEEDS: dict[str, Callable[[], str]] = {"browser": browser, "pg_tools": pg_tools}


def skip_what_cannot_run(items: Sequence[pytest.Item]) -> None:
    """Mark each test that needs what is not here, so that not even its fixtures begin."""
    for item in items:
        for name, missing in NEEDS.items():
            if item.get_closest_marker(name) and (reason := missing()):
                item.add_marker(pytest.mark.skip(reason=reason))


def skip_while_somebody_writes() -> None:
    """Skip where a stranger's transaction on the same PostgreSQL keeps deleted rows in the files.

    It may be in any database of the server, and nothing of ours can end it.
    """
    if connection.vendor != "postgresql":
        return
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND (backend_xid IS NOT NULL OR datname = current_database() "
            "AND backend_xmin IS NOT NULL) AND xact_start < now() - interval '0.2 seconds'"
        )
        if cursor.fetchone()[0]:
            pytest.skip("somebody else's transaction is open on this PostgreSQL server")
