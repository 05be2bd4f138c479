"""Claim what is due in one transaction: a fixed number of statements, nothing sent inside."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Field, QuerySet

from backend.kit.db import bulk
from backend.kit.db.any_lookup import IdArray
from backend.kit.db.claims import disable_seqscan
from backend.kit.db.compiled import CompiledQuery
from care.models import User
from notifications.engine import lease
from notifications.engine.lease import Leased, leased_from_row
from notifications.engine.policy import nudge_at
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.reminders.next_due import (
    NEXT_COLUMNS,
    NO_NEXT,
    NUDGE_SLOT,
    compute_next_due,
    occurrence_id,
    sessions_ahead,
    shown_until,
    tag_of_occurrence,
)
from notifications.reminders.plan import cached_plan
from notifications.reminders.sessions import SessionsByPatient

State = Occurrence.State
log = logging.getLogger(__name__)

#: As many as one claim takes; its transaction stays under 25 ms.
CLAIM_LIMIT = 500
#: A row whose worker died so often before it was settled is given up.
MOST_ATTEMPTS = 5

_NEW_COLUMNS = (
    "id", "reminder", "patient", "purpose", "local_day", "slot", "session", "due_at", "not_after",
    "next_attempt_at", "state", "reason", "lease_id", "attempts", "tag", "created_at",
)  # fmt: skip


class _OpenRow(NamedTuple):
    """The row of an open occurrence that is due."""

    id: UUID
    reminder_id: int
    patient_id: UUID
    purpose: str
    slot: int
    due_at: datetime
    not_after: datetime
    tag: str
    ambiguous_count: int
    attempts: int
    crash_count: int
    settled_devices: list[str] | None
    snoozed_at: datetime | None
    sent_at: datetime | None
    session: UUID | None
    local_day: date
    state: str
    lease_id: UUID | None

    @property
    def is_held(self) -> bool:
        """Whether a worker holds it, or held it and died."""
        return self.state == State.LEASED


class _DueRow(NamedTuple):
    """The row of a reminder that fell due."""

    row: int
    id: UUID
    patient_id: UUID
    purpose: str
    minutes: list[int]
    weekdays: int | None
    every_days: int | None
    every_from: date | None
    starts_on: date | None
    ends_on: date | None
    before_minutes: int | None
    expires_minutes: int
    nudge: bool
    next_due_at: datetime
    next_day: date
    next_slot: int
    next_spread: int
    next_session: UUID | None


class _NewOccurrence(NamedTuple):
    """The occurrence of a reminder that fell due: its id, and the window in which it is shown."""

    id: UUID
    due_at: datetime
    not_after: datetime
    is_broken: bool


@dataclass(frozen=True, slots=True)
class ClaimedBatch:
    """The result of a claim: the rows to send, and how many rows were settled or moved in all."""

    lease_id: UUID
    leased: Sequence[Leased]
    handled: int


def claim_due(*, now: datetime, limit: int = CLAIM_LIMIT) -> ClaimedBatch:
    """Claim up to ``limit`` rows: open occurrences first, then reminders that fell due.

    Any number of workers may claim at once, and each row goes to one. A reminder that is over its
    limit is recorded as expired, and its series goes on with the next occurrence to come.
    """
    lease_id = uuid4()
    with transaction.atomic():
        disable_seqscan()
        open_batch = _claim_open(lease_id, now=now, limit=limit)
        new_batch = _claim_new(lease_id, now=now, limit=limit - open_batch.handled)
    return ClaimedBatch(
        lease_id,
        [*open_batch.leased, *new_batch.leased],
        handled=open_batch.handled + new_batch.handled,
    )


def _claim_open(lease_id: UUID, *, now: datetime, limit: int) -> ClaimedBatch:
    """Claim open occurrences that are due: nudges, snoozes, retries, and expired leases."""
    rows = [
        _OpenRow._make(row)
        for row in _locked_due_rows(_NEXT_ATTEMPT_AT, _OpenRow._fields, limit).all(now=now)
    ]
    if not rows:
        return ClaimedBatch(lease_id, [], handled=0)
    valid, in_hand = lease.split_leases(
        lease_ids={row.lease_id for row in rows if row.is_held}, now=now
    )
    rows = [row for row in rows if not (row.is_held and row.lease_id in valid)]
    in_hand &= {row.id for row in rows if row.is_held}
    if in_hand:
        Occurrence.objects.filter(id__among=in_hand).update(
            attempts=F("attempts") + 1, crash_count=F("crash_count") + 1
        )
    items = [leased_from_row(row, lost=row.id in in_hand) for row in rows]
    given_up = [
        item for item in items if item.not_after <= now or item.crash_count >= MOST_ATTEMPTS
    ]
    _give_up(given_up, now=now)
    leased = [item for item in items if item.not_after > now and item.crash_count < MOST_ATTEMPTS]
    if leased:
        Occurrence.objects.filter(id__among=[item.id for item in leased]).update(
            state=State.LEASED, lease_id=lease_id, next_attempt_at=now + lease.lease_duration()
        )
    return ClaimedBatch(lease_id, leased, handled=len(rows))


def _give_up(items: Iterable[Leased], *, now: datetime) -> None:
    """Settle what is not tried any more: one statement for each final state and reason."""
    by_outcome: dict[tuple[str, str], list[UUID]] = {}
    for item in items:
        reason = "expired" if item.not_after <= now else "too_many_attempts"
        by_outcome.setdefault((_final_state(item), reason), []).append(item.id)
    for (state, reason), ids in by_outcome.items():
        Occurrence.objects.filter(id__among=ids).update(
            state=state, reason=reason, next_attempt_at=None, lease_id=None
        )


def _final_state(item: Leased) -> str:
    """Return the final state of what is not tried again: a device may have taken it."""
    if item.sent_at is not None:
        return State.SENT
    return State.UNKNOWN if item.ambiguous_count or item.crash_count else State.EXPIRED


def _claim_new(lease_id: UUID, *, now: datetime, limit: int) -> ClaimedBatch:
    """Create the occurrences of reminders that fell due, and advance each series."""
    due = [
        _DueRow._make(row)
        for row in _locked_due_rows(_NEXT_DUE_AT, _DueRow._fields, limit).all(now=now)
    ]
    if not due:
        return ClaimedBatch(lease_id, [], handled=0)
    zones = dict(_ZONES.all(ids=IdArray({row.patient_id for row in due})))
    patient_sessions = sessions_ahead(
        patients={row.patient_id for row in due if row.before_minutes is not None}, now=now
    )
    occurrences, next_columns = _plan_due_rows(
        due, zones=zones, patient_sessions=patient_sessions, now=now
    )
    leased = [
        _leased_from_due(row, occurrence)
        for row, occurrence in zip(due, occurrences, strict=True)
        if occurrence.not_after > now and not occurrence.is_broken
    ]
    leased_ids = {item.id for item in leased}
    next_attempt_at = now + lease.lease_duration()
    rows_to_insert = [
        values
        for row, occurrence in zip(due, occurrences, strict=True)
        for values in _rows_to_insert(
            row,
            occurrence,
            lease_id=lease_id if occurrence.id in leased_ids else None,
            next_attempt_at=next_attempt_at,
            now=now,
        )
    ]
    if bulk.bulk_insert_ignore(Occurrence, _NEW_COLUMNS, rows_to_insert) < len(rows_to_insert):
        # An occurrence of that id exists already: it was handled, so it isn't sent again.
        leased_ids = set(
            Occurrence.objects.filter(lease_id=lease_id, id__among=leased_ids).values_list(
                "id", flat=True
            )
        )
        leased = [item for item in leased if item.id in leased_ids]
    bulk.bulk_update(Reminder, ("row", *NEXT_COLUMNS, "last_day", "last_slot"), next_columns)
    return ClaimedBatch(lease_id, leased, handled=len(due))


def _plan_due_rows(
    due: Sequence[_DueRow],
    *,
    zones: Mapping[UUID, str],
    patient_sessions: SessionsByPatient,
    now: datetime,
) -> tuple[list[_NewOccurrence], list[Sequence[Any]]]:
    """Return the occurrence of each row, and the columns with which its series goes on.

    A series whose next time can't be computed ends there, and its occurrence is recorded as
    failed: an exception would stop the reminders of all patients.
    """
    occurrences, next_columns = [], []
    for row in due:
        due_at = row.next_due_at - timedelta(seconds=row.next_spread)
        try:
            next_columns.append(
                _advance_series(row, zones[row.patient_id], patient_sessions, now=now)
            )
            is_broken = False
        except Exception as fault:  # whatever it is, it is about this row
            code = type(fault).__name__
            log.exception("no next time", extra={"event": "fault", "code": code,
                                                 "reminder": row.row})  # fmt: skip
            is_broken = True
            next_columns.append((row.row, *NO_NEXT, row.next_day, row.next_slot))
        not_after = shown_until(due_at, row.expires_minutes, row.before_minutes)
        occurrences.append(
            _NewOccurrence(_occurrence_id(row, row.next_slot), due_at, not_after, is_broken)
        )
    return occurrences, next_columns


def _advance_series(
    row: _DueRow, zone_name: str, patient_sessions: SessionsByPatient, *, now: datetime
) -> Sequence[Any]:
    handled = (row.next_day, row.next_slot)
    plan = cached_plan(
        row.purpose, tuple(row.minutes), row.weekdays, row.every_days, row.every_from,
        row.starts_on, row.ends_on, row.before_minutes, row.expires_minutes,
    )  # fmt: skip
    next_due = compute_next_due(
        plan, name=row.id, zone_name=zone_name,
        patient_sessions=patient_sessions.get(row.patient_id, ()),
        after=now, handled=handled,
    )  # fmt: skip
    return (row.row, *next_due, *handled)


def _leased_from_due(row: _DueRow, occurrence: _NewOccurrence) -> Leased:
    return Leased(
        id=occurrence.id, reminder=row.row, patient=row.patient_id, purpose=row.purpose,
        slot=row.next_slot, due_at=occurrence.due_at, not_after=occurrence.not_after,
        tag=tag_of_occurrence(occurrence.id), session=row.next_session, local_day=row.next_day,
    )  # fmt: skip


def _rows_to_insert(
    row: _DueRow,
    occurrence: _NewOccurrence,
    *,
    lease_id: UUID | None,
    next_attempt_at: datetime,
    now: datetime,
) -> Iterable[Sequence[Any]]:
    """Build the rows of one reminder that fell due: its occurrence, and its nudge if any."""
    tag = tag_of_occurrence(occurrence.id)
    common = (row.row, row.patient_id, row.purpose, row.next_day)
    if lease_id is None:
        state, reason = (
            (State.FAILED, "fault") if occurrence.is_broken else (State.EXPIRED, "expired")
        )
        yield (
            occurrence.id, *common, row.next_slot, row.next_session, occurrence.due_at,
            occurrence.not_after, None, state, reason, None, 0, tag, now,
        )  # fmt: skip
        return
    yield (
        occurrence.id, *common, row.next_slot, row.next_session, occurrence.due_at,
        occurrence.not_after, next_attempt_at, State.LEASED, "", lease_id, 0, tag, now,
    )  # fmt: skip
    nudge_due_at = nudge_at(occurrence.due_at, occurrence.not_after, is_wanted=row.nudge)
    if nudge_due_at is not None:
        # The same tag: on the phone it takes the place of what it repeats.
        slot = row.next_slot + NUDGE_SLOT
        yield (
            _occurrence_id(row, slot), *common, slot, row.next_session, nudge_due_at,
            occurrence.not_after, nudge_due_at, State.PENDING, "nudge", None, 0, tag, now,
        )  # fmt: skip


def _occurrence_id(row: _DueRow, slot: int) -> UUID:
    return occurrence_id(
        patient_id=row.patient_id,
        reminder_id=row.id,
        day=row.next_day,
        slot=slot,
        session=row.next_session,
    )


@lru_cache(maxsize=32)
def _locked_due_rows(at: "Field[Any, Any]", names: tuple[str, ...], limit: int) -> CompiledQuery:
    """Compile the query that locks and reads due rows, longest overdue first."""

    def build(*, now: datetime) -> "QuerySet[Any, Any]":
        due = at.model._default_manager.select_for_update(skip_locked=True)
        rows = due.filter(**{f"{at.name}__lte": now}).order_by(at.name, "pk")
        return rows.values_list(*names)[:limit]

    return CompiledQuery(build, now=at)


_NEXT_ATTEMPT_AT = Occurrence._meta.get_field("next_attempt_at")
_NEXT_DUE_AT = Reminder._meta.get_field("next_due_at")
_ZONES = CompiledQuery(
    lambda *, ids: User.objects.filter(pk__among=ids).values_list("pk", "time_zone"),
    ids=User._meta.pk,
)
