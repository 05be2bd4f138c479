"""What each reminder asks for at the moment of sending, in a fixed number of statements."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    DurationField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from backend.kit.among import Many
from backend.kit.prepared import Prepared
from journaling.models import Entry
from notifications import identity
from notifications.facts import TIMELY, written_at
from notifications.leases import Leased
from notifications.meetings import meetings_of
from notifications.models import Occurrence, Purpose, Reminder
from notifications.rules import LOOKED_BACK, MISSES, NUDGE_AFTER, Main, Wish

State = Occurrence.State
#: A session is announced at most a day before; it may have moved to a little later.
ANNOUNCED_WITHIN = timedelta(days=2)
_EVER = datetime(2000, 1, 1, tzinfo=UTC)
#: The states of a reminder that the patient may have seen, so that a nudge repeats something.
_SHOWN = frozenset({State.SENT, State.UNKNOWN, State.FAILED, State.DEAD_DEVICE})
#: Why nothing was sent of a reminder that was shown all the same: by another message, by the phone.
SHOWN_BY_OTHERS = frozenset({"bundled", "on_phone"})


def wishes_of(*, leased: Sequence[Leased], now: datetime) -> dict[UUID, Wish]:
    """Gather what their reminders ask for at this moment, by occurrence."""
    rows = rows_of({item.reminder for item in leased}, now)
    mains = mains_of(leased)
    standing = _standing(leased, now)
    ended = _last_sessions(leased, now)
    return {
        item.id: wish_of(
            item, row, main=mains.get(item.id),
            session_stands=None if item.session is None else item.id in standing,
            last_session_at=ended.get(item.patient),
        )
        for item in leased
        if (row := rows.get(item.reminder)) is not None
    }  # fmt: skip


def wish_of(
    item: Leased,
    row: dict[str, Any],
    *,
    main: Main | None,
    session_stands: bool | None,
    last_session_at: datetime | None,
) -> Wish:
    """Put together what is known of one occurrence; ``row`` is its reminder's, of ``rows_of``."""
    return Wish(
        is_active=row["active"] and row["deleted_at"] is None,
        purpose=item.purpose,
        skip_if_logged=row["skip_if_logged"],
        is_snoozed=item.is_snoozed,
        previous_at=_previous(item, row["minutes"]),
        next_at=row["next_due_at"],
        main=main if item.slot >= identity.NUDGE else None,
        session_stands=session_stands,
        last_session_at=last_session_at,
        is_missed=_is_missed(row),
        is_halved=row["halved_at"] is not None,
        was_left_out=row["was"] == "halved",
    )


def halve(*, missed: Collection[int], now: datetime) -> None:
    """Halve these series from now on, and ask their patients once whether to change the time."""
    if missed:
        Reminder.objects.filter(row__among=missed, halved_at__isnull=True).update(
            halved_at=now, asked_at=now, rev=F("rev") + 1
        )


