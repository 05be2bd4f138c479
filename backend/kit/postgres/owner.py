"""Working as who owns the tables, for what serving must not be able to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection

#: What says where a database is, and who asks.
PLACE = ("NAME", "USER", "PASSWORD", "HOST", "PORT")
#: A migration, a backup and a purge take as long as they take, on one connection.
_SERVING_ALONE = ("pool", "options")


@contextmanager
def as_owner() -> Iterator[None]:
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
        name: value for name, value in place["OPTIONS"].items() if name not in _SERVING_ALONE
    }
    place.update(
        {name: settings.OWNER_DATABASE[name] for name in PLACE},
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
