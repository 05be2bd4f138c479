"""Rows that many tests need alike: captured as they are written once, and written again in bulk."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import Any

from django.db import connection

#: Values of rows by the statement that inserts them, in the order in which tables were first met.
Rows = Mapping[str, list[Any]]


@contextmanager
def captured() -> Iterator[Rows]:
    """Collect what is inserted within, with its values; other statements are left out."""
    rows: dict[str, list[Any]] = {}

    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("INSERT INTO "):
            assert not many
            rows.setdefault(sql, []).append(params)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        yield rows


def repeat(rows: Rows) -> None:
    """Insert the rows again, with the keys and instants that they had."""
    with connection.cursor() as cursor:
        for statement, values in rows.items():
            head, _, one = statement.partition(" VALUES ")
            several = ", ".join([one] * len(values))
            cursor.execute(f"{head} VALUES {several}", [*chain.from_iterable(values)])
