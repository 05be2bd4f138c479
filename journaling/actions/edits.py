"""Changing and deleting entries: the patient alone does, and what stood before stays on record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.kit.errors import ChangedMeanwhile, FieldError, InvalidInput
from care import access
from care.access import Chart, DataClass
from journaling.actions.entries import (
    NotTheOwner,
    columns_of,
    next_seq,
    refuse_second_card,
)
from journaling.drafts import Draft, read_draft
from journaling.edited import after_edit
from journaling.entries import VALUE_COLUMNS, Recorded
from journaling.models import Entry, EntryRevision
from journaling.queries.entries import NoSuchEntry, entry_of, entry_with_digest
from journaling.queries.known import WordsOf
from journaling.revisions import content_of, seal_before

#: What names an entry, and when the phone wrote it down: neither changes afterwards.
FIXED = ("id", "kind", "recorded_at")


class EntryChanged(ChangedMeanwhile):
    """The entry has another revision than the caller read; nothing was changed."""


class NotACraving(Exception):
    """Only a craving has a later rating."""


def change_entry(
    *, chart: Chart, entry_id: UUID, rev: int | None, changes: Mapping[str, Any], now: datetime
) -> Recorded:
    """Change the fields that are named; null takes an answer back. What stood before is kept.

    A counted value given or changed more than 48 hours later makes the entry a recalled one.

    Changing nothing leaves the revision as it is, so a repeat without ``rev`` is harmless; with
    ``rev`` a repeat is refused, since its first try made a newer one.

    :raises backend.kit.errors.InvalidInput: naming the fields at fault.
    :raises NoSuchEntry: this patient has none, or deleted it.
    :raises EntryChanged: ``rev`` is not the newest.
    :raises journaling.actions.entries.DayTaken: a diary card moved to a day that has one.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    _only_the_owner(chart)
    _only_what_may_change(changes)
    try:
        with transaction.atomic():
            stored, digest, seq = _locked(chart, entry_id, rev)
            draft = read_draft(
                content_of(stored) | dict(changes), now=now, known=WordsOf(chart),
                starts_hour=chart.day_starts_hour,
            )  # fmt: skip
            fresh = chart.cipher.digest(draft.content())
            if fresh == digest:
                # Give the number of the journal back: nothing happened.
                transaction.set_rollback(True)
            else:
                _replace(chart, stored, draft, digest=fresh, seq=seq, now=now)
    except IntegrityError:
        refuse_second_card(chart, draft)
        raise
    if fresh == digest:
        access.log_read(chart=chart, what=DataClass.ENTRIES, now=now)
        return stored
    return entry_of(chart=chart, entry_id=entry_id)


def delete_entry(*, chart: Chart, entry_id: UUID, rev: int | None, now: datetime) -> None:
    """Turn an entry into a tombstone: its content stands in the history alone.

    :raises NoSuchEntry: this patient has none, or deleted it before.
    :raises EntryChanged: ``rev`` was given and is not the newest.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    _only_the_owner(chart)
    with transaction.atomic():
        stored, _, seq = _locked(chart, entry_id, rev)
        _remember(chart, stored, EntryRevision.Action.DELETED, now)
        Entry.objects.filter(patient_id=chart.patient_id, id=entry_id).update(
            **dict.fromkeys(VALUE_COLUMNS),
            words=None, unanswered=None, discuss=False, deleted_at=now,
            rev=stored.rev + 1, seq=seq,
        )  # fmt: skip
        access.log_write(chart=chart, what=DataClass.ENTRIES, now=now)


def rate_afterwards(
    *, chart: Chart, entry_id: UUID, sent: Mapping[str, Any], now: datetime
) -> Recorded:
    """Attach the later rating of a craving: ``intensity_after`` 0-10, ``minutes_later``, outcome.

    5 to 60 minutes later counts; a later one is kept and stands in no statistic (CLINICAL §2). The
    same rating again changes nothing, another one takes its place and the first stays on record.

    :raises backend.kit.errors.InvalidInput: naming the fields at fault.
    :raises NoSuchEntry: this patient has none.
    :raises NotACraving: of any other kind.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    _only_the_owner(chart)
    faults = [
        FieldError(name, "unknown_field", "A later rating has no such field.")
        for name in sent
        if name not in {"intensity_after", "minutes_later", "outcome"}
    ]
    faults += [
        FieldError(name, "required", "This field is required.")
        for name in ("intensity_after", "minutes_later")
        if sent.get(name) is None
    ]
    if faults:
        raise InvalidInput(faults)
    if entry_of(chart=chart, entry_id=entry_id).kind != "craving":
        raise NotACraving
    given = {name: value for name, value in sent.items() if value is not None}
    return change_entry(chart=chart, entry_id=entry_id, rev=None, changes=given, now=now)


def _only_the_owner(chart: Chart) -> None:
    if not chart.is_own:
        raise NotTheOwner


def _only_what_may_change(changes: Mapping[str, Any]) -> None:
    faults = [
        FieldError(name, "read_only", "This can't be changed.") for name in FIXED if name in changes
    ]
    if faults:
        raise InvalidInput(faults)


def _locked(chart: Chart, entry_id: UUID, rev: int | None) -> tuple[Recorded, bytes, int]:
    """Take the journal's lock and its next number, and look at what stands there now."""
    seq = next_seq(patient_id=chart.patient_id)
    found = entry_with_digest(chart=chart, entry_id=entry_id)
    if found is None:
        raise NoSuchEntry
    stored, digest = found
    if rev is not None and rev != stored.rev:
        raise EntryChanged
    return stored, digest, seq


def _replace(
    chart: Chart, stored: Recorded, draft: Draft, *, digest: bytes, seq: int, now: datetime
) -> None:
    _remember(chart, stored, EntryRevision.Action.CHANGED, now)
    kept = after_edit(stored, draft, now=now)
    columns = dict.fromkeys(VALUE_COLUMNS) | columns_of(chart, kept, digest=digest, seq=seq)
    del columns["sent_by"]  # it tells by which clock the entry was first written down
    Entry.objects.filter(patient_id=chart.patient_id, id=stored.id).update(
        **columns, rev=stored.rev + 1, reviewed_at=None, reviewed_by=None
    )
    access.log_write(chart=chart, what=DataClass.ENTRIES, now=now)


def _remember(chart: Chart, stored: Recorded, action: EntryRevision.Action, now: datetime) -> None:
    row = Entry.objects.only("row").get(patient_id=chart.patient_id, id=stored.id).row
    EntryRevision(
        entry_id=row,
        rev=stored.rev + 1,
        at=now,
        author_id=chart.viewer_id,
        author_role=chart.viewer_role,
        action=action,
        before=seal_before(
            content_of(stored), entry_id=stored.id, rev=stored.rev + 1, cipher=chart.cipher
        ),
    ).save(force_insert=True)
