"""Statements of the hottest paths, compiled by Django once and then only executed.

Compiling takes longer than answering when every request asks the same (measured: more than half of
the time that recording an entry took). What is asked, and how values are converted, stays Django's.
"""

import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.expressions import Col

from backend.kit.db.bulk import IdArray, as_array_param
from backend.kit.sealed_fields import SealedField

#: Values that every database takes as they are, unless the column is JSON.
_UNCONVERTED_TYPES = frozenset({str, int, bool, float, type(None)})
#: How many lengths of lists are kept compiled, for each look-up and thread.
MAX_COMPILED_LENGTHS = 64
#: How psycopg is asked for binary columns. Django's own way reads instants from text, in Python
#: (measured: 20 microseconds each, three an entry).
_BINARY = 1


class CompiledQuery:
    """A query that Django compiles once, run with changing parameters.

    ``build`` makes a ``values_list`` queryset from one value per parameter, each used in a plain
    comparison; ``fields`` are the columns that they are compared with. A parameter may be a list,
    for ``__in``: each length is compiled for itself; or ``bulk.IdArray``, for ``__among``, which
    is compiled once. Any thread may ask.
    """

    def __init__(
        self, build: "Callable[..., models.QuerySet[Any, Any]]", **fields: "models.Field[Any, Any]"
    ) -> None:
        self.build = build
        self.fields = fields
        self.own = threading.local()

    def first(self, **values: Any) -> tuple[Any, ...] | None:
        """Run the query; return the first row with values as Django gives them, or None."""
        return next(iter(self._asked(values, only_first=True)), None)

    def all(self, **values: Any) -> list[tuple[Any, ...]]:
        """Run the query; return every row with values as Django gives them."""
        return self._asked(values, only_first=False)

    def _asked(self, values: Mapping[str, Any], *, only_first: bool) -> list[tuple[Any, ...]]:
        statement = self._statement(values)
        if statement is _EMPTY_STATEMENT:
            return []
        params = dict(self._adapted(values))
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.cursor.format = _BINARY
            cursor.execute(statement.sql, [params.get(at, at) for at in statement.order])
            if only_first:
                row = cursor.fetchone()
                rows = [] if row is None else [row]
            else:
                rows = cursor.fetchall()
        return statement.converted(rows) if statement.converters and rows else rows

    def _adapted(self, values: Mapping[str, Any]) -> "Iterator[tuple[Hashable, Any]]":
        for name, field in self.fields.items():
            given = values[name]
            if isinstance(given, IdArray):
                yield _ParamSlot(name), as_array_param(given, connection)
            elif isinstance(given, list):
                for number, one in enumerate(given):
                    yield _ParamSlot(name, number), field.get_db_prep_value(one, connection)
            else:
                yield _ParamSlot(name), field.get_db_prep_value(given, connection)

    def _statement(self, values: Mapping[str, Any]) -> "_Statement":
        lengths = tuple(len(one) for one in values.values() if isinstance(one, list))
        known: dict[tuple[int, ...], _Statement] = self.own.__dict__.setdefault("known", {})
        if lengths not in known:
            if len(known) >= MAX_COMPILED_LENGTHS:
                known.clear()
            known[lengths] = self._compiled(values)
        return known[lengths]

    def _compiled(self, values: Mapping[str, Any]) -> "_Statement":
        unlike = count(uuid4().int % 1_000_000)
        samples = {
            name: _sample_values(field, values[name], unlike) for name, field in self.fields.items()
        }
        compiler: Any = self.build(**samples).query.get_compiler(connection=connection)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            return _EMPTY_STATEMENT
        places = {repr(value): place for place, value in self._adapted(samples)}
        expressions = [column[0] for column in compiler.select[: compiler.col_count]]
        return _Statement(
            sql,
            # A parameter that is no sample, such as a constant of the queryset, stays as it is.
            tuple(places.get(repr(param), param) for param in params),
            tuple(
                (place, _column_reader(converters, expression))
                for place, (converters, expression) in compiler.get_converters(expressions).items()
                if not _is_driver_converted(expression)
            ),
        )


