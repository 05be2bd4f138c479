"""Sealing the access log, a minute behind.

A hash chain written with every row lowered the throughput of writes to 0.14 (SECURITY §1); a seal a
minute costs nothing. Rows get their numbers before they are committed, so a stretch is sealed only
when every transaction that could still fill a number in it has ended.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import connection, transaction

from backend.kit import actors
from backend.kit.cipher import fingerprint
from care.audit import anchors
from care.models import AccessLogEntry, AuditSeal

#: Statements end after 10 s and idle transactions after 30 s (settings), so a number that was
#: given out a minute ago is committed or will never be.
SETTLED = timedelta(seconds=60)
#: A number left empty is looked at again for so long; what appears there is sealed late.
LOOKED_BACK = timedelta(hours=24)
LARGEST = 50_000
#: Before the first seal.
NOTHING = b"\x00" * 32

COLUMNS = tuple(field.attname for field in AccessLogEntry._meta.concrete_fields)


@actors.acting_as(actors.SEALING)
def seal(*, now: datetime) -> int:
    """Seal what has settled; return how many rows were sealed.

    Two sealers at once seal nothing twice: they take turns, and the second finds nothing left.
    """
    total = 0
    while sealed := _seal_next(now):
        total += sealed
        if sealed < LARGEST:
            break
    anchors.write_missing()
    return total


def canonical(row: Iterable[Any]) -> bytes:
    """Write a row of the log so that equal rows, and only those, are equal bytes."""
    return orjson.dumps([_plain(value) for value in row], option=orjson.OPT_UTC_Z)


def chained(before: bytes, rows: Iterable[Iterable[Any]]) -> tuple[bytes, int]:
    """Fingerprint rows after the seal before them; return the hash and how many rows it holds."""
    total, count = hashlib.sha256(before), 0
    for row in rows:
        total.update(hashlib.sha256(canonical(row)).digest())
        count += 1
    return total.digest(), count


def signature_of(found: AuditSeal) -> str:
    """Sign what a seal says, under the server's key."""
    said = [found.first_id, found.last_id, found.rows, found.gaps, found.is_late,
            bytes(found.hash).hex()]  # fmt: skip
    return fingerprint(orjson.dumps(said).decode(), purpose="audit-seal")


def rows_between(first: int, last: int) -> Iterator[tuple[Any, ...]]:
    """Read a stretch of the log in order, in pieces."""
    found = AccessLogEntry.objects.filter(id__gte=first, id__lte=last).order_by("id")
    return found.values_list(*COLUMNS).iterator(chunk_size=2_000)


def last_seal() -> AuditSeal | None:
    """Find the newest seal."""
    return AuditSeal.objects.order_by("-id").first()


def _seal_next(now: datetime) -> int:
    with transaction.atomic():
        _take_turn()
        before = last_seal()
        late = _late_rows(now)
        if late:
            return _write(before, late, gaps=[], is_late=True, now=now)
        done = _last_sealed_id()
        settled = (
            AccessLogEntry.objects.filter(id__gt=done, at__lte=now - SETTLED)
            .order_by("-id").values_list("id", flat=True).first()
        )  # fmt: skip
        if settled is None:
            return 0
        last = min(settled, done + LARGEST)
        rows = list(rows_between(done + 1, last))
        there = {row[0] for row in rows}
        gaps = [number for number in range(done + 1, last + 1) if number not in there]
        return _write(before, rows, gaps=gaps, is_late=False, now=now, span=(done + 1, last))


def _write(
    before: AuditSeal | None,
    rows: list[tuple[Any, ...]],
    *,
    gaps: list[int],
    is_late: bool,
    now: datetime,
    span: tuple[int, int] | None = None,
) -> int:
    first, last = span or (rows[0][0], rows[-1][0])
    digest, count = chained(bytes(before.hash) if before else NOTHING, rows)
    made = AuditSeal(
        first_id=first, last_id=last, rows=count, gaps=gaps, is_late=is_late,
        hash=digest, sealed_at=now,
    )  # fmt: skip
    made.signature = signature_of(made)
    made.save(force_insert=True)
    return max(count, 1)


def _late_rows(now: datetime) -> list[tuple[Any, ...]]:
    """Find rows that appeared under numbers which were empty when their stretch was sealed."""
    recent = AuditSeal.objects.filter(sealed_at__gte=now - LOOKED_BACK)
    empty = {number for gaps in recent.filter(is_late=False).values_list("gaps", flat=True)
             for number in gaps}  # fmt: skip
    if not empty:
        return []
    known = {
        number
        for first, last in recent.filter(is_late=True).values_list("first_id", "last_id")
        for number in range(first, last + 1)
    }
    # One seal for each: a late seal spans nothing that it doesn't hold.
    looked_for = sorted(empty - known)
    for start in range(0, len(looked_for), 1_000):
        numbers = looked_for[start : start + 1_000]
        found = AccessLogEntry.objects.filter(id__in=numbers).order_by("id")
        if rows := list(found.values_list(*COLUMNS)[:1]):
            return rows
    return []


def _last_sealed_id() -> int:
    found = AuditSeal.objects.filter(is_late=False).order_by("-id").first()
    return found.last_id if found else 0


def _take_turn() -> None:
    """Let one sealer work at a time; on SQLite the write lock of the transaction does that."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('between.audit.seal'))")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime) or value is None or isinstance(value, int | str):
        return value
    return str(value)
