"""Taking what is due: one transaction, a fixed number of statements, nothing sent inside."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import F, Field, QuerySet

from backend.kit import bulk
from backend.kit.among import Many
from backend.kit.prepared import Prepared
from backend.kit.rows import read_by_index, returning
from care.models import User
from notifications import identity, leases, series
from notifications.leases import Leased, taken_up
from notifications.meetings import Meetings
from notifications.models import Device, Occurrence, Reminder
from notifications.plans import stored_plan
from notifications.rules import nudge_at

State = Occurrence.State
log = logging.getLogger(__name__)

#: As many as one claim takes; its transaction stays under 25 ms.
BATCH = 500
#: A row that was begun so often and never settled is given up, whoever held it.
MOST_ATTEMPTS = 5

_NEW_COLUMNS = (
    "id", "reminder", "patient", "purpose", "local_day", "slot", "session", "due_at", "not_after",
    "wake_at", "state", "reason", "fence", "attempts", "tag", "created_at",
)  # fmt: skip


class _Waiting(NamedTuple):
    """An occurrence whose time has come again, as its row stands."""

    id: UUID
    reminder_id: int
    patient_id: UUID
    purpose: str
    slot: int
    due_at: datetime
    not_after: datetime
    tag: str
    doubts: int
    attempts: int
    deaths: int
    accepted: list[str] | None
    snoozed_at: datetime | None
    sent_at: datetime | None
    session: UUID | None
    local_day: date
    state: str
    fence: UUID | None

    @property
    def is_held(self) -> bool:
        """Whether a holder has it, or had it and died."""
        return self.state == State.LEASED


class _Due(NamedTuple):
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


class _Named(NamedTuple):
    """The occurrence of a reminder that fell due: its name, and the span in which it is shown."""

    id: UUID
    due_at: datetime
    not_after: datetime
    is_broken: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """What one claim took: the rows to send, and how many rows it settled or moved in all."""

    fence: UUID
    leased: Sequence[Leased]
    handled: int


class Due(NamedTuple):
    """What a dispatcher has to do."""

    #: A claim would find something.
    reminders: bool
    #: A phone waits to be told that its plan has changed.
    refreshes: bool


def is_anything_due(*, now: datetime) -> bool:
    """Whether a dispatcher would find anything, in one indexed statement."""
    return any(what_is_due(now=now))


def what_is_due(*, now: datetime) -> Due:
    """Tell what a dispatcher would find, in one indexed statement.

    It asks for the smallest instant: asked for any row that is due, PostgreSQL read the whole table
    (13 ms of 100,000) when its statistics remembered a moment in which many were.
    """
    reminders, occurrences, devices = (
        connection.ops.quote_name(model._meta.db_table) for model in (Reminder, Occurrence, Device)
    )
    at = Reminder._meta.get_field("next_due_at").get_db_prep_value(now, connection)
    found = returning(
        f"SELECT (SELECT min(next_due_at) FROM {reminders}"  # noqa: S608 (own names)
        " WHERE next_due_at IS NOT NULL) <= %s OR"
        f" (SELECT min(wake_at) FROM {occurrences} WHERE wake_at IS NOT NULL) <= %s,"
        f" (SELECT min(refresh_at) FROM {devices} WHERE refresh_at IS NOT NULL) <= %s",
        [at, at, at],
    )
    return Due(*map(bool, found)) if found is not None else Due(reminders=False, refreshes=False)


def claim_due(*, now: datetime, limit: int = BATCH) -> Batch:
    """Take up to ``limit`` rows: what was left waiting first, then reminders that fell due.

    Any number of workers may claim at once, and each row goes to one. A reminder that is over its
    limit is recorded as expired, and its series goes on with the next occurrence to come.
    """
    fence = uuid4()
    with transaction.atomic():
        read_by_index()
        waiting = _waiting(fence, now=now, limit=limit)
        fresh = _fresh(fence, now=now, limit=limit - waiting.handled)
    return Batch(fence, [*waiting.leased, *fresh.leased], handled=waiting.handled + fresh.handled)


def _waiting(fence: UUID, *, now: datetime, limit: int) -> Batch:
    """Take rows whose time has come again: nudges, snoozes, retries, and what a holder lost."""
    rows = [_Waiting._make(row) for row in _first(_WAKE_AT, _Waiting._fields, limit).all(now=now)]
    if not rows:
        return Batch(fence, [], handled=0)
    lasting, tried = leases.standing(fences={row.fence for row in rows if row.is_held}, now=now)
    rows = [row for row in rows if not (row.is_held and row.fence in lasting)]
    tried &= {row.id for row in rows if row.is_held}
    if tried:
        Occurrence.objects.filter(id__among=tried).update(
            attempts=F("attempts") + 1, deaths=F("deaths") + 1
        )
    items = [taken_up(row, lost=row.id in tried) for row in rows]
    given_up = [item for item in items if item.not_after <= now or item.deaths >= MOST_ATTEMPTS]
    _close_all(given_up, now=now)
    leased = [item for item in items if item.not_after > now and item.deaths < MOST_ATTEMPTS]
    if leased:
        Occurrence.objects.filter(id__among=[item.id for item in leased]).update(
            state=State.LEASED, fence=fence, wake_at=now + leases.length()
        )
    return Batch(fence, leased, handled=len(rows))


def _fresh(fence: UUID, *, now: datetime, limit: int) -> Batch:
    """Turn reminders that fell due into occurrences, and set each to its next time."""
    due = [_Due._make(row) for row in _first(_NEXT_DUE_AT, _Due._fields, limit).all(now=now)]
    if not due:
        return Batch(fence, [], handled=0)
    zones = dict(_ZONES.all(ids=Many({row.patient_id for row in due})))
    meetings = series.sessions_ahead(
        patients={row.patient_id for row in due if row.before_minutes is not None}, now=now
    )
    named, moved = _reckon(due, zones=zones, meetings=meetings, now=now)
    leased = [
        _lease(row, name)
        for row, name in zip(due, named, strict=True)
        if name.not_after > now and not name.is_broken
    ]
    mine = {found.id for found in leased}
    wake_at = now + leases.length()
    new = [
        column
        for row, name in zip(due, named, strict=True)
        for column in _columns(
            row, name, fence=fence if name.id in mine else None, wake_at=wake_at, now=now
        )
    ]
    if bulk.insert_new(Occurrence, _NEW_COLUMNS, new) < len(new):
        # An occurrence of that name stands there already: it was handled, so it isn't sent again.
        mine = set(
            Occurrence.objects.filter(fence=fence, id__among=mine).values_list("id", flat=True)
        )
        leased = [found for found in leased if found.id in mine]
    bulk.update_each(
        Reminder,
        ("row", *series.COLUMNS, "last_day", "last_slot"),
        moved,
    )
    return Batch(fence, leased, handled=len(due))


def _reckon(
    due: Sequence[_Due], *, zones: Mapping[UUID, str], meetings: Meetings, now: datetime
) -> tuple[list[_Named], list[Sequence[Any]]]:
    """Name each occurrence and find when its series goes on; one that can't be told stops there.

    Its occurrence is recorded as failed. Left to raise, it would stop the series of everybody.
    """
    named, moved = [], []
    for row in due:
        due_at = row.next_due_at - timedelta(seconds=row.next_spread)
        try:
            moved.append(_advance(row, zones[row.patient_id], meetings, now=now))
            is_broken = False
        except Exception as fault:  # whatever it is, it is about this row
            code = type(fault).__name__
            log.exception("no next time", extra={"event": "fault", "code": code,
                                                 "reminder": row.row})  # fmt: skip
            is_broken = True
            moved.append((row.row, *series.NOTHING, row.next_day, row.next_slot))
        not_after = series.ends_at(due_at, row.expires_minutes, row.before_minutes)
        named.append(_Named(_name(row, row.next_slot), due_at, not_after, is_broken))
    return named, moved


def _lease(row: _Due, name: _Named) -> Leased:
    return Leased(
        id=name.id, reminder=row.row, patient=row.patient_id, purpose=row.purpose,
        slot=row.next_slot, due_at=name.due_at, not_after=name.not_after,
        tag=identity.tag_of(name.id), session=row.next_session, local_day=row.next_day,
    )  # fmt: skip


def _columns(
    row: _Due, name: _Named, *, fence: UUID | None, wake_at: datetime, now: datetime
) -> Iterable[Sequence[Any]]:
    """Build the rows of one reminder that fell due: its occurrence, and its nudge if any."""
    tag = identity.tag_of(name.id)
    common = (row.row, row.patient_id, row.purpose, row.next_day)
    if fence is None:
        state, reason = (State.FAILED, "fault") if name.is_broken else (State.EXPIRED, "expired")
        yield (
            name.id, *common, row.next_slot, row.next_session, name.due_at, name.not_after, None,
            state, reason, None, 0, tag, now,
        )  # fmt: skip
        return
    yield (
        name.id, *common, row.next_slot, row.next_session, name.due_at, name.not_after, wake_at,
        State.LEASED, "", fence, 0, tag, now,
    )  # fmt: skip
    again_at = nudge_at(name.due_at, name.not_after, is_wanted=row.nudge)
    if again_at is not None:
        # The same tag: on the phone it takes the place of what it repeats.
        slot = row.next_slot + identity.NUDGE
        yield (
            _name(row, slot), *common, slot, row.next_session, again_at, name.not_after, again_at,
            State.PENDING, "nudge", None, 0, tag, now,
        )  # fmt: skip


def _advance(row: _Due, zone_name: str, meetings: Meetings, *, now: datetime) -> Sequence[Any]:
    handled = (row.next_day, row.next_slot)
    plan = stored_plan(
        row.purpose, tuple(row.minutes), row.weekdays, row.every_days, row.every_from,
        row.starts_on, row.ends_on, row.before_minutes, row.expires_minutes,
    )  # fmt: skip
    coming = series.next_of(
        plan, name=row.id, zone_name=zone_name, meetings=meetings.get(row.patient_id, ()),
        after=now, handled=handled,
    )  # fmt: skip
    return (row.row, *coming, *handled)


def _name(row: _Due, slot: int) -> UUID:
    return identity.occurrence_id(
        patient_id=row.patient_id,
        reminder_id=row.id,
        day=row.next_day,
        slot=slot,
        session=row.next_session,
    )


def _close_all(items: Iterable[Leased], *, now: datetime) -> None:
    """Settle what is not tried any more, by what is known of it: one statement for each end."""
    ends: dict[tuple[str, str], list[UUID]] = {}
    for item in items:
        reason = "expired" if item.not_after <= now else "too_many_attempts"
        ends.setdefault((_end_of(item), reason), []).append(item.id)
    for (state, reason), ids in ends.items():
        Occurrence.objects.filter(id__among=ids).update(
            state=state, reason=reason, wake_at=None, fence=None
        )


def _end_of(item: Leased) -> str:
    """Tell in which state that ends which is not tried again: one device may have taken it."""
    if item.sent_at is not None:
        return State.SENT
    return State.UNKNOWN if item.doubts or item.deaths else State.EXPIRED


@lru_cache(maxsize=32)
def _first(at: "Field[Any, Any]", names: tuple[str, ...], limit: int) -> Prepared:
    """Prepare to lock and read the rows whose time has come, longest overdue first."""

    def build(*, now: datetime) -> "QuerySet[Any, Any]":
        due = at.model._default_manager.select_for_update(skip_locked=True)
        rows = due.filter(**{f"{at.name}__lte": now}).order_by(at.name, "pk")
        return rows.values_list(*names)[:limit]

    return Prepared(build, now=at)


_WAKE_AT = Occurrence._meta.get_field("wake_at")
_NEXT_DUE_AT = Reminder._meta.get_field("next_due_at")
_ZONES = Prepared(
    lambda *, ids: User.objects.filter(pk__among=ids).values_list("pk", "time_zone"),
    ids=User._meta.pk,
)
