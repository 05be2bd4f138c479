"""Writing many rows in one statement, however many they are, on both databases.

Django's own bulk writes split at 999 parameters on SQLite and build one CASE per row for updates:
at 500 reminders that was five times the time of the claim itself. PostgreSQL takes the rows as one
array per column; SQLite, which is asked without a network between, takes them one after another
(measured: a third of the time of reading them from one JSON text).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from types import NoneType
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, models, transaction

from backend.kit.among import hexed

Rows = Sequence[Sequence[Any]]
Writer = Callable[[Any], Any]


def insert_all(model: type[models.Model], names: Sequence[str], rows: Rows) -> None:
    """Insert rows; columns that are not named take the database's own default, or null."""
    if rows:
        _insert(model, names, rows, "")


def insert_new(model: type[models.Model], names: Sequence[str], rows: Rows) -> int:
    """Insert rows, leave alone those whose unique key exists; return how many were new."""
    return _insert(model, names, rows, " ON CONFLICT DO NOTHING") if rows else 0


def update_each(
    model: type[models.Model], names: Sequence[str], rows: Rows, *, keys: int = 1
) -> int:
    """Give each row its own values; the first ``keys`` names say which row it is.

    A row that no longer has these key values is left alone. Return how many were changed.
    """
    if not rows:
        return 0
    fields = [_field(model, name) for name in names]
    columns = [_column(field) for field in fields]
    values = _written(fields, rows)
    if connection.vendor != "postgresql":
        changes = ", ".join(f"{column} = %s" for column in columns[keys:])
        same = " AND ".join(f"{column} = %s" for column in columns[:keys])
        return _run_many(
            f"UPDATE {_table(model)} SET {changes} WHERE {same}",  # noqa: S608 (own names)
            list(zip(*values[keys:], *values[:keys], strict=True)),
        )
    changes = ", ".join(f"{column} = v.{column}" for column in columns[keys:])
    same = " AND ".join(f"{_table(model)}.{column} = v.{column}" for column in columns[:keys])
    return _run(
        f"UPDATE {_table(model)} SET {changes} FROM {_arrays(fields)} AS v({', '.join(columns)}) "  # noqa: S608 (own names)
        f"WHERE {same}",
        values,
    )


def _insert(model: type[models.Model], names: Sequence[str], rows: Rows, ending: str) -> int:
    fields = [_field(model, name) for name in names]
    columns = ", ".join(_column(field) for field in fields)
    into = f"INSERT INTO {_table(model)} ({columns})"
    values = _written(fields, rows)
    if connection.vendor == "postgresql":
        return _run(f"{into} SELECT * FROM {_arrays(fields)}{ending}", values)  # noqa: S608 (own names)
    holders = ", ".join(["%s"] * len(fields))
    return _run_many(f"{into} VALUES ({holders}){ending}", list(zip(*values, strict=True)))


def _written(fields: "Sequence[models.Field[Any, Any]]", rows: Rows) -> list[list[Any]]:
    """Turn the rows into columns, each value as its column is written."""
    return [
        [write(row[place]) if write and row[place] is not None else row[place] for row in rows]
        for place, write in enumerate(map(_writer, fields))
    ]


def _arrays(fields: "Sequence[models.Field[Any, Any]]") -> str:
    holders = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
    return f"unnest({holders})"


def _writer(field: "models.Field[Any, Any]") -> Writer | None:
    """Find how a column's values are written; None where they are written as they are.

    It is asked once a column. Django's own way, asked once a value, took half the time of a claim.
    """
    if connection.vendor == "postgresql":
        return _json if isinstance(field, models.JSONField) else None
    if isinstance(field, models.JSONField):
        return lambda value: field.get_db_prep_save(value, connection)
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return _SQLITE.get(field.get_internal_type())


def _naive(value: datetime) -> str:
    return str(value.astimezone(UTC).replace(tzinfo=None))


#: What SQLite keeps as text, as Django's own backend writes it.
_SQLITE: dict[str, Writer] = {"UUIDField": hexed, "DateTimeField": _naive, "DateField": str}


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _quoted(value: Any) -> str:
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _bytes(value: Any) -> str:
    return f'"\\\\x{value.hex()}"'


#: What stands in an array of PostgreSQL without quotes, or in quotes of its own.
_PLAIN: dict[type, Callable[[Any], str]] = {
    NoneType: lambda _: "NULL", bool: str, int: str, float: repr, UUID: hexed, bytes: _bytes,
    memoryview: _bytes, date: str, datetime: datetime.isoformat,
}  # fmt: skip


def _array(values: Sequence[Any]) -> str:
    """Write one column as PostgreSQL reads an array.

    psycopg's own lists, escaped value by value, took longer than the insertion of a hundred rows.
    """
    first = values[0]
    kinds = set(map(type, values))
    if len(set(map(id, values))) == 1:
        # Most columns of a batch say one thing.
        texts: Iterable[str] = [_PLAIN.get(type(first), _quoted)(first)] * len(values)
    elif len(kinds) == 1:
        texts = map(_PLAIN.get(kinds.pop(), _quoted), values)
    else:
        texts = [_PLAIN.get(type(value), _quoted)(value) for value in values]
    return "{" + ",".join(texts) + "}"


def _run(sql: str, columns: Sequence[Sequence[Any]]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, [_array(values) for values in columns])
        return int(cursor.rowcount)


def _run_many(sql: str, rows: Sequence[Sequence[Any]]) -> int:
    # All or none, like the one statement that it stands for; free inside a transaction.
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.executemany(sql, rows)
        return int(cursor.rowcount)


def _column(field: "models.Field[Any, Any]") -> str:
    return connection.ops.quote_name(str(field.column))


def _field(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field):
        raise TypeError(f"{name} is not a column")
    return field


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)
