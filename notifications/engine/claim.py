"""Claims and leases of occurrences: what is due is taken, begun a chunk at a time, and released.

Claiming is one transaction of a fixed number of statements, and sends nothing. The lease of a
worker that dies runs out, and the next worker takes its rows again; a result that comes too late
finds another lease id and is not recorded.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, Field, QuerySet

from backend.kit.db import bulk
from backend.kit.db.bulk import IdArray, uuid_hex
from backend.kit.db.claims import disable_seqscan
from backend.kit.db.compiled import CompiledQuery, upsert_row
from care.models import User
from notifications.engine.step import Leased, due_occurrence, nudge_of
from notifications.models.occurrence import Lease, Occurrence
from notifications.models.reminder import Reminder
from notifications.reminders.next_due import (
    NEXT_COLUMNS,
    NO_NEXT,
    compute_next_due,
    sessions_ahead,
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


class _FallenDue(NamedTuple):
    """What a reminder that fell due calls for, and the columns with which its series goes on."""

    row: _DueRow
    item: Leased
    next_columns: Sequence[Any]
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
    valid, in_hand = _split_leases(lease_ids={row.lease_id for row in rows if row.is_held}, now=now)
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
            state=State.LEASED, lease_id=lease_id, next_attempt_at=now + lease_duration()
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
    fallen = [_fall_due(row, zones, patient_sessions, now=now) for row in due]
    leased = [one.item for one in fallen if one.item.not_after > now and not one.is_broken]
    leased_ids = {item.id for item in leased}
    next_attempt_at = now + lease_duration()
    rows_to_insert = [
        values
        for one in fallen
        for values in _rows_to_insert(
            one,
            lease_id=lease_id if one.item.id in leased_ids else None,
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
    bulk.bulk_update(
        Reminder,
        ("row", *NEXT_COLUMNS, "last_day", "last_slot"),
        [one.next_columns for one in fallen],
    )
    return ClaimedBatch(lease_id, leased, handled=len(due))


def _fall_due(
    row: _DueRow,
    zones: Mapping[UUID, str],
    patient_sessions: SessionsByPatient,
    *,
    now: datetime,
) -> _FallenDue:
    """Return the occurrence of a row, and the columns with which its series goes on.

    A series whose next time can't be computed ends there, and its occurrence is recorded as
    failed: an exception would stop the reminders of all patients.
    """
    handled = (row.next_day, row.next_slot)
    item = due_occurrence(
        number=row.row, reminder_id=row.id, patient_id=row.patient_id, purpose=row.purpose,
        expires_minutes=row.expires_minutes, before_minutes=row.before_minutes,
        taken_at=row.next_due_at, day=row.next_day, slot=row.next_slot, spread=row.next_spread,
        session=row.next_session,
    )  # fmt: skip
    try:
        plan = cached_plan(
            row.purpose, tuple(row.minutes), row.weekdays, row.every_days, row.every_from,
            row.starts_on, row.ends_on, row.before_minutes, row.expires_minutes,
        )  # fmt: skip
        next_due = compute_next_due(
            plan, name=row.id, zone_name=zones[row.patient_id],
            patient_sessions=patient_sessions.get(row.patient_id, ()),
            after=now, handled=handled,
        )  # fmt: skip
    except Exception as fault:  # whatever it is, it is about this row
        code = type(fault).__name__
        log.exception("no next time", extra={"event": "fault", "code": code, "reminder": row.row})
        return _FallenDue(row, item, (row.row, *NO_NEXT, *handled), is_broken=True)
    return _FallenDue(row, item, (row.row, *next_due, *handled), is_broken=False)


def _rows_to_insert(
    fallen: _FallenDue, *, lease_id: UUID | None, next_attempt_at: datetime, now: datetime
) -> Iterable[Sequence[Any]]:
    """Build the rows of one reminder that fell due: its occurrence, and its nudge if any."""
    item = fallen.item
    if lease_id is None:
        state, reason = (State.FAILED, "fault") if fallen.is_broken else (State.EXPIRED, "expired")
        yield _new_row(item, (None, state, reason, None), now)
        return
    yield _new_row(item, (next_attempt_at, State.LEASED, "", lease_id), now)
    nudge = nudge_of(item, reminder_id=fallen.row.id, is_wanted=fallen.row.nudge)
    if nudge is not None:
        yield _new_row(nudge, (nudge.due_at, State.PENDING, "nudge", None), now)


def _new_row(
    item: Leased, progress: tuple[datetime | None, str, str, UUID | None], now: datetime
) -> Sequence[Any]:
    return (
        item.id, item.reminder, item.patient, item.purpose, item.local_day, item.slot,
        item.session, item.due_at, item.not_after, *progress, 0, item.tag, now,
    )  # fmt: skip


def leased_from_row(row: Any, *, lost: int = 0) -> Leased:
    """Build a ``Leased`` from an Occurrence row.

    ``lost`` is 1 where a worker has just died with it in hand.
    """
    return Leased(
        id=row.id, reminder=row.reminder_id, patient=row.patient_id, purpose=row.purpose,
        slot=row.slot, due_at=row.due_at, not_after=row.not_after, tag=row.tag,
        ambiguous_count=row.ambiguous_count,
        attempts=row.attempts + lost, crash_count=row.crash_count + lost,
        settled_devices=tuple(row.settled_devices or ()),
        is_snoozed=row.snoozed_at is not None, sent_at=row.sent_at, session=row.session,
        local_day=row.local_day,
    )  # fmt: skip


def lease_duration() -> timedelta:
    """Return how long a lease lasts: longer than sending a chunk may take."""
    return timedelta(seconds=settings.REMINDER_LEASE_SECONDS)


def begin_attempts(*, lease_id: UUID, items: Sequence[Leased], now: datetime) -> list[Leased]:
    """Mark these as begun, renew the lease, and return those that still belong to this worker.

    A worker that dies from here on counts as an attempt only for what it had in hand, not for all
    it had claimed. The mark is one row per worker: written on each occurrence it took twice as long
    (measured).
    """
    # Marked before the rows are read: should this process stall between the two for longer than
    # its lease lasts, it reads them after another worker has taken them.
    upsert_row(
        Lease, ("lease_id",), ("until", "in_hand"),
        lease_id=lease_id, until=now + lease_duration(),
        in_hand=[uuid_hex(item.id) for item in items],
    )  # fmt: skip
    still_leased = {
        pk for (pk,) in _STILL_LEASED.all(ids=IdArray(item.id for item in items), lease_id=lease_id)
    }
    return [item for item in items if item.id in still_leased]


def end_lease(*, lease_id: UUID) -> None:
    """Delete a lease under which nothing is in hand any more."""
    Lease.objects.filter(pk=lease_id).delete()


def release_unstarted(
    *, lease_id: UUID, items: Sequence[Leased], next_attempt_at: datetime
) -> None:
    """Release what this worker claimed and did not begin."""
    Occurrence.objects.filter(
        id__among=[item.id for item in items], lease_id=lease_id, state=State.LEASED
    ).update(state=State.PENDING, next_attempt_at=next_attempt_at, lease_id=None)


def _split_leases(
    *, lease_ids: Collection[UUID | None], now: datetime
) -> tuple[set[UUID], set[UUID]]:
    """Return which of these leases are valid, and which occurrences the expired had in hand.

    The caller has locked the rows of these leases: a worker that renews its lease after this finds
    them taken.
    """
    valid, in_hand = set(), set()
    leases = Lease.objects.filter(lease_id__among=lease_ids) if lease_ids else Lease.objects.none()
    for lease in leases:
        if lease.until > now:
            valid.add(lease.lease_id)
        else:
            in_hand |= {UUID(hex=name) for name in lease.in_hand}
    return valid, in_hand


def _still_leased(*, ids: Collection[UUID], lease_id: UUID) -> "QuerySet[Any, Any]":
    rows = Occurrence.objects.filter(id__among=ids, lease_id=lease_id, state=State.LEASED)
    return rows.values_list("id")


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
_STILL_LEASED = CompiledQuery(
    _still_leased, ids=Occurrence._meta.pk, lease_id=Occurrence._meta.get_field("lease_id")
)
