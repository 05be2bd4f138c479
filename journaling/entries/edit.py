"""Change, delete and purge entries.

Only the patient edits an entry, and what it said before stays on record.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, models, transaction

from backend.kit.errors import ChangedMeanwhile, FieldError, InvalidInput
from backend.kit.strict_json import Json
from backend.kit.timezones import LocalCalendar
from care.access.chart import Chart, NotTheOwner
from care.access.data_categories import DataCategory
from care.access.log import log_read, log_write
from care.privacy.retention import patients_on_hold
from journaling.entries.entry import (
    VALUE_COLUMNS,
    EntryValue,
    News,
    Recall,
    entry_content,
    seal_revision,
)
from journaling.entries.kinds.registry import KINDS
from journaling.entries.read import NoSuchEntry, entry_of, entry_with_digest
from journaling.entries.record import (
    PatientVocabulary,
    SavedEntry,
    follow_up,
    raise_if_day_taken,
    row_columns,
)
from journaling.entries.validate import (
    ValidEntry,
    is_day_in_time,
    is_moment_in_time,
    times_of,
    validate_entry,
)
from journaling.models import Entry, EntryRevision, Journal
from journaling.models.journal import lock_journal, take_next_seq

#: How long tombstones and what they said before are kept, and why.
DELETED_ENTRY_RETENTION = timedelta(days=365)
DELETED_ENTRY_RETENTION_SOURCE = (
    "ours: what a patient took back can be looked into for a year; 45 CFR 164.502(b) after it"
)
#: What names an entry, and when the phone wrote it down: neither changes afterwards.
IMMUTABLE_FIELDS = ("id", "kind", "recorded_at")
#: Sharing levels, the narrowest first.
_LEVELS_BY_WIDTH = ("private", "individual_therapist_only", "care_team")
#: Fields that point at something else: to change them changes no answer.
_LINK_FIELDS = frozenset({"session", "assignment"})


class EntryChanged(ChangedMeanwhile):
    """The entry has another revision than the caller read; nothing was changed."""


class NotACraving(Exception):
    """Only a craving has a later rating."""


@dataclass(frozen=True, slots=True)
class LaterRating:
    """How strong a craving was so many minutes later, and what came of it, if that is known."""

    intensity_after: int
    minutes_later: int
    outcome: str | None = None


def save_changes(
    *, chart: Chart, entry_id: UUID, rev: int | None, changes: Mapping[str, Json], now: datetime
) -> SavedEntry:
    """Change an entry (``change_entry``) and do what follows from a save."""
    entry = change_entry(chart=chart, entry_id=entry_id, rev=rev, changes=changes, now=now)
    return SavedEntry(entry, is_new=False, support=follow_up(chart=chart, entries=[entry], now=now))


def save_later_rating(
    *, chart: Chart, entry_id: UUID, rating: LaterRating, now: datetime
) -> SavedEntry:
    """Attach a later rating (``record_later_rating``) and do what follows from a save."""
    entry = record_later_rating(chart=chart, entry_id=entry_id, rating=rating, now=now)
    return SavedEntry(entry, is_new=False, support=follow_up(chart=chart, entries=[entry], now=now))


def change_entry(
    *, chart: Chart, entry_id: UUID, rev: int | None, changes: Mapping[str, Json], now: datetime
) -> EntryValue:
    """Change the fields that are named; null takes an answer back. What stood before is kept.

    A counted value given or changed more than 48 hours later makes the entry a recalled one.

    Changing nothing leaves the revision as it is, so a repeat without ``rev`` is harmless; with
    ``rev`` a repeat is refused, since its first try made a newer one.

    :raises backend.kit.errors.InvalidInput: naming the fields at fault.
    :raises NoSuchEntry: this patient has none, or deleted it.
    :raises EntryChanged: ``rev`` is not the newest.
    :raises journaling.entries.record.DayTaken: a diary card moved to a day that has one.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    _require_owner(chart)
    _validate_changes(changes)
    try:
        with transaction.atomic():
            stored, digest, seq = _lock_and_load(chart, entry_id, rev)
            draft = validate_entry(
                entry_content(stored) | dict(changes), now=now, vocabulary=PatientVocabulary(chart),
                starts_hour=chart.day_starts_hour,
            )  # fmt: skip
            fresh = chart.cipher.digest(draft.content())
            if fresh == digest:
                # Give the number of the journal back: nothing happened.
                transaction.set_rollback(True)
            else:
                _replace(chart, stored, draft, digest=fresh, seq=seq, now=now)
    except IntegrityError:
        raise_if_day_taken(chart, draft)
        raise
    if fresh == digest:
        log_read(chart=chart, what=DataCategory.ENTRIES, now=now)
        return stored
    return entry_of(chart=chart, entry_id=entry_id)


