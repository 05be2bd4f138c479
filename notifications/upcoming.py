"""What comes to one patient: the rows that the engine decides by, read and lived ahead."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from notifications import facts, identity, wishes
from notifications.claiming import MOST_ATTEMPTS
from notifications.foretelling import Foretold, Known, Series, Shown, foretell
from notifications.leases import Leased, taken_up
from notifications.meetings import HORIZON, Meeting, meetings_of
from notifications.models import Occurrence, Recipient, Reminder
from notifications.plans import plan_of
from notifications.rules import LOOKED_BACK, MISSES, Facts, Main
from notifications.series import handled_of, standing
from notifications.turns import COLUMNS, turn_of

State = Occurrence.State
#: As many as a phone can plan by itself (iOS keeps 64), and as far ahead.
MOST_COMING = 200
FURTHEST = timedelta(days=14)
#: What fell due so long ago and does not wait is over: no window is longer than a day.
RECENT = timedelta(days=3)


def upcoming_of(*, patient: UUID, until: datetime, now: datetime) -> Sequence[Foretold]:
    """List what will be shown to a patient until then, soonest first, as far as a phone keeps it.

    What would stay silent by a rule that is known beforehand is left out, nudges are in, and a
    snoozed occurrence stands at its new time.
    """
    known = _known(patient, now=now)
    found = [] if known is None else foretell(known, now=now, until=until)
    return sorted(found, key=lambda one: (one.show_at, one.item.id))[:MOST_COMING]


def _known(patient: UUID, *, now: datetime) -> Known | None:
    """Gather, in a fixed number of statements, what decides about a patient's reminders."""
    base = facts.facts_of(patients=[patient], now=now).get(patient)
    if base is None:
        return None
    ends = facts.ends_of(patient=patient, now=now)
    meetings = meetings_of(
        patients=[patient], since=now - LOOKED_BACK, until=now + HORIZON
    ).get(patient, [])  # fmt: skip
    recent = _recent(patient, now)
    waiting = [(row.wake_at, taken_up(row)) for row in recent if _is_waiting(row)]
    recipient = Recipient.objects.filter(pk=patient).values_list(*COLUMNS)
    return Known(
        patient=patient,
        facts_at=_facts_at(base, meetings, ends),
        turn=turn_of(*(recipient.first() or (None, None, None, None))),
        meetings=meetings,
        series=_series(patient, recent, base, now=now),
        waiting=[(at, item) for at, item in waiting if at is not None],
        mains=_mains(recent, [item for _, item in waiting]),
        handled=frozenset(row.id for row in recent),
    )


def _facts_at(
    base: Facts, meetings: Sequence[Meeting], ends: datetime | None
) -> Callable[[datetime], Facts]:
    def facts_at(at: datetime) -> Facts:
        return base._replace(
            is_enrolled=base.is_enrolled and (ends is None or at < ends),
            is_in_session=any(one.starts_at <= at < one.ends_at for one in meetings),
        )

    return facts_at


def _recent(patient: UUID, now: datetime) -> list[Occurrence]:
    """Read what may still matter: what waits, what is not over, and what is not to come again."""
    rows = Occurrence.objects.filter(
        Q(due_at__gt=now - RECENT) | Q(wake_at__isnull=False), patient_id=patient
    )
    return list(rows.order_by("due_at", "id"))


def _is_waiting(row: Occurrence) -> bool:
    # What a worker holds just now is being sent: it does not come any more.
    return row.state == State.PENDING and row.deaths < MOST_ATTEMPTS


def _mains(recent: Iterable[Occurrence], waiting: Sequence[Leased]) -> dict[UUID, Main]:
    """Read what waiting nudges repeat, and what may be repeated yet, by name."""
    found = {
        row.id: Main(row.due_at, was_shown=False, is_answered=row.answered_at is not None)
        for row in recent
        if row.slot < identity.NUDGE
    }
    tags = {item.id: identity.named_by(item.tag) for item in waiting}
    return found | {tags[name]: main for name, main in wishes.mains_of(waiting).items()}


def _series(
    patient: UUID, recent: Collection[Occurrence], base: Facts, *, now: datetime
) -> dict[int, Series]:
    reminders = list(Reminder.objects.filter(patient_id=patient, deleted_at__isnull=True))
    rows = wishes.rows_of([reminder.row for reminder in reminders], now)
    newest = max(base.logged.values(), default=None)
    return {
        reminder.row: _one_series(
            reminder,
            rows[reminder.row],
            [row for row in recent if row.reminder_id == reminder.row],
            newest,
            now=now,
        )
        for reminder in reminders
    }


def _one_series(
    reminder: Reminder,
    row: dict[str, Any],
    recent: Sequence[Occurrence],
    newest_entry: datetime | None,
    *,
    now: datetime,
) -> Series:
    mains = [one for one in recent if one.slot < identity.NUDGE]
    last = handled_of(reminder)
    is_open = any((one.local_day, one.slot) == last and one.wake_at is not None for one in mains)
    return Series(
        id=reminder.id,
        rev=reminder.rev,
        plan=plan_of(reminder),
        coming=standing(reminder),
        row=row,
        misses_from=reminder.misses_from,
        closed=None if is_open else last,
        shown=[
            Shown(
                one.local_day, one.slot, one.due_at, one.not_after,
                is_answered=one.answered_at is not None
                or (newest_entry is not None and newest_entry >= one.due_at),
            )
            for one in mains
            if one.state == State.SENT and one.not_after > now
        ],
        over=tuple(row[f"missed_{place}"] for place in range(MISSES)),
    )  # fmt: skip
