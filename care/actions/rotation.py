"""Moving everything under the newest master key while the service runs (SECURITY R32).

Each row is changed by one conditional update of its own: whoever wrote it meanwhile wins, and the
row is looked at again. Stopping half-way loses nothing, and running again goes on from there.
"""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import models

from backend.kit.cipher import MasterKeys, Unreadable, master_keys
from backend.kit.rows import claim
from care.models import CounsellingKey, IdempotencyKey, Patient, PendingFactor, User

#: So many rows are fetched at a time, by their keys.
BATCH = 500
#: A row that others keep writing is tried so often before it is left to the next run.
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A column that is sealed under the ring itself, and to what each of its rows is bound."""

    name: str
    model: type[models.Model]
    column: str
    bound_to: Callable[[Any], str]
    #: The value's sealed bytes, and the value with other sealed bytes in their place.
    read: Callable[[Any], bytes] = bytes
    put: Callable[[Any, bytes], Any] = lambda _, sealed: sealed
    only: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a run did: rows moved, and each row that is not under the newest key, with why."""

    moved: dict[str, int]
    left: tuple[tuple[str, str, str], ...]


PLACES = (
    Place("data-key", Patient, "wrapped_key", lambda pk: f"data-key|{pk}"),
    Place("counselling-key", CounsellingKey, "wrapped_key", lambda pk: f"counselling-key|{pk}"),
    Place("email", User, "sealed_email", lambda pk: f"email|{pk}"),
    Place("pending", PendingFactor, "sealed_secret", lambda pk: f"pending|{pk}"),
    Place("idempotency", IdempotencyKey, "sealed_answer", lambda pk: f"idempotency|{pk}"),
    Place(
        "allauth",
        Authenticator,
        "data",
        lambda _: "allauth",
        read=lambda data: base64.b64decode(data["secret"]),
        put=lambda data, sealed: {**data, "secret": base64.b64encode(sealed).decode()},
        only={"type": Authenticator.Type.TOTP},
    ),
)


def rotate() -> Rotation:
    """Put every row under the newest key of the ring, then look through all of them once more.

    A row that can't be opened is told and left as it is: nothing is skipped silently.
    """
    ring = master_keys()
    moved = {place.name: sum(_moves(place, ring)) for place in PLACES}
    left = [
        (place.name, str(pk), _why(place, ring, pk, value))
        for place in PLACES
        for pk, value in _rows(place)
        if not _is_current(place, ring, value)
    ]
    return Rotation(moved, tuple(left))


def _moves(place: Place, ring: MasterKeys) -> Iterator[bool]:
    for pk, value in _rows(place):
        yield _is_moved(place, ring, pk, value)


def _is_moved(place: Place, ring: MasterKeys, pk: Any, value: Any) -> bool:
    for _ in range(MOST_TRIES):
        if value is None or _is_current(place, ring, value):
            return False
        fresh = _renewed(place, ring, pk, value)
        if fresh is None:
            return False
        row = place.model._default_manager.filter(pk=pk, **{place.column: value})
        if claim(row, **{place.column: fresh}):
            return True
        value = _value(place, pk)
    return False


def _rows(place: Place) -> Iterator[tuple[Any, Any]]:
    """List what a place holds by key, a batch at a time, so that no read stays open for long."""
    held = place.only | {f"{place.column}__isnull": False}
    rows = place.model._default_manager.filter(**held).order_by("pk")
    last = None
    while True:
        after = rows if last is None else rows.filter(pk__gt=last)
        batch = list(after.values_list("pk", place.column)[:BATCH])
        yield from batch
        if len(batch) < BATCH:
            return
        last = batch[-1][0]


def _value(place: Place, pk: Any) -> Any:
    rows = place.model._default_manager.filter(pk=pk)
    return rows.values_list(place.column, flat=True).first()


def _is_current(place: Place, ring: MasterKeys, value: Any) -> bool:
    try:
        return ring.is_current(place.read(value))
    except (KeyError, ValueError, TypeError):
        return False


def _renewed(place: Place, ring: MasterKeys, pk: Any, value: Any) -> Any | None:
    try:
        fresh = ring.renew(place.read(value), bound_to=place.bound_to(pk))
    except (Unreadable, KeyError, ValueError, TypeError):
        return None
    return place.put(value, fresh)


def _why(place: Place, ring: MasterKeys, pk: Any, value: Any) -> str:
    return "unreadable" if _renewed(place, ring, pk, value) is None else "written meanwhile"
