"""Recording entries: each once, in an order per patient that is the order of commits."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from backend.kit.prepared import insert
from backend.kit.rows import returning
from care import access
from care.access import Chart, DataClass
from journaling.drafts import Draft, read_draft
from journaling.entries import Recorded, seal_words
from journaling.models import Entry, Journal
from journaling.queries.clocks import PhoneClock
from journaling.queries.entries import entry_with_digest, is_deleted
from journaling.queries.known import WordsOf


class EntryDiffers(Exception):
    """The patient already has an entry of that id with other content; it was not changed."""


class DayTaken(Exception):
    """The patient has a diary card of that day under another id: that one is to be edited."""

    def __init__(self, card_id: UUID) -> None:
        self.card_id = card_id
        super().__init__("day_taken")


class EntryDeleted(Exception):
    """The patient deleted the entry of that id; an id is used once."""


class NotTheOwner(Exception):
    """Only the patient records in their journal; nobody else changes their words."""


def record_entry(*, chart: Chart, sent: Mapping[str, Any], now: datetime) -> tuple[Recorded, bool]:
    """Store what a phone sent; return the entry and whether it is new.

    The same id with the same content again changes nothing and returns the stored entry, also when
    both arrive at once. Ids are unique per patient only.

    :raises backend.kit.errors.InvalidInput: naming the fields at fault.
    :raises EntryDiffers: same id, other content.
    :raises EntryDeleted: an id whose entry was deleted.
    :raises DayTaken: a second diary card for one local day.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    if not chart.is_own:
        raise NotTheOwner
    draft = read_draft(
        sent, now=now, known=WordsOf(chart), clock=PhoneClock(chart),
        starts_hour=chart.day_starts_hour,
    )  # fmt: skip
    digest = chart.cipher.digest(draft.content())
    try:
        with transaction.atomic():
            seq = next_seq(patient_id=chart.patient_id)
            insert(Entry, **columns_of(chart, draft, digest=digest, seq=seq))
            access.log_write(chart=chart, what=DataClass.ENTRIES, now=now)
    except IntegrityError:
        # The phone sent it before: look at what is stored. Anything else is a fault of ours.
        stored = entry_with_digest(chart=chart, entry_id=draft.id)
        if stored is None:
            refuse_second_card(chart, draft)
            if is_deleted(chart=chart, entry_id=draft.id):
                raise EntryDeleted from None
            raise
        access.log_read(chart=chart, what=DataClass.ENTRIES, now=now)
        if stored[1] != digest:
            raise EntryDiffers from None
        return stored[0], False
    return draft.recorded(rev=1, seq=seq), True


def refuse_second_card(chart: Chart, draft: Draft) -> None:
    """Make sure that a diary card of that day isn't what stood in the way.

    :raises DayTaken: naming the card that stands there.
    """
    card = (
        Entry.objects.filter(
            patient_id=chart.patient_id, kind="daily", date=draft.plain.get("date"),
            deleted_at__isnull=True,
        )
        .values_list("id", flat=True)
        .first()
    )  # fmt: skip
    if draft.kind == "daily" and card is not None:
        raise DayTaken(card)


def next_seq(*, patient_id: UUID) -> int:
    """Take the next number of a patient's journal, and its lock until the transaction ends."""
    return _counted(patient_id, step=1)[0]


def lock_journal(*, patient_id: UUID) -> tuple[int, int]:
    """Take the lock of a patient's journal until the transaction ends, and no number.

    Return the number given last, and up to which number tombstones were purged.
    """
    return _counted(patient_id, step=0)


def _counted(patient_id: UUID, *, step: int) -> tuple[int, int]:
    table = connection.ops.quote_name(Journal._meta.db_table)
    key = Journal._meta.pk.get_db_prep_value(patient_id, connection)
    found = returning(
        f"INSERT INTO {table} (patient_id, last_seq) VALUES (%s, {step}) "  # noqa: S608 (own table name)
        f"ON CONFLICT (patient_id) DO UPDATE SET last_seq = {table}.last_seq + {step} "
        "RETURNING last_seq, purged_seq",
        [key],
    )
    if found is None:
        raise RuntimeError("an upsert always returns its row")
    return int(found[0]), int(found[1])


def columns_of(chart: Chart, draft: Draft, *, digest: bytes, seq: int) -> dict[str, Any]:
    """Build the columns of a draft's row, its free text sealed."""
    return {
        **draft.common(),
        **draft.plain,
        "patient_id": chart.patient_id,
        "sent_by": chart.device_session_id,
        "seq": seq,
        "digest": digest,
        "words": seal_words(draft.words, entry_id=draft.id, cipher=chart.cipher),
    }
