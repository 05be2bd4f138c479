"""The serving role and the owner of the tables: what each may do, and connecting as the owner."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection

from backend.kit.handling import handled_models

#: What migrations alone write.
OWNER_ONLY = ("django_migrations",)

_ROLE_FAULTS_SQL = """
SELECT rolsuper, rolbypassrls, EXISTS (
    SELECT FROM pg_class WHERE relkind IN ('r', 'p')
    AND relnamespace = current_schema()::regnamespace
    AND pg_has_role(current_user, relowner, 'MEMBER')
) FROM pg_roles WHERE rolname = current_user
"""


def faults_of_current_role(connection: Any) -> list[str]:
    """Return why row policies would not bind the role of this connection."""
    is_super, bypasses, owns = connection.execute(_ROLE_FAULTS_SQL).fetchone()
    faults = {
        "the role of BETWEEN_DATABASE_URL is a superuser": is_super,
        "it bypasses row-level security": bypasses and not is_super,
        "it owns tables of the service, or is a member of a role that does": owns and not is_super,
    }
    return [fault for fault, is_there in faults.items() if is_there]


def check_serving_role() -> None:
    """Check the serving role now instead of at the first request.

    A database that is away is no reason not to start; the first connection looks then. Nothing is
    left open, for the process may fork.

    :raises django.core.exceptions.ImproperlyConfigured: when it must not serve.
    """
    if connection.vendor != "postgresql":
        return
    try:
        connection.ensure_connection()
    except OperationalError:
        return
    finally:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined] # PostgreSQL's has one


def grant_serving_role(cursor: Any, role: str) -> None:
    """Grant a role what serving needs, and no more; again changes nothing.

    Tables that declare it (``backend.kit.handling``) it may only add to, or never update.
    """
    name = '"' + role.replace('"', '""') + '"'
    cursor.execute("SELECT format('%I', current_schema())")
    schema = cursor.fetchone()[0]
    cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO {name}")
    cursor.execute(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {name}"
    )
    cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {name}")
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    there = {row[0] for row in cursor.fetchall()}
    for model, handling in handled_models():
        verbs = "UPDATE, TRUNCATE" if handling.never_updated else "UPDATE, DELETE, TRUNCATE"
        is_bound = handling.append_only or handling.never_updated
        if is_bound and model._meta.db_table in there:
            cursor.execute(f"REVOKE {verbs} ON {model._meta.db_table} FROM {name}")
    for table in there.intersection(OWNER_ONLY):
        cursor.execute(f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {table} FROM {name}")


#: What says where a database is, and who asks.
CONNECTION_KEYS = ("NAME", "USER", "PASSWORD", "HOST", "PORT")
#: A migration, a backup and a purge take as long as they take, on one connection.
_SERVING_ONLY_KEYS = ("pool", "options")


@contextmanager
def connected_as_owner() -> Iterator[None]:
    """Connect as ``BETWEEN_OWNER_DATABASE_URL`` says, until the end.

    Where it says nothing (a development machine, SQLite) the connection stays as it is.
    """
    if connection.vendor != "postgresql" or not settings.OWNER_DATABASE:
        yield
        return
    place: Any = connection.settings_dict
    kept = dict(place)
    _disconnect()
    options = {
        name: value for name, value in place["OPTIONS"].items() if name not in _SERVING_ONLY_KEYS
    }
    place.update(
        {name: settings.OWNER_DATABASE[name] for name in CONNECTION_KEYS},
        OPTIONS=options,
        ROLE_IS_CHECKED=False,
    )
    try:
        yield
    finally:
        _disconnect()
        place.update(kept)


def _disconnect() -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined] # PostgreSQL's has one
