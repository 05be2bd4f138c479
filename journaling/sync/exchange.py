"""One exchange with a phone that was offline: its operations in, everybody else's changes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from backend.kit.db.bulk import bulk_insert, bulk_update
from backend.kit.db.compiled import CompiledQuery
from backend.kit.errors import InvalidInput
from backend.kit.strict_json import Json
from care.access.chart import Chart, NotTheOwner
from care.access.data_categories import DataCategory
from care.access.log import log_read, log_write
from journaling.entries.entry import (
    ENTRY_COLUMNS,
    EntryValue,
    Row,
    Tombstone,
    entry_from_row,
    seal_entry_text,
    seal_revision,
)
from journaling.entries.kinds.registry import KINDS
from journaling.entries.record import PatientVocabulary, PhoneClock, follow_up
from journaling.entries.validate import STORED_COMMON_COLUMNS, common_values_of
from journaling.models import Entry, EntryRevision, Journal
from journaling.models.journal import lock_journal
from journaling.safety.support import Support
from journaling.sync.merge import CONFLICT, INVALID, EntryState, Merge, OperationOutcome
from journaling.sync.protocol import (
    Operation,
    SyncCursor,
    operation_id,
    read_cursor,
    read_operation,
    starting_cursor,
)

#: SECURITY R35: as many changes come in one answer.
MAX_CHANGES = 200
#: After every number that a journal will give.
_NO_END = 2**62
#: What a tombstone that never said anything is stored under; it is compared with nothing.
_NO_DIGEST = bytes(32)
_TOMBSTONE_INDEXES = [ENTRY_COLUMNS.index(name) for name in ("id", "kind", "rev", "seq")]


@dataclass(frozen=True, slots=True)
class ExchangeResult:
    """What became of each operation, in their order, and what the phone has not read yet.

    ``saved_entries`` say what the phone sent, whether they were stored now or before: what follows
    from it follows again when the reply was lost. ``refused`` are the operations that
    could not be taken, as they were sent.
    """

    outcomes: Sequence[OperationOutcome]
    changes: Sequence[EntryValue | Tombstone]
    cursor: str
    has_more: bool
    saved_entries: Sequence[EntryValue]
    refused: Sequence[Json]


def save_exchange(
    *, chart: Chart, cursor: str | None, operations: Sequence[Json], now: datetime
) -> tuple[ExchangeResult, Support | None]:
    """Sync (``exchange_changes``) and do what follows; what was refused is answered too."""
    exchange = exchange_changes(chart=chart, cursor=cursor, operations=operations, now=now)
    support = follow_up(
        chart=chart, entries=exchange.saved_entries, refused=exchange.refused, now=now
    )
    return exchange, support


def exchange_changes(
    *, chart: Chart, cursor: str | None, operations: Sequence[Json], now: datetime
) -> ExchangeResult:
    """Apply what a phone did, all in one transaction, and list what it has not seen.

    The journal's lock is held while anything is looked up or numbered, so the order of numbers is
    the order of commits. Sent again, nothing happens twice. An operation that can't be taken is
    answered by its faults and keeps no other from being applied. The statements are as many for one
    operation as for the most; the access log gets one row.

    :raises backend.kit.errors.InvalidInput: not a cursor of this patient's; nothing was stored.
    :raises CursorGone: nothing was stored.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    if not chart.is_own:
        raise NotTheOwner
    since = None if cursor is None else read_cursor(cursor, chart=chart)
    vocabulary, clock = PatientVocabulary(chart), PhoneClock(chart)
    readings = [
        _read_one(sent, now, vocabulary, clock, chart.day_starts_hour) for sent in operations
    ]
    readable = [reading for reading in readings if isinstance(reading, Operation)]
    if readable:
        merge, outcomes, start = _apply_operations(chart, readable, since, now)
    else:
        start = starting_cursor(since, journal_head(chart=chart))
        merge, outcomes = Merge.of([], last_seq=0, now=now), []
    if not merge.changed:
        log_read(chart=chart, what=DataCategory.ENTRIES, now=now)
    made = sorted(merge.changed.values(), key=lambda state: state.seq)
    changes, has_more = _pull(chart, start.seq, made, first=merge.first_seq)
    done = iter(outcomes)
    in_order = [r if isinstance(r, OperationOutcome) else next(done) for r in readings]
    accepted = (state.shown() for state in merge.accepted.values())
    statuses = zip(operations, (one.status for one in in_order), strict=True)
    return ExchangeResult(
        outcomes=in_order,
        changes=changes,
        cursor=SyncCursor(changes[-1].seq if changes else start.seq, start.floor).sealed(chart),
        has_more=has_more,
        saved_entries=[entry for entry in accepted if isinstance(entry, EntryValue)],
        refused=[refused for refused, status in statuses if status in {INVALID, CONFLICT}],
    )


