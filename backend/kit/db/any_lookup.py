"""``__among``: like ``__in``, with one parameter however many values there are.

With a placeholder for each, a statement of 500 is compiled, split and planned anew whenever another
number is asked for (measured: a quarter of our own time in sending). One text is prepared once.
"""

import json
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models.fields.related import ForeignObject
from django.db.models.lookups import Lookup


class AnyLookup(Lookup):
    """``column = ANY(array)`` on PostgreSQL, and the values of one JSON text on SQLite."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return the SQL for SQLite, which keeps ids as text without dashes."""
        column, params = self.process_lhs(compiler, connection)
        values = as_array_param(self.rhs, connection)
        return f"{column} IN (SELECT value FROM json_each(%s))", (*params, values)  # noqa: S608 (a column of ours)

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return the SQL for PostgreSQL."""
        column, params = self.process_lhs(compiler, connection)
        kind = _target_field(self.lhs.output_field).rel_db_type(connection)
        return f"{column} = ANY(%s::{kind}[])", (*params, as_array_param(self.rhs, connection))


class IdArray(tuple[Any, ...]):
    """Ids that are the parameter of several statements, converted for the database once."""

    text: str | None = None


def uuid_hex(value: UUID) -> str:
    """Return an id without dashes, which both databases read, in a third of ``str``'s time."""
    return f"{value.int:032x}"


def as_array_param(values: Collection[Any], connection: Any) -> str:
    """Return ids or numbers as the one parameter of the lookup."""
    if isinstance(values, IdArray) and values.text is not None:
        return values.text
    texts = [uuid_hex(value) if isinstance(value, UUID) else value for value in values]
    if connection.vendor == "postgresql":
        text = "{" + ",".join(map(str, texts)) + "}"
    else:
        text = json.dumps(texts)
    if isinstance(values, IdArray):
        values.text = text
    return text


def _target_field(field: Any) -> Any:
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return field


def register_any_lookup() -> None:
    """Register the lookup for ids and foreign keys."""
    for field in (models.UUIDField, models.AutoField, models.BigAutoField, ForeignObject):
        field.register_lookup(AnyLookup)
