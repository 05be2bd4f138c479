"""Finding what was changed, taken out, added or cut off in the access log (SECURITY R10)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.kit import actors
from care.audit import anchors
from care.audit.sealing import NOTHING, SETTLED, chained, rows_between, signature_of
from care.models import AccessLogEntry, AuditSeal

#: Sealing runs each minute; older rows without a seal mean that it has stopped.
OVERDUE = timedelta(minutes=10)
#: What is said then: nothing was changed, as far as anybody can tell.
STOPPED = "sealing has stopped"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was sealed: what, and between which rows of the log."""

    what: str
    first_id: int
    last_id: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found; ``unsealed`` rows are too young to be judged."""

    rows: int
    seals: int
    unsealed: int
    faults: tuple[Fault, ...]


@actors.acting_as(actors.SEALING)
def verify(*, now: datetime) -> Verdict:
    """Compare every sealed row with its seal, the seals with each other, and with the anchors.

    Rows of the last minute are not sealed yet: what happens to those is not seen.
    """
    faults: list[Fault] = []
    before, rows, seals, last = NOTHING, 0, 0, 0
    late = _late_ids()
    for seal in AuditSeal.objects.order_by("id").iterator():
        faults += _faults_of(seal, before, late)
        if not seal.is_late:
            if seal.first_id != last + 1:
                faults.append(Fault("a seal is missing", last + 1, seal.first_id - 1))
            last = seal.last_id
        before, rows, seals = bytes(seal.hash), rows + seal.rows, seals + 1
    faults += _against_anchors()
    unsealed = AccessLogEntry.objects.filter(id__gt=last)
    overdue = unsealed.filter(at__lt=now - SETTLED - OVERDUE).order_by("id").first()
    if overdue is not None:
        faults.append(Fault(STOPPED, overdue.pk, overdue.pk))
    return Verdict(rows, seals, unsealed.count(), tuple(faults))


def _late_ids() -> set[int]:
    return set(AuditSeal.objects.filter(is_late=True).values_list("first_id", flat=True))


def _faults_of(seal: AuditSeal, before: bytes, late: set[int]) -> Iterator[Fault]:
    span = (seal.first_id, seal.last_id)
    if signature_of(seal) != seal.signature:
        yield Fault("a seal was changed", *span)
    empty = set(seal.gaps)
    found = list(rows_between(*span))
    if any(row[0] in empty and row[0] not in late for row in found):
        yield Fault("rows were added", *span)
    kept = [row for row in found if row[0] not in empty]
    digest, count = chained(before, kept)
    if count != seal.rows:
        yield Fault("rows are missing" if count < seal.rows else "rows were added", *span)
    elif digest != bytes(seal.hash):
        yield Fault("rows were changed", *span)


def _against_anchors() -> Iterator[Fault]:
    noted = anchors.read()
    there = {
        pk: (last, bytes(digest).hex())
        for pk, last, digest in AuditSeal.objects.values_list("id", "last_id", "hash")
    }
    for anchor in noted:
        if anchor.seal_id not in there:
            yield Fault("a seal was taken out", anchor.last_id, anchor.last_id)
        elif there[anchor.seal_id] != (anchor.last_id, anchor.hash):
            yield Fault("a seal differs from its anchor", anchor.last_id, anchor.last_id)
    if there and not noted:
        yield Fault("the anchors are missing", 0, 0)