def delete_entry(*, chart: Chart, entry_id: UUID, rev: int | None, now: datetime) -> None:
    """Turn an entry into a tombstone: its content stands in the history alone.

    :raises NoSuchEntry: this patient has none, or deleted it before.
    :raises EntryChanged: ``rev`` was given and is not the newest.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    _require_owner(chart)
    with transaction.atomic():
        stored, _, seq = _lock_and_load(chart, entry_id, rev)
        _store_revision(chart, stored, EntryRevision.Action.DELETED, now)
        Entry.objects.filter(patient_id=chart.patient_id, id=entry_id).update(
            **dict.fromkeys(VALUE_COLUMNS),
            encrypted_text=None, unanswered=None, discuss=False, deleted_at=now,
            rev=stored.rev + 1, seq=seq,
        )  # fmt: skip
        log_write(chart=chart, what=DataCategory.ENTRIES, now=now)


def record_later_rating(
    *, chart: Chart, entry_id: UUID, rating: LaterRating, now: datetime
) -> EntryValue:
    """Attach the later rating of a craving.

    5 to 60 minutes later counts; a later one is kept and stands in no statistic (CLINICAL §2). The
    same rating again changes nothing, another one takes its place and the first stays on record.

    :raises backend.kit.errors.InvalidInput: naming the fields at fault.
    :raises NoSuchEntry: this patient has none.
    :raises NotACraving: of any other kind.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    _require_owner(chart)
    if entry_of(chart=chart, entry_id=entry_id).kind != "craving":
        raise NotACraving
    changes: dict[str, Json] = {
        "intensity_after": rating.intensity_after,
        "minutes_later": rating.minutes_later,
    }
    if rating.outcome is not None:
        changes["outcome"] = rating.outcome
    return change_entry(chart=chart, entry_id=entry_id, rev=None, changes=changes, now=now)


def count_purgeable(*, now: datetime) -> int:
    """Count the deleted entries whose time is over, but for everybody under a legal hold."""
    return _expired_tombstones(now).count()


def purge_all_deleted(*, now: datetime) -> int:
    """Forget them, patient by patient; stopping half-way is harmless."""
    patients = _expired_tombstones(now).values_list("patient_id", flat=True).distinct()
    return sum(
        purge_deleted(patient_id=patient_id, deleted_before=now - DELETED_ENTRY_RETENTION)
        for patient_id in list(patients)
    )


def purge_deleted(*, patient_id: UUID, deleted_before: datetime) -> int:
    """Remove tombstones of before a moment, with their history, and return how many.

    What was deleted is gone for good after this. Phones that have not read so far have to start
    again from nothing, or they would keep what is deleted everywhere else. Safe to repeat, and
    nothing happens under a legal hold.
    """
    tombstones = Entry.objects.filter(patient_id=patient_id, deleted_at__lt=deleted_before)
    if not tombstones.exists():
        return 0
    with transaction.atomic():
        _, purged_seq = lock_journal(patient_id=patient_id)
        free = tombstones.exclude(patient_id__in=patients_on_hold())
        seq_by_row = dict(free.values_list("row", "seq"))
        Entry.objects.filter(row__in=list(seq_by_row)).delete()
        highest = max([purged_seq, *seq_by_row.values()])
        Journal.objects.filter(patient_id=patient_id).update(purged_seq=highest)
    return len(seq_by_row)


def apply_edit(stored: EntryValue | ValidEntry, draft: ValidEntry, *, now: datetime) -> ValidEntry:
    """Carry over what an edit doesn't change, and note what it makes of the entry.

    When it first arrived stays; a clock that was wrong then does not become right by an edit. A
    counted value that is first given or changed more than 48 hours after the event makes the whole
    entry a recalled one, for good: kept, and in no statistic (CLINICAL §2). Words, sharing and the
    mark for a session are no counted values.
    """
    draft = keep_provenance(draft, before=stored)
    is_in_time = all(_is_in_time(one, draft.starts_hour, now) for one in (stored, draft))
    late = stored.changed_late or (
        not is_in_time and _countable_values(stored) != _countable_values(draft)
    )
    news, news_at = _news_of_edit(stored, draft, now)
    return replace(
        draft,
        changed_late=late,
        recall=Recall.RECALLED.value if late else draft.recall,
        is_countable=draft.is_countable and not late,
        news=news,
        news_at=news_at,
    )


def keep_provenance(draft: ValidEntry, *, before: EntryValue | ValidEntry) -> ValidEntry:
    """Carry over the provenance that an edit doesn't change: when it arrived, by which clock.

    An edit that leaves the times leaves the day as well, whenever the patient's days begin by now.
    """
    draft = replace(draft, received_at=before.received_at)
    is_card = KINDS[draft.kind].is_daily
    if times_of(draft) == times_of(before) and not (
        is_card and draft.local_date != before.local_date
    ):
        draft = replace(
            draft,
            local_date=before.local_date,
            recall=before.recall,
            is_countable=before.is_countable,
        )
    if not before.clock_suspect:
        return draft
    return replace(
        draft,
        clock_suspect=True,
        is_countable=draft.is_countable and before.is_countable,
        local_date=draft.local_date if is_card else before.local_date,
    )


