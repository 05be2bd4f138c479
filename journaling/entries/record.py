"""Record entries, one or many: each once, in an order per patient that is the order of commits.

``save_entry`` also does what follows from a save. What validation asks about one patient stands
here: their vocabulary, and whether the clock of their phone fell back.

A phone that was offline sends late, and a queue may come in any order, so a time in the past is
doubted only where it can't be true:

- before the patient enrolled there was no phone of ours to write anything down. A later sign-in
  proves nothing: who was away for weeks signs in again and sends what the phone kept;
- what arrives a day late, though this phone sent something newer more than a day ago: its queue was
  sent then, and would have held this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import CharField, Max, Value

from backend.kit.db.bulk import bulk_insert
from backend.kit.db.compiled import insert_row
from backend.kit.strict_json import Json
from backend.kit.subscribers import Subscribers
from care.access.chart import Chart, NotTheOwner
from care.access.data_categories import DataCategory
from care.access.log import log_read, log_write
from journaling.entries.entry import EntryValue, seal_entry_text
from journaling.entries.kinds.registry import SHIPPED_VOCABULARY
from journaling.entries.read import entry_with_digest, is_entry_deleted
from journaling.entries.validate import CLOCK_TOLERANCE, ValidEntry, validate_entry
from journaling.models import (
    Assignment,
    ClinicSkill,
    ClinicTerm,
    Entry,
    Journal,
    SituationPlans,
)
from journaling.models.journal import take_next_seq
from journaling.safety.respond import safety_response_for
from journaling.safety.support import Support


class EntryDiffers(Exception):
    """The patient already has an entry of that id with other content; it was not changed."""


class DayTaken(Exception):
    """The patient has a diary card of that day under another id: that one is to be edited."""

    def __init__(self, card_id: UUID) -> None:
        self.card_id = card_id
        super().__init__("day_taken")


class EntryDeleted(Exception):
    """The patient deleted the entry of that id; an id is used once."""


class PatientVocabulary:
    """Vocabulary of a patient, loaded lazily: shipped words, the clinic's, what is their own.

    Their own are assignments and situation plans. However many entries ask, it takes three
    statements at most, and none while all of it ships.
    """

    def __init__(self, chart: Chart) -> None:
        self.chart = chart

    def has(self, vocabulary: str, word: object) -> bool:
        """Whether the word exists for this patient; others' words don't."""
        if vocabulary == "assignment":
            return word in self._assignments
        if vocabulary == "plan":
            return word in self._plans
        return SHIPPED_VOCABULARY.has(vocabulary, word) or (vocabulary, word) in self._of_clinic

    @cached_property
    def _of_clinic(self) -> frozenset[tuple[str, str]]:
        # Withdrawn ones too: what was practised offline before is kept.
        skills = ClinicSkill.objects.filter(clinic__users=self.chart.patient_id).values_list(
            Value("skill", output_field=CharField()), "slug"
        )
        terms = ClinicTerm.objects.filter(clinic__users=self.chart.patient_id)
        return frozenset(skills.union(terms.values_list("vocabulary", "name"), all=True))

    @cached_property
    def _assignments(self) -> frozenset[UUID]:
        rows = Assignment.objects.filter(patient_id=self.chart.patient_id)
        return frozenset(rows.values_list("id", flat=True))

    @cached_property
    def _plans(self) -> frozenset[UUID]:
        # Of every version: what was practised by a plan that is gone since is kept.
        rows = SituationPlans.objects.filter(patient_id=self.chart.patient_id)
        versions = rows.values_list("plan_ids", flat=True)
        return frozenset(UUID(plan_id) for plan_ids in versions for plan_id in plan_ids)


#: So long a queue may take to arrive, in any order.
MAX_QUEUE_DELAY = timedelta(hours=24)


class PhoneClock:
    """What is known of the clock of the phone through which a chart is written.

    The database is asked only about what arrives a day late, once for any number of entries.
    """

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self._newest: datetime | None = None
        self._was_asked = False

    def is_behind(self, *, recorded_at: datetime, received_at: datetime) -> bool:
        """Whether something was written down at a time that was over for this phone."""
        enrolled_at = self._chart.enrolled_at
        if enrolled_at is not None and recorded_at < enrolled_at - CLOCK_TOLERANCE:
            return True
        if received_at - recorded_at <= MAX_QUEUE_DELAY:
            return False
        newest = self._sent_before(received_at)
        return newest is not None and recorded_at < newest - CLOCK_TOLERANCE

    def _sent_before(self, now: datetime) -> datetime | None:
        """Find the newest thing that this phone had written down when its queue was last sent."""
        if not self._was_asked and self._chart.device_session_id is not None:
            sent = Entry.objects.filter(
                patient_id=self._chart.patient_id,
                sent_by=self._chart.device_session_id,
                received_at__lt=now - MAX_QUEUE_DELAY,
                clock_suspect=False,
            )
            self._newest = sent.aggregate(newest=Max("recorded_at"))["newest"]
        self._was_asked = True
        return self._newest


class EntriesSubscriber(Protocol):
    """Whoever acts on entries that were saved; the same entries again must change nothing."""

    def __call__(self, *, chart: Chart, entries: Sequence[EntryValue], now: datetime) -> None:
        """Act on them: they are committed, and safety was answered."""


@dataclass(frozen=True, slots=True)
class SavedEntry:
    """An entry as it stands after the save, whether the save made it, and what helps now."""

    entry: EntryValue
    is_new: bool
    support: Support | None


ENTRY_SUBSCRIBERS: Subscribers[EntriesSubscriber] = Subscribers()


def save_entry(*, chart: Chart, sent: Mapping[str, Json], now: datetime) -> SavedEntry:
    """Record an entry, answer what it says about safety, and tell the subscribers.

    Raises what ``record_entry`` raises.
    """
    entry, is_new = record_entry(chart=chart, sent=sent, now=now)
    return SavedEntry(entry, is_new, follow_up(chart=chart, entries=[entry], now=now))


def follow_up(
    *, chart: Chart, entries: Sequence[EntryValue], now: datetime, refused: Sequence[Json] = ()
) -> Support | None:
    """Answer what saved entries say about safety, and then tell the subscribers of them.

    What was ``refused`` along with them is answered too.
    """
    support = safety_response_for(chart=chart, entries=entries, refused=refused, now=now)
    for subscriber in ENTRY_SUBSCRIBERS:
        subscriber(chart=chart, entries=entries, now=now)
    return support


def record_entry(
    *, chart: Chart, sent: Mapping[str, Json], now: datetime
) -> tuple[EntryValue, bool]:
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
    draft = validate_entry(
        sent, now=now, vocabulary=PatientVocabulary(chart), clock=PhoneClock(chart),
        starts_hour=chart.day_starts_hour,
    )  # fmt: skip
    digest = chart.cipher.digest(draft.content())
    try:
        with transaction.atomic():
            seq = take_next_seq(patient_id=chart.patient_id)
            insert_row(Entry, **row_columns(chart, draft, digest=digest, seq=seq))
            log_write(chart=chart, what=DataCategory.ENTRIES, now=now)
    except IntegrityError:
        # The phone sent it before: look at what is stored. Anything else is a fault of ours.
        stored = entry_with_digest(chart=chart, entry_id=draft.id)
        if stored is None:
            raise_if_day_taken(chart, draft)
            if is_entry_deleted(chart=chart, entry_id=draft.id):
                raise EntryDeleted from None
            raise
        log_read(chart=chart, what=DataCategory.ENTRIES, now=now)
        if stored[1] != digest:
            raise EntryDiffers from None
        return stored[0], False
    return draft.recorded(rev=1, seq=seq), True


def record_entries(*, chart: Chart, drafts: Sequence[ValidEntry], now: datetime) -> int:
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
        first = take_next_seq(patient_id=chart.patient_id)
        fresh = _new_entries(chart, drafts)
        rows = [
            row_columns(chart, draft, digest=digest, seq=seq) | {"rev": 1}
            for seq, (draft, digest) in enumerate(fresh, start=first)
        ]
        names = list(dict.fromkeys(name for row in rows for name in row))
        bulk_insert(Entry, names, [[row.get(name) for name in names] for row in rows])
        # Holding the lock, set the counter to the last number used: no number is ever skipped.
        Journal.objects.filter(patient_id=chart.patient_id).update(last_seq=first - 1 + len(rows))
        if rows:
            log_write(chart=chart, what=DataCategory.ENTRIES, now=now)
    return len(rows)


def raise_if_day_taken(chart: Chart, draft: ValidEntry) -> None:
    """Make sure that a diary card of that day isn't what stood in the way.

    :raises DayTaken: naming the card that stands there.
    """
    if draft.kind != "daily":
        return
    card = (
        Entry.objects.filter(
            patient_id=chart.patient_id, kind="daily", date=draft.local_date,
            deleted_at__isnull=True,
        )
        .values_list("id", flat=True)
        .first()
    )  # fmt: skip
    if card is not None:
        raise DayTaken(card)


def row_columns(chart: Chart, draft: ValidEntry, *, digest: bytes, seq: int) -> dict[str, object]:
    """Build the columns of a draft's row, its free text sealed."""
    return {
        **draft.common(),
        **draft.values.columns(),
        "patient_id": chart.patient_id,
        "sent_by": chart.device_session_id,
        "seq": seq,
        "digest": digest,
        "encrypted_text": seal_entry_text(draft.values, entry_id=draft.id, cipher=chart.cipher),
    }


def _new_entries(chart: Chart, drafts: Sequence[ValidEntry]) -> list[tuple[ValidEntry, bytes]]:
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
