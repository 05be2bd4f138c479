"""One exchange with a phone that was offline: its operations in, everybody else's changes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from backend.kit.bulk import insert_all, update_each
from backend.kit.errors import InvalidInput
from backend.kit.prepared import Prepared
from care import access
from care.access import Chart, DataClass
from journaling.actions.entries import NotTheOwner, lock_journal
from journaling.drafts import COMMON_NAMES, COMMON_OF
from journaling.entries import COLUMNS, Recorded, Tombstone, from_row, seal_words
from journaling.kinds import KINDS
from journaling.models import Entry, EntryRevision, Journal
from journaling.queries.changes import changes_after, head_of
from journaling.queries.clocks import PhoneClock
from journaling.queries.known import WordsOf
from journaling.revisions import seal_before
from journaling.sync.book import CONFLICT, INVALID, Book, Leaf, Outcome
from journaling.sync.cursor import Cursor, read_cursor
from journaling.sync.operations import Operation, id_of, read_exchange, read_operation

#: SECURITY R35: as many changes come in one answer.
MOST_CHANGES = 200
#: What a tombstone that never said anything is stored under; it is compared with nothing.
_NO_DIGEST = bytes(32)


class CursorGone(Exception):
    """The phone may have missed something for ever; it starts again from nothing."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What became of each operation, in their order, and what the phone has not read yet.

    ``said`` are the entries that say what the phone sent, whether they were stored now or before:
    what follows from it follows again when the reply was lost. ``refused`` are the operations that
    could not be taken, as they were sent.
    """

    outcomes: Sequence[Outcome]
    changes: Sequence[Recorded | Tombstone]
    cursor: str
    has_more: bool
    said: Sequence[Recorded]
    refused: Sequence[Any]


def exchange(*, chart: Chart, sent: Mapping[str, Any], now: datetime) -> Exchange:
    """Apply what a phone did, all in one transaction, and list what it has not seen.

    The journal's lock is held while anything is looked up or numbered, so the order of numbers is
    the order of commits. Sent again, nothing happens twice. An operation that can't be taken is
    answered by its faults and keeps no other from being applied. The statements are as many for one
    operation as for the most; the access log gets one row.

    :raises backend.kit.errors.InvalidInput: the exchange itself can't be read; nothing was stored.
    :raises CursorGone: nothing was stored.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    if not chart.is_own:
        raise NotTheOwner
    text, sent_operations = read_exchange(sent)
    cursor = None if text is None else read_cursor(text, chart=chart)
    known, clock = WordsOf(chart), PhoneClock(chart)
    readings = [_read(one, now, known, clock, chart.day_starts_hour) for one in sent_operations]
    operations = [reading for reading in readings if isinstance(reading, Operation)]
    if operations:
        book, outcomes, start = _work(chart, operations, cursor, now)
    else:
        start = _start_of(cursor, head_of(chart=chart))
        book, outcomes = Book.of([], last_seq=0, now=now), []
    if not book.touched:
        access.log_read(chart=chart, what=DataClass.ENTRIES, now=now)
    made = sorted(book.touched.values(), key=lambda leaf: leaf.seq)
    changes, has_more = _pull(chart, start.seq, made, first=book.first_seq)
    done = iter(outcomes)
    told = [r if isinstance(r, Outcome) else next(done) for r in readings]
    return Exchange(
        outcomes=told,
        changes=changes,
        cursor=Cursor(changes[-1].seq if changes else start.seq, start.floor).sealed(chart),
        has_more=has_more,
        said=[
            entry for leaf in book.agreed.values() if isinstance(entry := leaf.shown(), Recorded)
        ],
        refused=[
            operation
            for operation, outcome in zip(sent_operations, told, strict=True)
            if outcome.status in {INVALID, CONFLICT}
        ],
    )


def _read(
    operation: Any, now: datetime, known: WordsOf, clock: PhoneClock, starts_hour: int
) -> Operation | Outcome:
    try:
        return read_operation(operation, now=now, known=known, clock=clock, starts_hour=starts_hour)
    except InvalidInput as refusal:
        return Outcome(id_of(operation), INVALID, errors=refusal.errors)


def _start_of(cursor: Cursor | None, head: tuple[int, int]) -> Cursor:
    """Find from where to read.

    :raises CursorGone: when something between there and now was purged.
    """
    last_seq, purged_seq = head
    if cursor is None:
        return Cursor(0, purged_seq)
    if cursor.is_gone(last_seq=last_seq, purged_seq=purged_seq):
        raise CursorGone
    return cursor


def _work(
    chart: Chart, operations: Sequence[Operation], cursor: Cursor | None, now: datetime
) -> tuple[Book, list[Outcome], Cursor]:
    digests = [
        _NO_DIGEST if op.draft is None else chart.cipher.digest(op.draft.content())
        for op in operations
    ]
    with transaction.atomic():
        head = lock_journal(patient_id=chart.patient_id)
        start = _start_of(cursor, head)
        book = Book.of(_known(chart, operations), last_seq=head[0], now=now)
        outcomes = [book.work(op, digest) for op, digest in zip(operations, digests, strict=True)]
        if book.touched:
            _write(chart, book)
            # Holding the lock, set the counter to the last number used: no number is skipped.
            Journal.objects.filter(patient_id=chart.patient_id).update(last_seq=book.last_seq)
            access.log_write(chart=chart, what=DataClass.ENTRIES, now=now)
        else:
            transaction.set_rollback(True)  # nothing to keep, so nothing to wait for
    return book, outcomes, start


