"""What becomes of each operation: decided in order, in memory, while the journal's lock is held."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from backend.kit.errors import FieldError
from backend.kit.strict_json import Json
from backend.kit.timezones import local_day
from journaling.entries.edit import apply_edit, keep_provenance
from journaling.entries.entry import EntryValue, Recall, Tombstone, entry_content
from journaling.entries.kinds.registry import KINDS
from journaling.entries.validate import ValidEntry
from journaling.sync.protocol import Operation

CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"
CONFLICT, INVALID = "conflict", "invalid"
STATUSES = (CREATED, UPDATED, UNCHANGED, CONFLICT, INVALID)


@dataclass(frozen=True, slots=True)
class OperationOutcome:
    """What became of one operation; ``server`` is what stands in the way of a conflict."""

    id: UUID | None
    status: str
    rev: int | None = None
    seq: int | None = None
    server: EntryValue | Tombstone | None = None
    errors: tuple[FieldError, ...] = ()


@dataclass(slots=True)
class EntryState:
    """One entry as it stands between two operations; a deleted one keeps what it said last.

    ``row`` is its key in the table, None until it is stored. ``stored_day`` is the day of a living
    diary card as the table has it.
    """

    id: UUID
    kind: str
    content: EntryValue | ValidEntry
    digest: bytes
    rev: int
    seq: int
    is_deleted: bool = False
    row: int | None = None
    stored_day: date | None = None
    #: A therapist said that they want to talk about it; an edit doesn't take that back.
    acknowledged_at: datetime | None = None
    #: What was shown last; it holds for one revision.
    last_value: EntryValue | None = None

    def shown(self) -> EntryValue | Tombstone:
        """Return it as phones read it."""
        if self.is_deleted:
            return Tombstone(self.id, self.kind, self.rev, self.seq)
        if isinstance(self.content, EntryValue):
            return self.content
        if self.last_value is None or self.last_value.rev != self.rev:
            self.last_value = self.content.recorded(
                rev=self.rev, seq=self.seq, acknowledged_at=self.acknowledged_at
            )
        return self.last_value


@dataclass(frozen=True, slots=True)
class ReplacedRevision:
    """What an entry said before one operation; a tombstone said nothing."""

    state: EntryState
    rev: int
    is_deletion: bool
    before: dict[str, Json]


@dataclass(slots=True)
class Merge:
    """The entries that the operations are about, and the diary cards of their days."""

    states: dict[UUID, EntryState]
    last_seq: int
    now: datetime
    #: The first number of this exchange, None when it gave none.
    first_seq: int | None = None
    cards: dict[date, EntryState] = field(default_factory=dict)
    changed: dict[UUID, EntryState] = field(default_factory=dict)
    replaced: list[ReplacedRevision] = field(default_factory=list)
    #: Entries that stand as the phone sent them, changed or not.
    accepted: dict[UUID, EntryState] = field(default_factory=dict)

    @classmethod
    def of(cls, states: Iterable[EntryState], *, last_seq: int, now: datetime) -> "Merge":
        """Start a merge from what is stored."""
        states_by_id = {state.id: state for state in states}
        cards = {
            state.stored_day: state
            for state in states_by_id.values()
            if state.stored_day is not None
        }
        return cls(states_by_id, last_seq, now, cards=cards)

    def apply(self, operation: Operation, digest: bytes) -> OperationOutcome:
        """Apply one operation, or return why not.

        The same content is recognised before the revision is looked at: a phone that lost the reply
        sends it again, and nothing happens twice.
        """
        state = self.states.get(operation.id)
        if state is None:
            return self._create(operation, digest)
        draft = operation.draft
        is_same = not state.is_deleted and digest == state.digest
        if state.is_deleted if draft is None else is_same:
            self.accepted[state.id] = state
            return OperationOutcome(state.id, UNCHANGED, state.rev, state.seq)
        if operation.base_rev != state.rev:
            return OperationOutcome(state.id, CONFLICT, state.rev, state.seq, state.shown())
        return self._delete(state) if draft is None else self._replace(state, draft, digest)

    def _create(self, operation: Operation, digest: bytes) -> OperationOutcome:
        draft = operation.draft
        if draft is None:
            # The deletion overtook what it deletes. A tombstone keeps that from coming to life.
            if operation.kind is None:
                detail = "This field is required where the entry is not known yet."
                return _invalid_outcome(operation.id, FieldError("kind", "required", detail))
            draft = _empty_entry(operation.id, operation.kind, self.now)
        elif taken := self._card_in_the_way(operation.id, draft):
            return _day_taken_outcome(operation.id, taken)
        state = EntryState(draft.id, draft.kind, draft, digest, rev=1, seq=self._next())
        state.is_deleted = operation.draft is None
        self.states[state.id] = self.changed[state.id] = self.accepted[state.id] = state
        self._place_card(state)
        return OperationOutcome(state.id, CREATED, state.rev, state.seq)

    def _replace(self, state: EntryState, draft: ValidEntry, digest: bytes) -> OperationOutcome:
        faults = [
            FieldError(name, "read_only", "This can't be changed.")
            for name in (("kind",) if state.is_deleted else ("kind", "recorded_at"))
            if getattr(draft, name) != getattr(state.content, name)
        ]
        if faults:
            return _invalid_outcome(state.id, *faults)
        if taken := self._card_in_the_way(state.id, draft):
            return _day_taken_outcome(state.id, taken)
        self._keep_replaced(state, is_deletion=False)
        # What was written and changed before it was sent arrived as one; only then is it an edit.
        if state.row is not None:
            state.content = apply_edit(state.content, draft, now=self.now)
        else:
            state.content = keep_provenance(draft, before=state.content)
        state.digest, state.is_deleted = digest, False
        return self._mark_changed(state)

    def _delete(self, state: EntryState) -> OperationOutcome:
        self._keep_replaced(state, is_deletion=True)
        state.is_deleted = True
        return self._mark_changed(state)

    def _keep_replaced(self, state: EntryState, *, is_deletion: bool) -> None:
        shown = state.shown()
        before = entry_content(shown) if isinstance(shown, EntryValue) else {}
        self.replaced.append(ReplacedRevision(state, state.rev + 1, is_deletion, before))
        if state.kind == "daily" and not state.is_deleted:
            self.cards.pop(state.content.local_date, None)

    def _mark_changed(self, state: EntryState) -> OperationOutcome:
        state.rev, state.seq = state.rev + 1, self._next()
        self.changed[state.id] = self.accepted[state.id] = state
        self._place_card(state)
        return OperationOutcome(state.id, UPDATED, state.rev, state.seq)

    def _next(self) -> int:
        self.last_seq += 1
        self.first_seq = self.first_seq or self.last_seq
        return self.last_seq

    def _card_in_the_way(self, entry_id: UUID, draft: ValidEntry) -> EntryState | None:
        """Find another diary card of the draft's day (CLINICAL §2: one a day)."""
        card = self.cards.get(draft.local_date) if draft.kind == "daily" else None
        return card if card is not None and card.id != entry_id else None

    def _place_card(self, state: EntryState) -> None:
        if state.kind == "daily" and not state.is_deleted:
            self.cards[state.content.local_date] = state


def _empty_entry(entry_id: UUID, kind: str, now: datetime) -> ValidEntry:
    """Make what a tombstone is stored with when nothing is known of its entry."""
    return ValidEntry(
        id=entry_id, kind=kind, occurred_at=now, recorded_at=now, received_at=now, time_zone="UTC",
        local_date=local_day(now, "UTC"), recall=Recall.MOMENTARY, clock_suspect=False,
        is_countable=False, share="private", discuss=False, origin="self", unanswered=None,
        values=KINDS[kind].from_values({}),
    )  # fmt: skip


def _day_taken_outcome(entry_id: UUID, card: EntryState) -> OperationOutcome:
    detail = "That day has a diary card: change that one."
    error = FieldError("date", "day_taken", detail)
    return OperationOutcome(entry_id, CONFLICT, server=card.shown(), errors=(error,))


def _invalid_outcome(entry_id: UUID, *faults: FieldError) -> OperationOutcome:
    return OperationOutcome(entry_id, INVALID, errors=faults)
