"""Reading from a newer copy of the database what had ended after a backup was taken.

The copy may be what is left of a broken server: it is only read, as far as it can be.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from uuid import UUID

#: Tables of what somebody takes back, which a restore would let hold again.
ENDED = ("care_consent", "care_devicesession")
_ASKED = "SELECT id, revoked_at FROM {} WHERE revoked_at IS NOT NULL ORDER BY revoked_at, id"


def ended_in(place: str) -> Iterator[tuple[str, UUID, datetime]]:
    """Read table, id and instant of all that had ended by a file or a ``postgres://`` address.

    :raises OSError: the copy can't be read.
    """
    read = _from_postgres if place.startswith("postgres") else _from_sqlite
    for table in ENDED:
        for key, at in read(place, _ASKED.format(table)):
            when = at if isinstance(at, datetime) else datetime.fromisoformat(str(at))
            yield table, UUID(str(key)), when if when.tzinfo else when.replace(tzinfo=UTC)


def _from_sqlite(place: str, asked: str) -> list[tuple[object, object]]:
    try:
        with closing(sqlite3.connect(f"{Path(place).absolute().as_uri()}?mode=ro", uri=True)) as it:
            return list(it.execute(asked))
    except sqlite3.Error as error:
        raise OSError(f"{place}: {error}") from None


def _from_postgres(place: str, asked: str) -> list[tuple[object, object]]:
    psycopg = import_module("psycopg")  # SQLite's people need none
    try:
        with psycopg.connect(place) as there:
            there.execute("SELECT set_config('app.actor', 'operator', false)")
            return [(row[0], row[1]) for row in there.execute(asked.encode())]
    except psycopg.Error as error:
        raise OSError(f"the newer database: {type(error).__name__}") from None
