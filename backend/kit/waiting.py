"""How long this thread waits for a database that another holds."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import Error, connection


@contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """Wait for SQLite's lock no longer than so, until this ends; PostgreSQL has limits of its own.

    What is asked within raises ``OperationalError`` when the lock is not free in time.
    """
    if connection.vendor != "sqlite":
        yield
        return
    usual = connection.settings_dict["OPTIONS"].get("timeout", 5.0)
    connection.patience = seconds  # type: ignore[attr-defined] # ours, backend/kit/sqlite
    _set(seconds)
    try:
        yield
    finally:
        connection.patience = None  # type: ignore[attr-defined] # as above
        _set(usual)


def _set(seconds: float) -> None:
    # A database that can't even be opened is found out by what is asked next.
    with suppress(Error), connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
