"""Find what was changed, taken out, added or cut off in the access log (SECURITY R10)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.kit.db import rls_actor
from care.audit.seal import (
    GENESIS_HASH,
    SETTLE_AFTER,
    chain_hash,
    log_rows_between,
    read_anchors,
    sign_seal,
)
from care.models import AccessLogEntry, AuditSeal

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
