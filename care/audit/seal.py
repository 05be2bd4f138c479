"""Seal the access log, a minute behind, and note each seal in an anchor file outside the database.

A hash chain written with every row lowered the throughput of writes to 0.14 (SECURITY §1); a seal a
minute costs nothing. Rows get their numbers before they are committed, so a stretch is sealed only
when every transaction that could still fill a number in it has ended.

A verification finds what was changed, taken out, added or cut off since (SECURITY R10).
"""

import hashlib
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.db import connection, transaction

from backend.kit.crypto import fingerprint
from backend.kit.db import rls_actor
from care.models import AccessLogEntry, AuditSeal

log = logging.getLogger(__name__)
#: Statements end after 10 s and idle transactions after 30 s (settings), so a number that was
#: given out a minute ago is committed or will never be.
SETTLE_AFTER = timedelta(seconds=60)
#: A number left empty is looked at again for so long; what appears there is sealed late.
LATE_ROWS_WITHIN = timedelta(hours=24)
LARGEST_SEAL = 50_000
#: Before the first seal.
GENESIS_HASH = b"\x00" * 32
LOG_COLUMNS = tuple(field.attname for field in AccessLogEntry._meta.concrete_fields)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The line in the anchor file about one seal."""

    seal_id: int
    last_id: int
    hash: str


@rls_actor.acting_as(rls_actor.SEALING_ACTOR)
def seal_access_log(*, now: datetime) -> int:
    """Seal what has settled; return how many rows were sealed.

    Two sealers at once seal nothing twice: they take turns, and the second finds nothing left.
    """
    total = 0
    while sealed := _seal_next(now):
        total += sealed
        if sealed < LARGEST_SEAL:
            break
    write_missing_anchors()
    return total


def last_seal() -> AuditSeal | None:
    """Find the newest seal."""
    return AuditSeal.objects.order_by("-id").first()


def log_rows_between(first: int, last: int) -> Iterator[tuple[Any, ...]]:
    """Read the rows of the log from one id to another, in batches."""
    rows = AccessLogEntry.objects.filter(id__gte=first, id__lte=last).order_by("id")
    return rows.values_list(*LOG_COLUMNS).iterator(chunk_size=2_000)


def canonical_bytes(row: Iterable[Any]) -> bytes:
    """Serialize a row of the log so that equal rows, and only those, are equal bytes."""
    return orjson.dumps([_to_json(value) for value in row], option=orjson.OPT_UTC_Z)


def chain_hash(before: bytes, rows: Iterable[Iterable[Any]]) -> tuple[bytes, int]:
    """Fingerprint rows after the seal before them; return the hash and how many rows it holds."""
    total, count = hashlib.sha256(before), 0
    for row in rows:
        total.update(hashlib.sha256(canonical_bytes(row)).digest())
        count += 1
    return total.digest(), count


def sign_seal(seal: AuditSeal) -> str:
    """Sign what a seal says, under the server's key."""
    content = [
        seal.first_id, seal.last_id, seal.rows, seal.gaps, seal.is_late, bytes(seal.hash).hex(),
    ]  # fmt: skip
    return fingerprint(orjson.dumps(content).decode(), purpose="audit-seal")


def anchors_path() -> Path:
    """Return where anchors are kept; best on another disk, or a share that only takes additions."""
    return Path(settings.AUDIT_ANCHORS)


def read_anchors() -> list[Anchor]:
    """Read every anchor, the oldest first; a line that was cut short is left out."""
    try:
        lines = anchors_path().read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return []
    parts = [line.split() for line in lines]
    return [Anchor(int(part[0]), int(part[1]), part[2]) for part in parts if len(part) == 3]


def write_missing_anchors() -> None:
    """Append every seal that has no anchor yet; a disk that refuses is logged, and tried again."""
    anchors = read_anchors()
    last = anchors[-1].seal_id if anchors else 0
    new_seals = AuditSeal.objects.filter(id__gt=last).order_by("id")
    lines = [f"{seal.pk} {seal.last_id} {bytes(seal.hash).hex()}\n" for seal in new_seals]
    if not lines:
        return
    try:
        with anchors_path().open("a", encoding="ascii") as file:
            file.write("".join(lines))
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        log.error("anchor not written", extra={"event": "anchor_not_written"})


def _seal_next(now: datetime) -> int:
    with transaction.atomic():
        _lock_sealing()
        before = last_seal()
        late = _late_rows(now)
        if late:
            return _write_seal(before, late, gaps=[], is_late=True, now=now)
        last_sealed = _last_sealed_id()
        settled = (
            AccessLogEntry.objects.filter(id__gt=last_sealed, at__lte=now - SETTLE_AFTER)
            .order_by("-id").values_list("id", flat=True).first()
        )  # fmt: skip
        if settled is None:
            return 0
        last = min(settled, last_sealed + LARGEST_SEAL)
        rows = list(log_rows_between(last_sealed + 1, last))
        present = {row[0] for row in rows}
        gaps = [number for number in range(last_sealed + 1, last + 1) if number not in present]
        return _write_seal(
            before, rows, gaps=gaps, is_late=False, now=now, span=(last_sealed + 1, last)
        )


