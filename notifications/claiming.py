"""Taking what is due: one transaction, a fixed number of statements, nothing sent inside.

Whatever is taken is leased to one holder under a fence. A holder that dies loses its lease, and
the next one takes the rows again; a result that comes too late finds another fence.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction

from backend.kit import bulk
from backend.kit.rows import returning
from care.models import User
from notifications import identity, series
from notifications.meetings import Meetings
from notifications.models import Occurrence, Reminder
from notifications.plans import Plan
from notifications.rules import nudge_at

State = Occurrence.State
log = logging.getLogger(__name__)

#: As many as one claim takes; its transaction stays under 25 ms.
BATCH = 500
#: A row that was begun so often and never settled is given up, whoever held it.
MOST_ATTEMPTS = 5

_DUE_COLUMNS = (
    "row", "id", "patient_id", "purpose", "minutes", "weekdays", "every_days", "every_from",
    "starts_on", "ends_on", "before_minutes", "expires_minutes", "nudge", *series.COLUMNS,
)  # fmt: skip
_NEW_COLUMNS = (
    "id", "reminder", "patient", "purpose", "local_day", "slot", "session", "due_at", "not_after",
    "wake_at", "state", "reason", "fence", "attempts", "tag", "created_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Leased:
    """One occurrence that this holder may send."""

    id: UUID
    reminder: int
    patient: UUID
    purpose: str
    slot: int
    due_at: datetime
    not_after: datetime
    tag: str
    doubts: int = 0
    #: How often somebody began on it before.
    attempts: int = 0
    accepted: tuple[str, ...] = ()
    is_snoozed: bool = False
    sent_at: datetime | None = None
    #: The session that it announces, on the day of the clinic's calendar that it was planned for.
    session: UUID | None = None
    local_day: date | None = None

    @property
    def minute(self) -> int:
        """Tell which minute of the local day it was planned for."""
        return self.slot % identity.NUDGE


@dataclass(frozen=True, slots=True)
class Batch:
    """What one claim took: the rows to send, and how many rows it settled or moved in all."""

    fence: UUID
    leased: Sequence[Leased]
    handled: int


def lease() -> timedelta:
    """Tell for how long a holder has what it took: longer than sending a chunk may last."""
    return timedelta(seconds=settings.REMINDER_LEASE_SECONDS)


def begin(*, fence: UUID, items: Sequence[Leased], now: datetime) -> list[Leased]:
    """Count a try of each, renew its lease, and return those that are this holder's still.

    Whoever dies from here on leaves a mark only on what it had in hand, not on all it had claimed.
    """
    until = now + lease()
    rows = [(item.id, fence, State.LEASED, item.attempts + 1, until) for item in items]
    names = ("id", "fence", "state", "attempts", "wake_at")
    if bulk.update_each(Occurrence, names, rows, keys=3) == len(rows):
        return list(items)
    mine = set(
        Occurrence.objects.filter(
            id__among=[item.id for item in items], fence=fence, state=State.LEASED
        ).values_list("id", flat=True)
    )
    return [item for item in items if item.id in mine]


def release(*, fence: UUID, items: Sequence[Leased], wake_at: datetime) -> None:
    """Give back what this holder took and did not begin on."""
    Occurrence.objects.filter(
        id__among=[item.id for item in items], fence=fence, state=State.LEASED
    ).update(state=State.PENDING, wake_at=wake_at, fence=None)


def is_anything_due(*, now: datetime) -> bool:
    """Tell whether a claim would find anything, in one indexed statement.

    It asks for the smallest instant: asked for any row that is due, PostgreSQL read the whole table
    (13 ms of 100,000) when its statistics remembered a moment in which many were.
    """
    reminders, occurrences = (
        connection.ops.quote_name(model._meta.db_table) for model in (Reminder, Occurrence)
    )
    at = Reminder._meta.get_field("next_due_at").get_db_prep_value(now, connection)
    found = returning(
        f"SELECT (SELECT min(next_due_at) FROM {reminders}"  # noqa: S608 (own names)
        " WHERE next_due_at IS NOT NULL) <= %s OR"
        f" (SELECT min(wake_at) FROM {occurrences} WHERE wake_at IS NOT NULL) <= %s",
        [at, at],
    )
    return found is not None and bool(found[0])


def claim_due(*, now: datetime, limit: int = BATCH) -> Batch:
    """Take up to ``limit`` rows: what was left waiting first, then reminders that fell due.

    Any number of workers may claim at once, and each row goes to one. A reminder that is over its
    limit is recorded as expired, and its series goes on with the next occurrence to come.
    """
    fence = uuid4()
    with transaction.atomic():
        waiting = _waiting(fence, now=now, limit=limit)
        fresh = _fresh(fence, now=now, limit=limit - waiting.handled)
    return Batch(fence, [*waiting.leased, *fresh.leased], handled=waiting.handled + fresh.handled)


def _waiting(fence: UUID, *, now: datetime, limit: int) -> Batch:
    """Take rows whose time has come again: nudges, snoozes, retries, and what a holder lost."""
    rows = list(
        Occurrence.objects.select_for_update(skip_locked=True)
        .filter(wake_at__lte=now)
        .order_by("wake_at", "id")
        .values_list(
            "id", "reminder_id", "patient_id", "purpose", "slot", "due_at", "not_after", "tag",
            "doubts", "attempts", "accepted", "snoozed_at", "sent_at", "session", "local_day",
        )[:limit]
    )  # fmt: skip
    late = [row[0] for row in rows if row[6] <= now]
    given_up = [row[0] for row in rows if row[6] > now and row[9] >= MOST_ATTEMPTS]
    done = {*late, *given_up}
    taken = [row for row in rows if row[0] not in done]
    _close(late, State.EXPIRED, "expired")
    _close(given_up, State.UNKNOWN, "too_many_attempts")
    if taken:
        Occurrence.objects.filter(id__among=[row[0] for row in taken]).update(
            state=State.LEASED, fence=fence, wake_at=now + lease()
        )
    leased = [
        Leased(
            *row[:10],
            tuple(row[10] or ()),
            is_snoozed=row[11] is not None,
            sent_at=row[12],
            session=row[13],
            local_day=row[14],
        )
        for row in taken
    ]  # fmt: skip
    return Batch(fence, leased, handled=len(rows))


def _fresh(fence: UUID, *, now: datetime, limit: int) -> Batch:
    """Turn reminders that fell due into occurrences, and set each to its next time."""
    due = list(
        Reminder.objects.select_for_update(skip_locked=True)
        .filter(next_due_at__lte=now)
        .order_by("next_due_at", "row")
        .values(*_DUE_COLUMNS)[:limit]
    )
    if not due:
        return Batch(fence, [], handled=0)
    zones = dict(
        User.objects.filter(pk__among={row["patient_id"] for row in due}).values_list(
            "pk", "time_zone"
        )
    )
    meetings = series.sessions_ahead(
        patients={row["patient_id"] for row in due if row["before_minutes"] is not None}, now=now
    )
    sound, moved = _reckon(due, zones=zones, meetings=meetings, now=now)
    leased = [found for row in sound if (found := _lease(row, now=now)) is not None]
    mine = {found.id for found in leased}
    new = [column for row in due for column in _columns(row, fence=fence, mine=mine, now=now)]
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
    due: Sequence[dict[str, Any]], *, zones: dict[UUID, str], meetings: Meetings, now: datetime
) -> tuple[list[dict[str, Any]], list[Sequence[Any]]]:
    """Name each occurrence and find when its series goes on; one that can't be told stops there.

    Its occurrence is recorded as failed. Left to raise, it would stop the series of everybody.
    """
    sound, moved = [], []
    for row in due:
        row["name"] = _name(row, row["next_slot"])
        row["due_at"] = row["next_due_at"] - timedelta(seconds=row["next_spread"])
        try:
            moved.append(_advance(row, zones[row["patient_id"]], meetings, now=now))
            sound.append(row)
        except Exception as fault:  # whatever it is, it is about this row
            code = type(fault).__name__
            log.exception("no next time", extra={"event": "fault", "code": code,
                                                 "reminder": row["row"]})  # fmt: skip
            row["is_broken"] = True
            moved.append((row["row"], *series.NOTHING, row["next_day"], row["next_slot"]))
    return sound, moved


def _lease(row: dict[str, Any], *, now: datetime) -> Leased | None:
    not_after = _end(row)
    if not_after <= now:
        return None
    return Leased(
        id=row["name"], reminder=row["row"], patient=row["patient_id"], purpose=row["purpose"],
        slot=row["next_slot"], due_at=row["due_at"], not_after=not_after,
        tag=identity.tag_of(row["name"]), session=row["next_session"], local_day=row["next_day"],
    )  # fmt: skip


def _columns(
    row: dict[str, Any], *, fence: UUID, mine: set[UUID], now: datetime
) -> Iterable[Sequence[Any]]:
    """Build the rows of one reminder that fell due: its occurrence, and its nudge if any."""
    name, slot, due_at = row["name"], row["next_slot"], row["due_at"]
    common = (row["row"], row["patient_id"], row["purpose"], row["next_day"])
    is_mine = name in mine
    missed = (State.FAILED, "fault") if row.get("is_broken") else (State.EXPIRED, "expired")
    state, reason = (State.LEASED, "") if is_mine else missed
    yield (
        name, *common, slot, row["next_session"], due_at, _end(row),
        now + lease() if is_mine else None, state, reason,
        fence if is_mine else None, 0, identity.tag_of(name), now,
    )  # fmt: skip
    again_at = nudge_at(due_at, _end(row), is_wanted=row["nudge"])
    if is_mine and again_at is not None:
        # The same tag: on the phone it takes the place of what it repeats.
        slot += identity.NUDGE
        yield (
            _name(row, slot), *common, slot, row["next_session"], again_at, _end(row), again_at,
            State.PENDING, "nudge", None, 0, identity.tag_of(name), now,
        )  # fmt: skip


def _advance(
    row: dict[str, Any], zone_name: str, meetings: Meetings, *, now: datetime
) -> Sequence[Any]:
    handled = (row["next_day"], row["next_slot"])
    plan = Plan(
        row["purpose"], tuple(row["minutes"]), row["weekdays"], row["every_days"],
        row["every_from"], row["starts_on"], row["ends_on"], row["before_minutes"],
        row["expires_minutes"],
    )  # fmt: skip
    coming = series.next_of(
        plan, name=row["id"], zone_name=zone_name, meetings=meetings.get(row["patient_id"], ()),
        after=now, handled=handled,
    )  # fmt: skip
    return (row["row"], *coming, *handled)


def _end(row: dict[str, Any]) -> datetime:
    return series.ends_at(row["due_at"], row["expires_minutes"], row["before_minutes"])


def _name(row: dict[str, Any], slot: int) -> UUID:
    return identity.occurrence_id(
        patient_id=row["patient_id"],
        reminder_id=row["id"],
        day=row["next_day"],
        slot=slot,
        session=row["next_session"],
    )


def _close(ids: Sequence[UUID], state: str, reason: str) -> None:
    if ids:
        Occurrence.objects.filter(id__among=ids).update(
            state=state, reason=reason, wake_at=None, fence=None
        )
