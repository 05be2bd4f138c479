"""Taking what is due: one transaction, a fixed number of statements, nothing sent inside."""

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
#: A row that was begun so often and never settled is given up, whoever held it.
MOST_ATTEMPTS = 5

_NEW_COLUMNS = (
    "id", "reminder", "patient", "purpose", "local_day", "slot", "session", "due_at", "not_after",
    "next_attempt_at", "state", "reason", "lease_id", "attempts", "tag", "created_at",
)  # fmt: skip


class _OpenRow(NamedTuple):
    """An occurrence whose time has come again, as its row stands."""

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
        """Whether a holder has it, or had it and died."""
        return self.state == State.LEASED


class _DueRow(NamedTuple):
    """A reminder that fell due, as its row stands."""

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
    """The occurrence of a reminder that fell due: its name, and the span in which it is shown."""

    id: UUID
    due_at: datetime
    not_after: datetime
    is_broken: bool


@dataclass(frozen=True, slots=True)
class ClaimedBatch:
    """What one claim took: the rows to send, and how many rows it settled or moved in all."""

    lease_id: UUID
    leased: Sequence[Leased]
    handled: int


def claim_due(*, now: datetime, limit: int = CLAIM_LIMIT) -> ClaimedBatch:
    """Take up to ``limit`` rows: what was left waiting first, then reminders that fell due.

    Any number of workers may claim at once, and each row goes to one. A reminder that is over its
    limit is recorded as expired, and its series goes on with the next occurrence to come.
    """
    lease_id = uuid4()
    with transaction.atomic():
        disable_seqscan()
        waiting = _claim_open(lease_id, now=now, limit=limit)
        fresh = _claim_new(lease_id, now=now, limit=limit - waiting.handled)
    return ClaimedBatch(
        lease_id, [*waiting.leased, *fresh.leased], handled=waiting.handled + fresh.handled
    )


def _claim_open(lease_id: UUID, *, now: datetime, limit: int) -> ClaimedBatch:
    """Take rows whose time has come again: nudges, snoozes, retries, and what a holder lost."""
    rows = [
        _OpenRow._make(row)
        for row in _locked_due_rows(_NEXT_ATTEMPT_AT, _OpenRow._fields, limit).all(now=now)
    ]
    if not rows:
        return ClaimedBatch(lease_id, [], handled=0)
    lasting, tried = lease.split_leases(
        fences={row.lease_id for row in rows if row.is_held}, now=now
    )
    rows = [row for row in rows if not (row.is_held and row.lease_id in lasting)]
    tried &= {row.id for row in rows if row.is_held}
    if tried:
        Occurrence.objects.filter(id__among=tried).update(
            attempts=F("attempts") + 1, crash_count=F("crash_count") + 1
        )
    items = [leased_from_row(row, lost=row.id in tried) for row in rows]
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


def _claim_new(lease_id: UUID, *, now: datetime, limit: int) -> ClaimedBatch:
    """Turn reminders that fell due into occurrences, and set each to its next time."""
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
    named, moved = _plan_due_rows(due, zones=zones, patient_sessions=patient_sessions, now=now)
    leased = [
        _leased_from_due(row, name)
        for row, name in zip(due, named, strict=True)
        if name.not_after > now and not name.is_broken
    ]
    mine = {found.id for found in leased}
    next_attempt_at = now + lease.lease_duration()
    new = [
        column
        for row, name in zip(due, named, strict=True)
        for column in _rows_to_insert(
            row,
            name,
            lease_id=lease_id if name.id in mine else None,
            next_attempt_at=next_attempt_at,
            now=now,
        )
    ]
    if bulk.bulk_insert_ignore(Occurrence, _NEW_COLUMNS, new) < len(new):
        # An occurrence of that name stands there already: it was handled, so it isn't sent again.
        mine = set(
            Occurrence.objects.filter(lease_id=lease_id, id__among=mine).values_list(
                "id", flat=True
            )
        )
        leased = [found for found in leased if found.id in mine]
    bulk.bulk_update(
        Reminder,
        ("row", *NEXT_COLUMNS, "last_day", "last_slot"),
        moved,
    )
    return ClaimedBatch(lease_id, leased, handled=len(due))