def _write_seal(
    before: AuditSeal | None,
    rows: list[tuple[Any, ...]],
    *,
    gaps: list[int],
    is_late: bool,
    now: datetime,
    span: tuple[int, int] | None = None,
) -> int:
    first, last = span or (rows[0][0], rows[-1][0])
    digest, count = chain_hash(bytes(before.hash) if before else GENESIS_HASH, rows)
    seal = AuditSeal(
        first_id=first, last_id=last, rows=count, gaps=gaps, is_late=is_late,
        hash=digest, sealed_at=now,
    )  # fmt: skip
    seal.signature = sign_seal(seal)
    seal.save(force_insert=True)
    return max(count, 1)


def _late_rows(now: datetime) -> list[tuple[Any, ...]]:
    """Find a row that appeared under a number which was empty when it was sealed over."""
    recent = AuditSeal.objects.filter(sealed_at__gte=now - LATE_ROWS_WITHIN)
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
        entries = AccessLogEntry.objects.filter(id__in=numbers).order_by("id")
        if rows := list(entries.values_list(*LOG_COLUMNS)[:1]):
            return rows
    return []


def _last_sealed_id() -> int:
    newest = AuditSeal.objects.filter(is_late=False).order_by("-id").first()
    return newest.last_id if newest else 0


def _lock_sealing() -> None:
    """Lock out other sealers; on SQLite the write lock of the transaction does that."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('between.audit.seal'))")


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime) or value is None or isinstance(value, int | str):
        return value
    return str(value)


#: Sealing runs each minute; older rows without a seal mean that it has stopped.
OVERDUE = timedelta(minutes=10)
#: The fault that is reported then: nothing was changed, as far as anybody can tell.
SEALING_STOPPED = "sealing has stopped"


@dataclass(frozen=True, slots=True)
class AuditFault:
    """One thing that is not as it was sealed: what, and between which rows of the log."""

    what: str
    first_id: int
    last_id: int


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification found; ``unsealed`` rows are too young to be judged."""

    rows: int
    seals: int
    unsealed: int
    faults: tuple[AuditFault, ...]


@rls_actor.acting_as(rls_actor.SEALING_ACTOR)
def verify_access_log(*, now: datetime) -> Verification:
    """Compare every sealed row with its seal, the seals with each other, and with the anchors.

    Rows of the last minute are not sealed yet: what happens to those is not seen.
    """
    faults: list[AuditFault] = []
    before, rows, seals, last = GENESIS_HASH, 0, 0, 0
    late = _late_ids()
    for seal in AuditSeal.objects.order_by("id").iterator():
        faults += _seal_faults(seal, before, late)
        if not seal.is_late:
            if seal.first_id != last + 1:
                faults.append(AuditFault("a seal is missing", last + 1, seal.first_id - 1))
            last = seal.last_id
        before, rows, seals = bytes(seal.hash), rows + seal.rows, seals + 1
    faults += _anchor_faults()
    unsealed = AccessLogEntry.objects.filter(id__gt=last)
    overdue = unsealed.filter(at__lt=now - SETTLE_AFTER - OVERDUE).order_by("id").first()
    if overdue is not None:
        faults.append(AuditFault(SEALING_STOPPED, overdue.pk, overdue.pk))
    return Verification(rows, seals, unsealed.count(), tuple(faults))


def _late_ids() -> set[int]:
    return set(AuditSeal.objects.filter(is_late=True).values_list("first_id", flat=True))


def _seal_faults(seal: AuditSeal, before: bytes, late: set[int]) -> Iterator[AuditFault]:
    span = (seal.first_id, seal.last_id)
    if sign_seal(seal) != seal.signature:
        yield AuditFault("a seal was changed", *span)
    empty = set(seal.gaps)
    rows = list(log_rows_between(*span))
    if any(row[0] in empty and row[0] not in late for row in rows):
        yield AuditFault("rows were added", *span)
    kept = [row for row in rows if row[0] not in empty]
    digest, count = chain_hash(before, kept)
    if count != seal.rows:
        yield AuditFault("rows are missing" if count < seal.rows else "rows were added", *span)
    elif digest != bytes(seal.hash):
        yield AuditFault("rows were changed", *span)


def _anchor_faults() -> Iterator[AuditFault]:
    anchors = read_anchors()
    sealed = {
        pk: (last, bytes(digest).hex())
        for pk, last, digest in AuditSeal.objects.values_list("id", "last_id", "hash")
    }
    for anchor in anchors:
        if anchor.seal_id not in sealed:
            yield AuditFault("a seal was taken out", anchor.last_id, anchor.last_id)
        elif sealed[anchor.seal_id] != (anchor.last_id, anchor.hash):
            yield AuditFault("a seal differs from its anchor", anchor.last_id, anchor.last_id)
    if sealed and not anchors:
        yield AuditFault("the anchors are missing", 0, 0)