def _known(chart: Chart, operations: Sequence[Operation]) -> list[Leaf]:
    """Load the entries that are spoken of, and the diary cards of the days that are."""
    days = {op.draft.local_date for op in operations if op.draft and op.draft.kind == "daily"}
    ids = {operation.id for operation in operations}
    rows = _SPOKEN_OF.all(patient=chart.patient_id, ids=list(ids), days=list(days))
    return [_leaf(chart, row) for row in rows]


def _spoken_of(*, patient: UUID, ids: list[UUID], days: list[date]) -> Any:
    cards = Q(kind="daily", date__in=days, deleted_at__isnull=True)
    rows = Entry.objects.filter(Q(id__in=ids) | cards, patient_id=patient)
    return rows.values_list("row", "digest", "deleted_at", *COLUMNS)


_SPOKEN_OF = Prepared(
    _spoken_of,
    patient=Entry._meta.get_field("patient"),
    ids=Entry._meta.get_field("id"),
    days=Entry._meta.get_field("date"),
)


def _leaf(chart: Chart, row: tuple[Any, ...]) -> Leaf:
    key, digest, deleted_at = row[:3]
    entry = from_row(row[3:], chart.cipher)
    is_card = entry.kind == "daily" and deleted_at is None
    return Leaf(
        entry.id, entry.kind, entry, bytes(digest), entry.rev, entry.seq,
        is_deleted=deleted_at is not None,
        row=key,
        stored_day=entry.local_date if is_card else None,
        acknowledged_at=entry.acknowledged_at,
    )  # fmt: skip


def _pull(
    chart: Chart, seq: int, made: Sequence[Leaf], *, first: int | None
) -> tuple[list[Recorded | Tombstone], bool]:
    """List what the phone has not read; what this exchange made is known and not read again."""
    found = changes_after(chart=chart, seq=seq, before=first, limit=MOST_CHANGES + 1)
    found += [leaf.shown() for leaf in made]
    return found[:MOST_CHANGES], len(found) > MOST_CHANGES


def _write(chart: Chart, book: Book) -> None:
    stored = [leaf for leaf in book.touched.values() if leaf.row is not None]
    new = [leaf for leaf in book.touched.values() if leaf.row is None]
    _free_days(stored, book.now)
    if stored:
        names = _names(stored)
        rows = [[leaf.row, *_columns(chart, leaf, names, book.now)] for leaf in stored]
        update_each(Entry, ["row", *names], rows)
    if new:
        names = ["patient", "sent_by", *_names(new)]
        insert_all(Entry, names, [_columns(chart, leaf, names, book.now) for leaf in new])
    _remember(chart, book, {leaf.id for leaf in new})


def _free_days(stored: Sequence[Leaf], now: datetime) -> None:
    """Let go of the days that diary cards leave, since another may come there in one statement."""
    leaving = [
        leaf.row for leaf in stored
        if leaf.row is not None
        and leaf.stored_day is not None
        and (leaf.is_deleted or leaf.content.local_date != leaf.stored_day)
    ]  # fmt: skip
    if leaving:
        Entry.objects.filter(row__in=leaving).update(deleted_at=now)


def _names(leaves: Sequence[Leaf]) -> list[str]:
    """List the columns that entries of these kinds use, in one order."""
    kinds = sorted({leaf.kind for leaf in leaves})
    values = [name for kind in kinds for name in KINDS[kind].plain]
    kept = ("digest", "words", "rev", "seq", "deleted_at", "reviewed_at", "reviewed_by")
    return list(dict.fromkeys([*COMMON_NAMES, *kept, *values]))


def _columns(chart: Chart, leaf: Leaf, names: Sequence[str], now: datetime) -> list[Any]:
    content = leaf.content
    found = dict(zip(COMMON_NAMES, COMMON_OF(content), strict=True))
    found["patient"], found["digest"] = chart.patient_id, leaf.digest
    found["sent_by"] = chart.device_session_id
    found["rev"], found["seq"] = leaf.rev, leaf.seq
    if leaf.is_deleted:
        found |= {"deleted_at": now, "discuss": False, "unanswered": None}
    elif not isinstance(content, Recorded):
        found |= content.plain
        found["words"] = seal_words(content.words, entry_id=leaf.id, cipher=chart.cipher)
    return list(map(found.get, names))


def _remember(chart: Chart, book: Book, new: set[UUID]) -> None:
    """Keep what every replaced revision said, in one statement."""
    rows = {leaf.id: leaf.row for leaf in book.touched.values()}
    unknown = {change.leaf.id for change in book.replaced} & new
    if unknown:
        # Made and changed in one exchange: only now is there a row to hang the history on.
        found = Entry.objects.filter(patient_id=chart.patient_id, id__in=unknown)
        rows |= dict(found.values_list("id", "row"))
    action = EntryRevision.Action
    insert_all(
        EntryRevision,
        ("entry", "rev", "at", "author_id", "author_role", "action", "before"),
        [
            (
                rows[change.leaf.id], change.rev, book.now, chart.viewer_id, chart.viewer_role,
                (action.DELETED if change.is_deletion else action.CHANGED).value,
                seal_before(change.before, entry_id=change.leaf.id, rev=change.rev,
                            cipher=chart.cipher),
            )
            for change in book.replaced
        ],
    )  # fmt: skip
