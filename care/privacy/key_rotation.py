"""Key rotation: reseal everything under the newest master key while the service runs (R32).

Each row is changed by one conditional update of its own: whoever wrote it meanwhile wins, and the
row is looked at again. Stopping half-way loses nothing, and running again goes on from there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import models
from django.db.models import F
from django.db.models.functions import Cast

from backend.kit.crypto import DecryptionFailed, MasterKeys, master_keys
from backend.kit.db.claims import claim
from backend.kit.handling import Key, handled_models
from backend.kit.sealed_fields import SealedField, seal, unseal

#: So many rows are fetched at a time, by their keys.
BATCH = 500
#: A row that others keep writing is tried so often before it is left to the next run.
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column that is sealed under the ring itself, and to what each of its rows is bound."""

    name: str
    model: type[models.Model]
    column: str
    bound_to: Callable[[Any], str] = str

    @property
    def sealed(self) -> SealedField | None:
        """Find the field where the column seals itself; its rows are read as the bytes they are."""
        model_field = self.model._meta.get_field(self.column)
        return model_field if isinstance(model_field, SealedField) else None

    def rows(self) -> "models.QuerySet[Any]":
        """Select its rows, with ``raw``: what stands in the column."""
        raw: Any = Cast(self.column, models.BinaryField()) if self.sealed else F(self.column)
        return self.model._default_manager.annotate(raw=raw)

    def renewed(self, value: Any, *, pk: Any, ring: MasterKeys) -> Any:
        """Seal the same again under the key that seals now.

        :raises DecryptionFailed: when no key of the ring opens it.
        """
        if self.sealed is not None:
            column = self.sealed.bound_to
            return seal(unseal(value, column=column), column=column)
        return ring.renew(bytes(value), bound_to=self.bound_to(pk))


@dataclass(frozen=True, slots=True)
class RotationResult:
    """What a run did: rows moved, and each row that is not under the newest key, with why."""

    moved: dict[str, int]
    left: tuple[tuple[str, str, str], ...]
    #: The same of columns that seal themselves (``backend.kit.sealed_fields``).
    columns: dict[str, int] = field(default_factory=dict)


def columns_under_the_ring() -> list[SealedColumn]:
    """List the columns that tables declare as sealed under the ring, each bound to its row."""
    return [
        SealedColumn(sealed.bound_to, model, column, partial(_bound_to_row, sealed.bound_to))
        for model, handling in handled_models()
        for column, sealed in handling.sealed.items()
        if sealed.key is Key.RING
    ]


def self_sealing_columns() -> list[SealedColumn]:
    """List every column that seals itself, in every room."""
    return [
        SealedColumn(f"{model._meta.label}.{column.name}", model, column.name)
        for model, _ in handled_models()
        for column in model._meta.concrete_fields
        if isinstance(column, SealedField)
    ]


def rotate_keys() -> RotationResult:
    """Reseal every row under the newest key of the ring, then check all of them once more.

    A row that can't be opened is reported and left as it is: nothing is skipped silently.
    """
    ring = master_keys()
    declared, themselves = columns_under_the_ring(), self_sealing_columns()
    moved = {place.name: sum(_rotate_column(place, ring)) for place in declared}
    columns = {place.name: sum(_rotate_column(place, ring)) for place in themselves}
    left = [
        (place.name, str(pk), _failure_reason(place, ring, pk, value))
        for place in (*declared, *themselves)
        for pk, value in _rows(place)
        if not _is_current(place, ring, value)
    ]
    return RotationResult(moved, tuple(left), columns)


def _bound_to_row(name: str, pk: Any) -> str:
    return f"{name}|{pk}"


def _rotate_column(place: SealedColumn, ring: MasterKeys) -> Iterator[bool]:
    for pk, value in _rows(place):
        yield _rotate_row(place, ring, pk, value)


def _rotate_row(place: SealedColumn, ring: MasterKeys, pk: Any, value: Any) -> bool:
    for _ in range(MOST_TRIES):
        if value is None or _is_current(place, ring, value):
            return False
        fresh = _reseal(place, ring, pk, value)
        if fresh is None:
            return False
        row = place.rows().filter(pk=pk, raw=value)
        if claim(row, **{place.column: fresh}):
            return True
        value = _value(place, pk)
    return False


def _rows(place: SealedColumn) -> Iterator[tuple[Any, Any]]:
    """Read the values of a column by key, a batch at a time, so that no read stays open long."""
    rows = place.rows().filter(**{f"{place.column}__isnull": False}).order_by("pk")
    last = None
    while True:
        after = rows if last is None else rows.filter(pk__gt=last)
        batch = list(after.values_list("pk", "raw")[:BATCH])
        yield from batch
        if len(batch) < BATCH:
            return
        last = batch[-1][0]


def _value(place: SealedColumn, pk: Any) -> Any:
    return place.rows().filter(pk=pk).values_list("raw", flat=True).first()


def _is_current(place: SealedColumn, ring: MasterKeys, value: Any) -> bool:
    return (place.sealed is not None and not value) or ring.is_current(bytes(value))


def _reseal(place: SealedColumn, ring: MasterKeys, pk: Any, value: Any) -> Any | None:
    try:
        return place.renewed(value, pk=pk, ring=ring)
    except DecryptionFailed:
        return None


def _failure_reason(place: SealedColumn, ring: MasterKeys, pk: Any, value: Any) -> str:
    return "unreadable" if _reseal(place, ring, pk, value) is None else "written meanwhile"
