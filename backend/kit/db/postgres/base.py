"""Django's PostgreSQL, where every transaction begins with the name of who is acting.

Row policies read ``app.actor``. It is set for one transaction only (``set_config(…, true)``): set
for a session it would stay on a pooled connection and show the next caller rows of the last one
(measured by ``tests.proofs.rls``). A statement outside a transaction is one of its own, so its
actor is sent ahead of it in one pipeline, which the server runs as one transaction: no round trip
more.

Django asks for the name of this file.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import orjson
import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus
from psycopg.types.json import set_json_loads

from backend.kit.db import rls_actor
from backend.kit.db.postgres import roles

# What is asked for in binary is read by the driver; Django reads from text what it asks for.
set_json_loads(orjson.loads)

SET_ACTOR = "SELECT set_config('app.actor', %s, true)"
#: What reads or writes rows. Everything else runs as it is, some of it in no transaction at all.
_ROW_STATEMENTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "(SELECT", "EXPLAI")


class Cursor(psycopg.Cursor[Any]):
    """A cursor that sets the actor before the first statement of each transaction."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "Cursor":
        """Run a statement as the current actor."""
        connection: Any = self.connection
        status = connection.pgconn.transaction_status
        is_alone = status == TransactionStatus.IDLE
        if is_alone:
            connection.announced_actor = None
        actor = rls_actor.current_actor()
        is_told = getattr(connection, "announced_actor", None) == actor
        if is_told or status == TransactionStatus.INERROR or not _touches_rows(query):
            return super().execute(query, params, **options)
        with connection.pipeline():
            _actor_cursor(connection).execute(SET_ACTOR, [actor])
            super().execute(query, params, **options)
        if not (is_alone and connection.autocommit):
            connection.announced_actor = actor
        return self

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
        """Run a statement for each row, all in one transaction of the current actor."""
        with _transaction(self.connection):
            _actor_cursor(self.connection).execute(SET_ACTOR, [rls_actor.current_actor()])
            super().executemany(query, params_seq, **options)


class ServerCursor(psycopg.ServerCursor[Any]):
    """A cursor that the server keeps; outside a transaction it is filled in one of its own."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "ServerCursor":
        """Declare the cursor as the current actor."""
        with _transaction(self.connection):
            _actor_cursor(self.connection).execute(SET_ACTOR, [rls_actor.current_actor()])
            return super().execute(query, params, **options)


def _transaction(connection: Any) -> AbstractContextManager[Any]:
    """Open a transaction unless Django has one, which must not be ended here."""
    return connection.transaction() if connection.autocommit else nullcontext()


def _touches_rows(query: Any) -> bool:
    return isinstance(query, str) and query.lstrip()[:7].upper().startswith(_ROW_STATEMENTS)


def _actor_cursor(connection: Any) -> Any:
    """Return the connection's one plain cursor, for setting the actor."""
    if not hasattr(connection, "teller"):
        connection.teller = psycopg.Cursor(connection)
    return connection.teller


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that serves nobody through a role which row policies don't bind."""

    #: Which databases this process has looked at, by their name and role.
    _seen: set[tuple[str, str]] = set()

    def get_connection_params(self) -> dict[str, Any]:
        """Return Django's parameters, with our cursors."""
        params: dict[str, Any] = super().get_connection_params()
        return params | {"cursor_factory": Cursor}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, and refuse a role that may see everything.

        :raises ImproperlyConfigured: it owns the tables, is a superuser, or bypasses policies.
        """
        connection = super().get_new_connection(conn_params)
        connection.server_cursor_factory = ServerCursor
        place = (str(self.settings_dict["NAME"]), str(self.settings_dict["USER"]))
        if self.settings_dict.get("ROLE_IS_CHECKED") and place not in self._seen:
            faults = roles.faults_of_current_role(connection)
            connection.rollback()  # or nothing could be set on it any more
            if faults:
                self._give_back(connection)
                raise ImproperlyConfigured("Refusing to serve: " + "; ".join(faults) + ".")
            self._seen.add(place)
        return connection

    def _give_back(self, connection: Any) -> None:
        if self.pool:
            self.pool.putconn(connection)
        else:
            connection.close()

    def savepoint_rollback(self, sid: str) -> None:
        """Roll back to a savepoint; what was set after it is taken back with it."""
        super().savepoint_rollback(sid)
        if self.connection is not None:
            self.connection.announced_actor = None
