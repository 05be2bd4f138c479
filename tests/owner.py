"""What only the owner of a database can do: lift what keeps the access log from being changed."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from tests.serving import as_owner

TABLES = ("care_accesslogentry", "care_auditseal")


@contextmanager
def append_only_lifted() -> Iterator[None]:
    """Take the triggers away for a while."""
    with as_owner(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            try:
                yield
            finally:
                for table in TABLES:
                    cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f"DROP TRIGGER {name}")
        try:
            yield
        finally:
            for _, sql in found:
                cursor.execute(sql)
