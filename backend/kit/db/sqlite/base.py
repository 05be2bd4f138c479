"""Django's SQLite, whose writers of one process queue instead of waking up to look.

SQLite has one writer at a time. Whoever must wait sleeps and looks again, up to 100 ms later, and
whoever happens to look at the right moment goes first: of eight writers one request in a hundred
waited a second, with turns a tenth of that (measured). Between processes SQLite's own waiting goes
on as before.

Django asks for the name of this file.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import OperationalError
from django.db.backends.sqlite3 import base

Result = TypeVar("Result")

#: So many threads of a server may wait as long as SQLite would. Were all of its threads to wait for
#: a file that another program holds, nobody would be told that the server lives, or a crisis line.
MAX_LONG_WAITERS = 4
#: Those beyond wait so long, and hear that the file is locked while they can still be answered.
SHORT_WAIT_SECONDS = 2.0


class WriteQueue:
    """One writer at a time of this process, and how many wait for their turn."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._counting = threading.Lock()
        self.waiting = 0

    def wait(self, seconds: float) -> bool:
        """Take the turn; return False after the timeout, sooner in a long queue."""
        with self._counting:
            self.waiting += 1
            is_long = self.waiting > MAX_LONG_WAITERS
        try:
            return self._turn.acquire(
                timeout=min(seconds, SHORT_WAIT_SECONDS) if is_long else seconds
            )
        finally:
            with self._counting:
                self.waiting -= 1

    def leave(self) -> None:
        """Release the turn."""
        self._turn.release()


_write_queue = WriteQueue()
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class Cursor(base.SQLiteCursorWrapper):
    """A cursor whose single writes take a turn as well."""

    turns: "DatabaseWrapper"

    def execute(self, query: str, params: Any = None) -> Any:
        """Run a statement, in its turn if it writes outside a transaction."""
        if self.turns.in_atomic_block or not query.lstrip()[:7].upper().startswith(_WRITES):
            return super().execute(query, params)
        return self.turns.in_turn(lambda: super(Cursor, self).execute(query, params))


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that holds the process's turn from BEGIN to COMMIT."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_turn = False
        #: Where somebody waits shorter than usual (``backend.kit.db.claims``).
        self.lock_wait_seconds: float | None = None

    def create_cursor(self, name: str | None = None) -> Cursor:
        """Make a cursor that knows whose turn it takes."""
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        cursor.turns = self
        return cursor

    def in_turn(self, work: Callable[[], Result]) -> Result:
        """Do one write while no other thread of this process writes."""
        if self.has_turn:
            return work()
        self._take_turn()
        try:
            return work()
        finally:
            self._end_turn()

    def _take_turn(self) -> None:
        if not self.has_turn:
            # As long as SQLite itself would wait; then the writer hears that the file is locked.
            if not _write_queue.wait(
                self.lock_wait_seconds or self.settings_dict["OPTIONS"].get("timeout", 5.0)
            ):
                raise OperationalError("database is locked")
            self.has_turn = True

    def _end_turn(self) -> None:
        if self.has_turn:
            self.has_turn = False
            _write_queue.leave()

    def set_autocommit(
        self,
        autocommit: bool,  # noqa: FBT001 (Django's signature)
        force_begin_transaction_with_broken_autocommit: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        """Begin a transaction in its turn, or go back to statements that stand alone."""
        begins = force_begin_transaction_with_broken_autocommit and not autocommit
        takes_turn = begins and not self.has_turn
        if takes_turn:
            self._take_turn()
        try:
            super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)
        except BaseException:
            if takes_turn:
                self._end_turn()
            raise

    def commit(self) -> None:
        """Commit, and end the turn."""
        try:
            super().commit()
        finally:
            self._end_turn_outside_of_blocks()

    def rollback(self) -> None:
        """Roll back, and end the turn."""
        try:
            super().rollback()
        finally:
            self._end_turn_outside_of_blocks()

    def _end_turn_outside_of_blocks(self) -> None:
        # Django has left the outermost block by then; within one it refuses to do either.
        if not self.in_atomic_block:
            self._end_turn()

    def close(self) -> None:
        """Close the connection, which ends what was under way, and the turn."""
        try:
            super().close()
        finally:
            if self.connection is None or self.closed_in_transaction:
                self._end_turn()