def journal_head(*, chart: Chart) -> tuple[int, int]:
    """Find the number given last in the journal, and up to where tombstones were purged."""
    journal = Journal.objects.filter(patient_id=chart.patient_id)
    return journal.values_list("last_seq", "purged_seq").first() or (0, 0)


def changes_after(
    *, chart: Chart, seq: int, before: int | None, limit: int
) -> list[EntryValue | Tombstone]:
    """List what was numbered after ``seq`` (and before ``before``), in ascending order.

    An entry stands at the number of its newest revision only. Numbers are given under the journal's
    lock, so none below one that can be seen is still to come.
    """
    rows = _changes_query(limit, chart.visible_levels).all(
        patient=chart.patient_id, after=seq, before=_NO_END if before is None else before
    )
    return [
        entry_from_row(row[1:], chart.cipher) if row[0] is None else _tombstone(row[1:])
        for row in rows
    ]


@cache
def _changes_query(limit: int, sharing_levels: frozenset[str] | None) -> CompiledQuery:
    """Compile the query for this limit and these sharing levels."""
    rows = Entry.objects.order_by("seq").values_list("deleted_at", *ENTRY_COLUMNS)
    if sharing_levels is not None:
        rows = rows.filter(share__in=sorted(sharing_levels), deleted_at__isnull=True)
    number = Entry._meta.get_field("seq")
    return CompiledQuery(
        lambda *, patient, after, before: rows.filter(
            patient_id=patient, seq__gt=after, seq__lt=before
        )[:limit],
        patient=Entry._meta.get_field("patient"),
        after=number,
        before=number,
    )


def _tombstone(row: tuple[object, ...]) -> Tombstone:
    return Tombstone(*(row[place] for place in _TOMBSTONE_INDEXES))  # type: ignore[arg-type] # values of these columns


def _read_one(
    operation: Json,
    now: datetime,
    vocabulary: PatientVocabulary,
    clock: PhoneClock,
    starts_hour: int,
) -> Operation | OperationOutcome:
    try:
        return read_operation(
            operation, now=now, vocabulary=vocabulary, clock=clock, starts_hour=starts_hour
        )
    except InvalidInput as refusal:
        return OperationOutcome(operation_id(operation), INVALID, errors=refusal.errors)


def _apply_operations(
    chart: Chart, operations: Sequence[Operation], cursor: SyncCursor | None, now: datetime
) -> tuple[Merge, list[OperationOutcome], SyncCursor]:
    digests = [
        _NO_DIGEST if op.draft is None else chart.cipher.digest(op.draft.content())
        for op in operations
    ]
    with transaction.atomic():
        head = lock_journal(patient_id=chart.patient_id)
        start = starting_cursor(cursor, head)
        merge = Merge.of(_load_states(chart, operations), last_seq=head[0], now=now)
        outcomes = [merge.apply(op, digest) for op, digest in zip(operations, digests, strict=True)]
        if merge.changed:
            _write_changes(chart, merge)
            # Holding the lock, set the counter to the last number used: no number is skipped.
            Journal.objects.filter(patient_id=chart.patient_id).update(last_seq=merge.last_seq)
            log_write(chart=chart, what=DataCategory.ENTRIES, now=now)
        else:
            transaction.set_rollback(True)  # nothing to keep, so nothing to wait for
    return merge, outcomes, start


def _load_states(chart: Chart, operations: Sequence[Operation]) -> list[EntryState]:
    """Load the entries that are spoken of, and the diary cards of the days that are."""
    days = {op.draft.local_date for op in operations if op.draft and op.draft.kind == "daily"}
    ids = {operation.id for operation in operations}
    rows = _AFFECTED.all(patient=chart.patient_id, ids=list(ids), days=list(days))
    return [_state_of_row(chart, row) for row in rows]


def _affected_query(*, patient: UUID, ids: list[UUID], days: list[date]) -> "QuerySet[Entry, Row]":
    cards = Q(kind="daily", date__in=days, deleted_at__isnull=True)
    rows = Entry.objects.filter(Q(id__in=ids) | cards, patient_id=patient)
    return rows.values_list("row", "digest", "deleted_at", *ENTRY_COLUMNS)


