"""A database of one's own for a program of the tests, made and dropped again."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

DATABASES = ("sqlite", "postgres")


def in_a_process(module: str, database: str, arguments: Sequence[str], *, name: str) -> int:
    """Run ``python -m module --here database …`` with settings of that database; its exit code.

    Settings are read once a process, so each database needs one of its own.
    """
    environment = {
        "BETWEEN_TEST_NAME": name,
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "BETWEEN_TEST_DATABASE": database,
    }
    environment.pop("BETWEEN_TEST_DATA", None)
    command = [sys.executable, "-m", module, "--here", database, *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


@contextmanager
def database() -> Iterator[None]:
    """Set Django up, migrate a throw-away database, and drop it at the end.

    PostgreSQL serves by a role that row policies bind, as in the suite and in a clinic.
    """
    import django

    django.setup()

    from django.test.runner import DiscoverRunner

    runner = DiscoverRunner(verbosity=0, interactive=False)
    runner.setup_test_environment()
    made = runner.setup_databases()
    try:
        with _bound():
            yield
    finally:
        runner.teardown_databases(made)


@contextmanager
def _bound() -> Iterator[None]:
    from django.db import connection

    from backend.kit.db import rls_actor
    from tests import database_roles

    rls_actor.set_process_actor(rls_actor.OPERATOR_ACTOR)
    if connection.vendor != "postgresql":
        yield
        return
    database_roles.bind()
    try:
        yield
    finally:
        database_roles.unbind()
