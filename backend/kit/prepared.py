"""Statements of the hottest paths, compiled by Django once and then only executed.

Compiling takes longer than answering when every request asks the same (measured: more than half of
the time that recording an entry took). What is asked, and how values are converted, stays Django's.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import uuid4

from django.db import connection, models

#: Values that every database takes as they are, unless the column is JSON.
_AS_IT_IS = frozenset({str, int, bool, float, type(None)})


class Prepared:
    """One look-up with changing parameters.

    ``build`` makes a ``values_list`` queryset from one value per parameter, each used in a plain
    comparison; ``fields`` are the columns that they are compared with. Any thread may ask.
    """

    def __init__(
        self, build: "Callable[..., models.QuerySet[Any, Any]]", **fields: "models.Field[Any, Any]"
    ) -> None:
        self.build = build
        self.fields = fields
        self.own = threading.local()

    def first(self, **values: Any) -> tuple[Any, ...] | None:
        """Ask, and return the first row with values as Django gives them, or None."""
        if not hasattr(self.own, "sql"):
            self._compile()
        params = dict(self._adapted(values))
        with connection.cursor() as cursor:
            cursor.execute(self.own.sql, [params.get(name, name) for name in self.own.order])
            row = cursor.fetchone()
        if row is None:
            return None
        found = list(row)
        for place, (converters, expression) in self.own.converters:
            for convert in converters:
                found[place] = convert(found[place], expression, connection)
        return tuple(found)

    def _adapted(self, values: Mapping[str, Any]) -> Any:
        for name, field in self.fields.items():
            yield name, field.get_db_prep_value(values[name], connection)

    def _compile(self) -> None:
        samples = {name: _sample(field) for name, field in self.fields.items()}
        compiler: Any = self.build(**samples).query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        names = {repr(value): name for name, value in self._adapted(samples)}
        # A parameter that is no sample, such as a constant of the queryset, stays as it is.
        self.own.order = [names.get(repr(param), param) for param in params]
        expressions = [column[0] for column in compiler.select[: compiler.col_count]]
        self.own.converters = list(compiler.get_converters(expressions).items())
        self.own.sql = sql


def insert(model: type[models.Model], **values: Any) -> None:
    """Insert one row; fields left out take their default, or null.

    Like ``save(force_insert=True)`` without making an instance or learning the new key.
    """
    columns = _columns(model)
    given = dict(values)
    for name, column in columns.items():
        if name not in given and column.has_default():
            given[name] = column.get_default()
    params = [_adapted(columns[name], value) for name, value in given.items()]
    with connection.cursor() as cursor:
        cursor.execute(_insert_sql(model, tuple(given)), params)


def _adapted(column: "models.Field[Any, Any]", value: Any) -> Any:
    if type(value) in _AS_IT_IS and not isinstance(column, models.JSONField):
        return value
    return column.get_db_prep_save(value, connection)


@cache
def _columns(model: type[models.Model]) -> "dict[str, models.Field[Any, Any]]":
    return {field.attname: field for field in model._meta.concrete_fields}


@cache
def _insert_sql(model: type[models.Model], names: tuple[str, ...]) -> str:
    quote, columns = connection.ops.quote_name, _columns(model)
    into = ", ".join(quote(str(columns[name].column)) for name in names)
    places = ", ".join(["%s"] * len(names))
    return f"INSERT INTO {quote(model._meta.db_table)} ({into}) VALUES ({places})"  # noqa: S608 (own names)


def _sample(field: "models.Field[Any, Any]") -> Any:
    """Make a value that no queryset has as a constant."""
    if isinstance(field, models.DateTimeField):
        return datetime(1970, 1, 1, microsecond=uuid4().int % 1_000_000, tzinfo=UTC)
    return uuid4()