_AFFECTED = CompiledQuery(
    _affected_query,
    patient=Entry._meta.get_field("patient"),
    ids=Entry._meta.get_field("id"),
    days=Entry._meta.get_field("date"),
)


def _state_of_row(chart: Chart, row: Row) -> EntryState:
    key, digest, deleted_at = row[:3]
    entry = entry_from_row(row[3:], chart.cipher)
    is_card = entry.kind == "daily" and deleted_at is None
    return EntryState(
        entry.id, entry.kind, entry, bytes(digest), entry.rev, entry.seq,
        is_deleted=deleted_at is not None,
        row=key,
        stored_day=entry.local_date if is_card else None,
        acknowledged_at=entry.acknowledged_at,
    )  # fmt: skip


def _pull(
    chart: Chart, seq: int, made: Sequence[EntryState], *, first: int | None
) -> tuple[list[EntryValue | Tombstone], bool]:
    """List what the phone has not read; what this exchange made is known and not read again."""
    changes = changes_after(chart=chart, seq=seq, before=first, limit=MAX_CHANGES + 1)
    changes += [state.shown() for state in made]
    return changes[:MAX_CHANGES], len(changes) > MAX_CHANGES


def _write_changes(chart: Chart, merge: Merge) -> None:
    stored = [state for state in merge.changed.values() if state.row is not None]
    new = [state for state in merge.changed.values() if state.row is None]
    _free_days(stored, merge.now)
    if stored:
        names = _column_names(stored)
        rows = [[state.row, *_column_values(chart, state, names, merge.now)] for state in stored]
        bulk_update(Entry, ["row", *names], rows)
    if new:
        names = ["patient", "sent_by", *_column_names(new)]
        bulk_insert(Entry, names, [_column_values(chart, state, names, merge.now) for state in new])
    _store_revisions(chart, merge, {state.id for state in new})


def _free_days(stored: Sequence[EntryState], now: datetime) -> None:
    """Free the days that diary cards leave, since another may come there in one statement."""
    leaving = [
        state.row for state in stored
        if state.row is not None
        and state.stored_day is not None
        and (state.is_deleted or state.content.local_date != state.stored_day)
    ]  # fmt: skip
    if leaving:
        Entry.objects.filter(row__in=leaving).update(deleted_at=now)


def _column_names(states: Sequence[EntryState]) -> list[str]:
    """List the columns that entries of these kinds use, in one order."""
    kinds = sorted({state.kind for state in states})
    values = [name for kind in kinds for name in KINDS[kind].column_names]
    kept = ("digest", "encrypted_text", "rev", "seq", "deleted_at", "reviewed_at", "reviewed_by")
    return list(dict.fromkeys([*STORED_COMMON_COLUMNS, *kept, *values]))


def _column_values(
    chart: Chart, state: EntryState, names: Sequence[str], now: datetime
) -> list[object]:
    content = state.content
    values = dict(zip(STORED_COMMON_COLUMNS, common_values_of(content), strict=True))
    values |= {"patient": chart.patient_id, "sent_by": chart.device_session_id}
    values |= {"digest": state.digest, "rev": state.rev, "seq": state.seq}
    if state.is_deleted:
        values |= {"deleted_at": now, "discuss": False, "unanswered": None}
    elif not isinstance(content, EntryValue):
        values |= content.values.columns()
        values["encrypted_text"] = seal_entry_text(
            content.values, entry_id=state.id, cipher=chart.cipher
        )
    return list(map(values.get, names))


def _store_revisions(chart: Chart, merge: Merge, new: set[UUID]) -> None:
    """Store what every replaced revision said, in one statement."""
    rows = {state.id: state.row for state in merge.changed.values()}
    unknown = {change.state.id for change in merge.replaced} & new
    if unknown:
        # Made and changed in one exchange: only now is there a row to hang the history on.
        made = Entry.objects.filter(patient_id=chart.patient_id, id__in=unknown)
        rows |= dict(made.values_list("id", "row"))
    action = EntryRevision.Action
    bulk_insert(
        EntryRevision,
        ("entry", "rev", "at", "author_id", "author_role", "action", "before"),
        [
            (
                rows[change.state.id], change.rev, merge.now, chart.viewer_id, chart.viewer_role,
                (action.DELETED if change.is_deletion else action.CHANGED).value,
                seal_revision(change.before, entry_id=change.state.id, rev=change.rev,
                            cipher=chart.cipher),
            )
            for change in merge.replaced
        ],
    )  # fmt: skip
