"""Recording many entries at once, under the same promises as one by one."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from backend.kit.bulk import insert_all
from care import access
from care.access import Chart, DataClass
from journaling.actions.entries import EntryDiffers, NotTheOwner, columns_of, next_seq
from journaling.drafts import Draft
from journaling.models import Entry, Journal


def record_drafts(*, chart: Chart, drafts: Sequence[Draft], now: datetime) -> int:
    """Store checked entries in the order given and return how many were new.

    The number of statements does not grow with the number of entries. All are stored or none; the
    access log gets one row. An entry that is already there, or comes twice, changes nothing, also
    when another request sends it at the same time: the journal's lock is held before anything is
    looked up.

    :raises EntryDiffers: an id is taken by other content; nothing was stored.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    if not chart.is_own:
        raise NotTheOwner
    if not drafts:
        return 0
    with transaction.atomic():
        first = next_seq(patient_id=chart.patient_id)
        fresh = _not_stored_yet(chart, drafts)
        rows = [
            columns_of(chart, draft, digest=digest, seq=seq) | {"rev": 1}
            for seq, (draft, digest) in enumerate(fresh, start=first)
        ]
        names = list(dict.fromkeys(name for row in rows for name in row))
        insert_all(Entry, names, [[row.get(name) for name in names] for row in rows])
        # Holding the lock, set the counter to the last number used: no number is ever skipped.
        Journal.objects.filter(patient_id=chart.patient_id).update(last_seq=first - 1 + len(rows))
        if rows:
            access.log_write(chart=chart, what=DataClass.ENTRIES, now=now)
    return len(rows)


def _not_stored_yet(chart: Chart, drafts: Sequence[Draft]) -> list[tuple[Draft, bytes]]:
    known = {
        entry_id: bytes(digest)
        for entry_id, digest in Entry.objects.filter(
            patient_id=chart.patient_id, id__in={draft.id for draft in drafts}
        ).values_list("id", "digest")
    }
    fresh = []
    for draft in drafts:
        digest = chart.cipher.digest(draft.content())
        if draft.id not in known:
            known[draft.id] = digest
            fresh.append((draft, digest))
        elif known[draft.id] != digest:
            raise EntryDiffers
    return fresh