def _plan_due_rows(
    due: Sequence[_DueRow],
    *,
    zones: Mapping[UUID, str],
    patient_sessions: SessionsByPatient,
    now: datetime,
) -> tuple[list[_NewOccurrence], list[Sequence[Any]]]:
    """Name each occurrence and find when its series goes on; one that can't be told stops there.

    Its occurrence is recorded as failed. Left to raise, it would stop the series of everybody.
    """
    named, moved = [], []
    for row in due:
        due_at = row.next_due_at - timedelta(seconds=row.next_spread)
        try:
            moved.append(_advance_series(row, zones[row.patient_id], patient_sessions, now=now))
            is_broken = False
        except Exception as fault:  # whatever it is, it is about this row
            code = type(fault).__name__
            log.exception("no next time", extra={"event": "fault", "code": code,
                                                 "reminder": row.row})  # fmt: skip
            is_broken = True
            moved.append((row.row, *NO_NEXT, row.next_day, row.next_slot))
        not_after = shown_until(due_at, row.expires_minutes, row.before_minutes)
        named.append(
            _NewOccurrence(_occurrence_id(row, row.next_slot), due_at, not_after, is_broken)
        )
    return named, moved


def _leased_from_due(row: _DueRow, name: _NewOccurrence) -> Leased:
    return Leased(
        id=name.id, reminder=row.row, patient=row.patient_id, purpose=row.purpose,
        slot=row.next_slot, due_at=name.due_at, not_after=name.not_after,
        tag=tag_of_occurrence(name.id), session=row.next_session, local_day=row.next_day,
    )  # fmt: skip


def _rows_to_insert(
    row: _DueRow,
    name: _NewOccurrence,
    *,
    lease_id: UUID | None,
    next_attempt_at: datetime,
    now: datetime,
) -> Iterable[Sequence[Any]]:
    """Build the rows of one reminder that fell due: its occurrence, and its nudge if any."""
    tag = tag_of_occurrence(name.id)
    common = (row.row, row.patient_id, row.purpose, row.next_day)
    if lease_id is None:
        state, reason = (State.FAILED, "fault") if name.is_broken else (State.EXPIRED, "expired")
        yield (
            name.id, *common, row.next_slot, row.next_session, name.due_at, name.not_after, None,
            state, reason, None, 0, tag, now,
        )  # fmt: skip
        return
    yield (
        name.id, *common, row.next_slot, row.next_session, name.due_at, name.not_after,
        next_attempt_at,
        State.LEASED, "", lease_id, 0, tag, now,
    )  # fmt: skip
    again_at = nudge_at(name.due_at, name.not_after, is_wanted=row.nudge)
    if again_at is not None:
        # The same tag: on the phone it takes the place of what it repeats.
        slot = row.next_slot + NUDGE_SLOT
        yield (
            _occurrence_id(row, slot), *common, slot, row.next_session, again_at, name.not_after,
            again_at,
            State.PENDING, "nudge", None, 0, tag, now,
        )  # fmt: skip


def _advance_series(
    row: _DueRow, zone_name: str, patient_sessions: SessionsByPatient, *, now: datetime
) -> Sequence[Any]:
    handled = (row.next_day, row.next_slot)
    plan = cached_plan(
        row.purpose, tuple(row.minutes), row.weekdays, row.every_days, row.every_from,
        row.starts_on, row.ends_on, row.before_minutes, row.expires_minutes,
    )  # fmt: skip
    following = compute_next_due(
        plan, name=row.id, zone_name=zone_name,
        patient_sessions=patient_sessions.get(row.patient_id, ()),
        after=now, handled=handled,
    )  # fmt: skip
    return (row.row, *following, *handled)


def _occurrence_id(row: _DueRow, slot: int) -> UUID:
    return occurrence_id(
        patient_id=row.patient_id,
        reminder_id=row.id,
        day=row.next_day,
        slot=slot,
        session=row.next_session,
    )


def _give_up(items: Iterable[Leased], *, now: datetime) -> None:
    """Settle what is not tried any more, by what is known of it: one statement for each end."""
    ends: dict[tuple[str, str], list[UUID]] = {}
    for item in items:
        reason = "expired" if item.not_after <= now else "too_many_attempts"
        ends.setdefault((_final_state(item), reason), []).append(item.id)
    for (state, reason), ids in ends.items():
        Occurrence.objects.filter(id__among=ids).update(
            state=state, reason=reason, next_attempt_at=None, lease_id=None
        )


def _final_state(item: Leased) -> str:
    """Tell in which state that ends which is not tried again: one device may have taken it."""
    if item.sent_at is not None:
        return State.SENT
    return State.UNKNOWN if item.ambiguous_count or item.crash_count else State.EXPIRED


@lru_cache(maxsize=32)
def _locked_due_rows(at: "Field[Any, Any]", names: tuple[str, ...], limit: int) -> CompiledQuery:
    """Prepare to lock and read the rows whose time has come, longest overdue first."""

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
