"""Emptying the database after a test that commits, in a few milliseconds.

Django names every table in one TRUNCATE, which on PostgreSQL makes some hundred files anew, and
then writes content types and permissions again. Here the tables that have rows are emptied, and
those two, which no test changes, stay.
"""

from typing import Any

import pytest
from django.core.management.commands import flush
from django.db import connection, transaction
from django.db.backends.base.operations import BaseDatabaseOperations

from tests import live_connections
from tests.database_roles import append_only_lifted

KEPT = {"django_content_type", "auth_permission"}


def install(patch: pytest.MonkeyPatch) -> None:
    """Let Django's flush, which its test cases call, empty the tables in this way."""
    live_connections.install(patch)
    patch.setattr(BaseDatabaseOperations, "execute_sql_flush", _empty_tables)
    patch.setattr(flush, "emit_post_migrate_signal", _emit_nothing)


def _empty_tables(_operations: Any, _statements: Any) -> None:
    """Delete every row; foreign keys are looked at when all of them are gone."""
    live_connections.wait_until_closed()
    with append_only_lifted(), transaction.atomic(), connection.cursor() as cursor:
        for table in _tables_with_rows(cursor):
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")


def _tables_with_rows(cursor: Any) -> list[str]:
    tables = sorted({*connection.introspection.django_table_names(only_existing=True)} - KEPT)
    asked = [
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})"
        for table in tables
    ]
    cursor.execute(" UNION ALL ".join(asked))
    return [name for (name,) in cursor.fetchall()]


def _emit_nothing(*_: Any, **__: Any) -> None:
    """Leave content types and permissions as they are."""