def rows_of(reminders: Collection[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Read these series, with the reason of the newest settled one and the newest misses."""
    rows = _SERIES.all(reminders=Many(reminders), now=now)
    return {row[0]: dict(zip(_NAMES, row, strict=True)) for row in rows}


def _series(*, reminders: Collection[int], now: datetime) -> "QuerySet[Any, Any]":
    missed = _sent_of_series(now).values("is_missed")
    closed = Occurrence.objects.filter(
        reminder=OuterRef("pk"), slot__lt=identity.NUDGE, wake_at__isnull=True
    ).order_by("-local_day", "-slot")
    found = Reminder.objects.filter(pk__among=reminders).annotate(
        was=Subquery(closed.values("reason")[:1]),
        **{name: Subquery(missed[place : place + 1]) for place, name in enumerate(MISSED)},
    )
    return found.values_list(*_NAMES)


def _sent_of_series(now: datetime) -> "QuerySet[Any, Any]":
    """Find what was sent of a series and is over, newest first, and whether it was missed.

    What wasn't delivered is no miss. Any entry is an answer, whatever its origin, that happened
    within its window or was written down in it.
    """
    mine = Entry.objects.filter(patient_id=OuterRef("patient_id"), deleted_at__isnull=True)
    within = mine.annotate(written_at=written_at()).filter(
        Q(shown_at__gte=OuterRef("due_at"), shown_at__lte=OuterRef("not_after"))
        | Q(written_at__gte=OuterRef("due_at"), written_at__lte=OuterRef("not_after"))
    )
    timely = within.filter(
        counts=True,
        shown_at__gte=OuterRef("due_at") - Value(TIMELY, DurationField()),
        shown_at__lte=OuterRef("not_after"),
    )
    recalled = within.filter(counts=False, received_at__gte=OuterRef("due_at"))
    return (
        Occurrence.objects.filter(
            reminder=OuterRef("pk"), slot__lt=identity.NUDGE, state=State.SENT, not_after__lte=now,
            due_at__gt=Coalesce(OuterRef("misses_from"), Value(_EVER)),
        )
        .annotate(is_missed=Case(
            When(Q(answered_at__isnull=True) & ~Exists(timely) & ~Exists(recalled), then=Value(1)),
            default=Value(0),
        ))
        .order_by("-local_day", "-slot")
    )  # fmt: skip


def _is_missed(row: dict[str, Any]) -> bool:
    """Whether the newest of a series were missed in a row.

    A session's own reminder asks for no answer, and what follows sessions has no time to change.
    """
    asks = row["purpose"] != Purpose.SESSION and row["minutes"]
    return bool(asks) and all(row[name] == 1 for name in MISSED)


def mains_of(leased: Sequence[Leased]) -> dict[UUID, Main]:
    """Read what the nudges among these repeat, by nudge."""
    repeated = {
        item.id: identity.named_by(item.tag) for item in leased if item.slot >= identity.NUDGE
    }
    if not repeated:
        return {}
    rows = {
        pk: Main(due_at, state in _SHOWN or reason in SHOWN_BY_OTHERS, answered_at is not None)
        for pk, due_at, state, reason, answered_at in Occurrence.objects.filter(
            pk__among=set(repeated.values())
        ).values_list("pk", "due_at", "state", "reason", "answered_at")
    }
    return {nudge: rows[main] for nudge, main in repeated.items() if main in rows}


def _standing(leased: Sequence[Leased], now: datetime) -> set[UUID]:
    """Find which of these announce a session that still is theirs, on that day, and to come."""
    announcing = [item for item in leased if item.session is not None]
    meetings = meetings_of(
        patients={item.patient for item in announcing}, since=now, until=now + ANNOUNCED_WITHIN
    )
    planned = {
        (patient, meeting.session, meeting.day)
        for patient, found in meetings.items()
        for meeting in found
        if meeting.starts_at > now
    }
    return {
        item.id for item in announcing if (item.patient, item.session, item.local_day) in planned
    }


def _last_sessions(leased: Sequence[Leased], now: datetime) -> dict[UUID, datetime]:
    """Find when the last session ended of those who are asked before the next one."""
    patients = {item.patient for item in leased if item.purpose == Purpose.PRE_SESSION}
    meetings = meetings_of(patients=patients, since=now - LOOKED_BACK, until=now)
    return {
        patient: max(ended)
        for patient, found in meetings.items()
        if (ended := [meeting.ends_at for meeting in found if meeting.ends_at <= now])
    }


def _previous(item: Leased, minutes: Sequence[int]) -> datetime | None:
    slot, due_at = item.slot, item.due_at
    if slot >= identity.NUDGE:
        slot, due_at = slot - identity.NUDGE, due_at - NUDGE_AFTER
    before = [minute for minute in minutes if minute < slot]
    return due_at - timedelta(minutes=slot - before[-1]) if before else None


#: What the newest misses are called in a row of ``rows_of``.
MISSED = tuple(f"missed_{place}" for place in range(MISSES))
_NAMES = (
    "row", "purpose", "active", "deleted_at", "skip_if_logged", "minutes", "next_due_at",
    "halved_at", "was", *MISSED,
)  # fmt: skip
_SERIES = Prepared(
    _series, reminders=Reminder._meta.pk, now=Reminder._meta.get_field("next_due_at")
)
