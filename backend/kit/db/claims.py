"""Conditional claims of rows, and what goes with them.

Statements that return rows, lock timeouts, index hints, and errors of row policies.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, cast

from django.db import DatabaseError, Error, connection, models
from django.db.models.sql import UpdateQuery

#: What PostgreSQL calls a write that a policy or a grant refuses (SQLSTATE 42501).
INSUFFICIENT_PRIVILEGE = "42501"


class UnsafeClaim(RuntimeError):
    """The update would be compiled to a sub-select, which READ COMMITTED does not check again."""


class InsideTransaction(RuntimeError):
    """What must survive a rollback was about to be written inside a transaction."""


def claim(rows: "models.QuerySet[Any]", **changes: object) -> int:
    """Change the rows that still match, in one conditional update, and return how many did.

    Of any number of callers racing for one row, exactly one gets 1. Measured on PostgreSQL: a
    condition across a join let several win in 73 of 100 rounds, so it is refused here.

    :raises UnsafeClaim: when a condition isn't on the row's own columns.
    """
    query: UpdateQuery = rows.query.chain(UpdateQuery)  # type: ignore[assignment] # as Django does
    query.add_update_values(changes)
    # A sliced, joined or grouped queryset is what Django turns into ``id IN (SELECT …)``.
    sql = str(query.get_compiler(connection=connection).as_sql()[0]).upper()
    if (
        query.is_sliced
        or len([a for a in query.alias_map if query.alias_refcount[a]]) > 1
        or "SELECT" in sql
    ):
        raise UnsafeClaim(sql)
    return rows.update(**changes)


def fetch_returning(sql: str, params: Sequence[Any]) -> tuple[Any, ...] | None:
    """Run one statement that ends in RETURNING and fetch its first row."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
    return tuple(row) if row is not None else None


def disable_seqscan() -> None:
    """Disable PostgreSQL's sequential scans until this transaction ends.

    A plan made while a table is nearly empty is kept by its connection, and reads all of the table
    for each hundred rows when that has grown (measured: an update took 126 microseconds a row at
    30,000 rows instead of 26).
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('enable_seqscan', 'off', true)")


def require_autocommit() -> None:
    """Refuse to go on inside a transaction, so that no rollback takes the next statement back.

    :raises InsideTransaction: when a transaction of ours is open.
    """
    blocks = getattr(connection, "atomic_blocks", [])
    # Django's test cases wrap each test in a transaction of their own, which does not count.
    if any(not getattr(block, "_from_testcase", False) for block in blocks):
        raise InsideTransaction


def policy_clock() -> datetime:
    """Return the instant (UTC) by which PostgreSQL's row policies judge a statement."""
    row = fetch_returning("SELECT statement_timestamp()", ())
    if row is None:
        raise RuntimeError("the database told no time")
    return cast("datetime", row[0])


def is_refused_by_policy(error: DatabaseError) -> bool:
    """Whether PostgreSQL's row policies refused a write.

    A right that ended while a request was under way, such as a consent taken back, ends here.
    """
    return getattr(error.__cause__, "sqlstate", "") == INSUFFICIENT_PRIVILEGE


@contextmanager
def lock_timeout(seconds: float) -> Iterator[None]:
    """Wait for SQLite's lock no longer than so, until this ends; PostgreSQL has limits of its own.

    What is asked within raises ``OperationalError`` when the lock is not free in time.
    """
    if connection.vendor != "sqlite":
        yield
        return
    usual = connection.settings_dict["OPTIONS"].get("timeout", 5.0)
    connection.lock_wait_seconds = seconds  # type: ignore[attr-defined] # ours, backend/kit/sqlite
    _set_busy_timeout(seconds)
    try:
        yield
    finally:
        connection.lock_wait_seconds = None  # type: ignore[attr-defined] # as above
        _set_busy_timeout(usual)


def _set_busy_timeout(seconds: float) -> None:
    # A database that can't even be opened is found out by what is asked next.
    with suppress(Error), connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