@dataclass(frozen=True, slots=True)
class _ParamSlot:
    """Where a parameter's value goes."""

    name: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class _Statement:
    """What Django compiled: the SQL, its parameters, and how columns are read."""

    sql: str
    order: tuple[Any, ...]
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]

    def converted(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Convert rows as Django does; no field reads a null as anything else."""
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for place, read in self.converters:
            columns[place] = [None if value is None else read(value) for value in columns[place]]
        return list(zip(*columns, strict=True))


#: What Django knows to have no rows without asking: an empty list.
_EMPTY_STATEMENT = _Statement("", (), ())


def _is_driver_converted(expression: Any) -> bool:
    """Whether the driver reads a column by itself: PostgreSQL's own JSON, in binary."""
    return connection.vendor == "postgresql" and isinstance(
        expression.output_field, models.JSONField
    )


def _column_reader(converters: Sequence[Any], expression: Any) -> Callable[[Any], Any]:
    """Return the converter of a column's values that are not null."""
    field = expression.output_field
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    read = _READERS.get(field.get_internal_type())
    if read is not None and isinstance(expression, Col):
        return read

    def as_django(value: Any) -> Any:
        for convert in converters:
            value = convert(value, expression, connection)
        return value

    return as_django


def _with_utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC)


def _uuid_from_hex(text: str) -> UUID:
    return UUID(int=int(text, 16))


#: What Django converts, value by value, of what SQLite's driver gives: ids are text there, and
#: instants have no zone. Django's own way asks of each value what only its column can tell.
_READERS: dict[str, Callable[[Any], Any]] = {
    "UUIDField": _uuid_from_hex, "DateTimeField": _with_utc, "BooleanField": bool,
    "JSONField": orjson.loads,
}  # fmt: skip


def insert_row(model: type[models.Model], **values: Any) -> None:
    """Insert one row; fields left out take their default, or null.

    Like ``save(force_insert=True)`` without making an instance or learning the new key.
    """
    _insert(model, values)


def upsert_row(
    model: type[models.Model], unique: tuple[str, ...], changed: tuple[str, ...], **values: Any
) -> None:
    """Insert one row, or change the ``changed`` fields of the one with these ``unique`` values."""
    _insert(model, values, unique, changed)


def _insert(
    model: type[models.Model],
    values: Mapping[str, Any],
    unique: tuple[str, ...] = (),
    changed: tuple[str, ...] = (),
) -> None:
    columns = _columns(model)
    given = dict(values)
    for name, column in columns.items():
        if name not in given and column.has_default():
            given[name] = column.get_default()
    params = [_adapted(columns[name], value) for name, value in given.items()]
    with connection.cursor() as cursor:
        cursor.execute(_insert_sql(model, tuple(given), unique, changed), params)


def _adapted(column: "models.Field[Any, Any]", value: Any) -> Any:
    if type(value) in _UNCONVERTED_TYPES and not isinstance(column, models.JSONField | SealedField):
        return value
    return column.get_db_prep_save(value, connection)


@cache
def _columns(model: type[models.Model]) -> "dict[str, models.Field[Any, Any]]":
    return {field.attname: field for field in model._meta.concrete_fields}


@cache
def _insert_sql(
    model: type[models.Model],
    names: tuple[str, ...],
    unique: tuple[str, ...],
    changed: tuple[str, ...],
) -> str:
    columns = _columns(model)

    def listed(chosen: tuple[str, ...], form: str = "{}") -> str:
        quoted = (connection.ops.quote_name(str(columns[name].column)) for name in chosen)
        return ", ".join(map(form.format, quoted))

    table, places = connection.ops.quote_name(model._meta.db_table), ", ".join(["%s"] * len(names))
    sql = f"INSERT INTO {table} ({listed(names)}) VALUES ({places})"  # noqa: S608 (own names)
    if not unique:
        return sql
    changes = listed(changed, "{0} = EXCLUDED.{0}")
    return f"{sql} ON CONFLICT ({listed(unique)}) DO UPDATE SET {changes}"


def _sample_values(field: "models.Field[Any, Any]", given: Any, unlike: Iterator[int]) -> Any:
    """Return values of the given shape, unlike any other."""
    if isinstance(given, IdArray):
        return IdArray([_sample_value(field, next(unlike))])
    if isinstance(given, list):
        return [_sample_value(field, next(unlike)) for _ in given]
    return _sample_value(field, next(unlike))


def _sample_value(field: "models.Field[Any, Any]", number: int) -> Any:
    """Return a value that no queryset has as a constant, unique by number."""
    if isinstance(field, models.DateTimeField):
        return datetime(1970, 1, 1, microsecond=number % 1_000_000, tzinfo=UTC)
    if isinstance(field, models.DateField):
        return date.fromordinal(1 + number)
    if isinstance(field, models.IntegerField):
        return -(2**40) - number
    if isinstance(field, models.CharField):
        return f"sample {number} {uuid4()}"
    return uuid4()