def _news_of_edit(
    stored: EntryValue | ValidEntry, draft: ValidEntry, now: datetime
) -> tuple[str | None, datetime | None]:
    reviewed = isinstance(stored, EntryValue) and stored.reviewed_at is not None
    if _LEVELS_BY_WIDTH.index(draft.share) > _LEVELS_BY_WIDTH.index(stored.share):
        return News.SHARED.value, now
    if draft.discuss and not stored.discuss:
        return News.MARKED.value, now
    if _readable_content(stored) != _readable_content(draft):
        again = reviewed or stored.news == News.CHANGED
        return (News.CHANGED if again else News.EDITED).value, now
    # A mark or a share taken back is no news.
    return (None, None) if reviewed else (stored.news, stored.news_at)


def _is_in_time(entry: EntryValue | ValidEntry, starts_hour: int, now: datetime) -> bool:
    """Whether an answer given now is still in time; a wrong clock is judged by arrival."""
    happened = entry.received_at if entry.clock_suspect else entry.occurred_at
    if KINDS[entry.kind].is_daily:
        calendar = LocalCalendar(entry.time_zone, starts_hour)
        day = calendar.day_of(happened) if entry.clock_suspect else entry.local_date
        return is_day_in_time(day=day, recorded_at=now, calendar=calendar)
    return is_moment_in_time(occurred_at=happened, recorded_at=now)


def _countable_values(entry: EntryValue | ValidEntry) -> Mapping[str, object]:
    """List the values that figures are made from, and when they are of."""
    columns = entry.values.columns()
    given = {name: value for name, value in columns.items() if name not in _LINK_FIELDS}
    return given | {"at": entry.occurred_at, "zone": entry.time_zone, "on": entry.local_date}


def _readable_content(entry: EntryValue | ValidEntry) -> Mapping[str, object]:
    """List everything that can be read of it."""
    return {**_countable_values(entry), **entry.values.texts(), "unanswered": entry.unanswered}


def _require_owner(chart: Chart) -> None:
    if not chart.is_own:
        raise NotTheOwner


def _validate_changes(changes: Mapping[str, Json]) -> None:
    faults = [
        FieldError(name, "read_only", "This can't be changed.")
        for name in IMMUTABLE_FIELDS
        if name in changes
    ]
    if faults:
        raise InvalidInput(faults)


def _lock_and_load(chart: Chart, entry_id: UUID, rev: int | None) -> tuple[EntryValue, bytes, int]:
    """Take the journal's lock and its next number, and load the entry as it stands now."""
    seq = take_next_seq(patient_id=chart.patient_id)
    loaded = entry_with_digest(chart=chart, entry_id=entry_id)
    if loaded is None:
        raise NoSuchEntry
    stored, digest = loaded
    if rev is not None and rev != stored.rev:
        raise EntryChanged
    return stored, digest, seq


def _replace(
    chart: Chart, stored: EntryValue, draft: ValidEntry, *, digest: bytes, seq: int, now: datetime
) -> None:
    _store_revision(chart, stored, EntryRevision.Action.CHANGED, now)
    kept = apply_edit(stored, draft, now=now)
    columns = dict.fromkeys(VALUE_COLUMNS) | row_columns(chart, kept, digest=digest, seq=seq)
    del columns["sent_by"]  # it tells by which clock the entry was first written down
    Entry.objects.filter(patient_id=chart.patient_id, id=stored.id).update(
        **columns, rev=stored.rev + 1, reviewed_at=None, reviewed_by=None
    )
    log_write(chart=chart, what=DataCategory.ENTRIES, now=now)


def _store_revision(
    chart: Chart, stored: EntryValue, action: EntryRevision.Action, now: datetime
) -> None:
    row = Entry.objects.only("row").get(patient_id=chart.patient_id, id=stored.id).row
    EntryRevision(
        entry_id=row,
        rev=stored.rev + 1,
        at=now,
        author_id=chart.viewer_id,
        author_role=chart.viewer_role,
        action=action,
        before=seal_revision(
            entry_content(stored), entry_id=stored.id, rev=stored.rev + 1, cipher=chart.cipher
        ),
    ).save(force_insert=True)


def _expired_tombstones(now: datetime) -> "models.QuerySet[Entry]":
    return Entry.objects.filter(deleted_at__lt=now - DELETED_ENTRY_RETENTION).exclude(
        patient_id__in=patients_on_hold()
    )
