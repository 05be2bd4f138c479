"""The suite's roles on PostgreSQL: one that row policies bind, and the owner.

Tests lay things out as the operator; each request acts for whoever signed in. What only the owner
of a database may do, a test asks for with ``as_owner``.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from backend.kit.db.postgres import roles

ROLE = "between_test_serving"
_OPTION = f" -c role={ROLE}"


def bind() -> None:
    """Make the role, give it what serving needs, and let every connection from now on be it."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DO $$ BEGIN CREATE ROLE {ROLE} NOLOGIN; "
            "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
    settings.OWNER_DATABASE = {
        name: connection.settings_dict[name] for name in roles.CONNECTION_KEYS
    }
    connection.settings_dict["OPTIONS"]["options"] += _OPTION
    grant()
    _connect_anew()


def grant() -> None:
    """Give the role what serving needs, anew where tables were made anew."""
    if connection.vendor != "postgresql":
        return
    with roles.connected_as_owner(), connection.cursor() as cursor:
        roles.grant_serving_role(cursor, ROLE)


def unbind() -> None:
    """Be the owner again, who alone may drop the database."""
    settings.OWNER_DATABASE = {}
    options = connection.settings_dict["OPTIONS"]
    options["options"] = options["options"].removesuffix(_OPTION)
    _connect_anew()
    with connection.cursor() as cursor:
        # A request that a browser left behind may hold the database, which is dropped next.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@contextmanager
def as_owner() -> Iterator[None]:
    """Act as who owns the tables for a while."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
    try:
        yield
    finally:
        if connection.connection is not None and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute(f"SET ROLE {ROLE}")


def _connect_anew() -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined] # PostgreSQL's has one


APPEND_ONLY_TABLES = ("care_accesslogentry", "care_auditseal")


@contextmanager
def append_only_lifted() -> Iterator[None]:
    """Take the triggers away for a while."""
    with as_owner(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in APPEND_ONLY_TABLES:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            try:
                yield
            finally:
                for table in APPEND_ONLY_TABLES:
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
