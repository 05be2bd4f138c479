"""What the engine would send if nothing changed: its own rules, lived through ahead of time.

A phone plans its local notifications by this. Nothing is decided here: whether to speak is asked of
the same pure functions that the dispatcher asks at the moment of sending.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from notifications import identity
from notifications.leases import Leased
from notifications.meetings import Meeting
from notifications.models import Purpose
from notifications.plans import Plan
from notifications.recurrence import Handled
from notifications.rules import APART, LOOKED_BACK, MISSES, Facts, Main, nudge_at, silent_because
from notifications.series import LATEST, Next, ends_at, next_of
from notifications.spacing import Turn
from notifications.turns import Turns, ask, in_turn
from notifications.wishes import MISSED, SHOWN_BY_OTHERS, wish_of


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of a series that was or will be sent: over at some time, answered or not."""

    day: date
    slot: int
    due_at: datetime
    not_after: datetime
    is_answered: bool = False


@dataclass(slots=True)
class Series:
    """One reminder and how far it has come. ``row`` is what ``wishes.rows_of`` knows of it."""

    id: UUID
    rev: int
    plan: Plan
    coming: Next
    row: dict[str, Any]
    misses_from: datetime | None
    #: The newest occurrence that is settled.
    closed: Handled | None
    #: What was sent and is not over yet; what was over before is in ``row``.
    shown: list[Shown] = field(default_factory=list)
    over: tuple[Any, ...] = ()

    def known_at(self, at: datetime) -> dict[str, Any]:
        """Tell what a dispatcher would read of this series at that moment."""
        newest = sorted(self.shown, key=lambda one: (one.day, one.slot), reverse=True)
        missed = [
            int(not one.is_answered)
            for one in newest
            if one.not_after <= at and (self.misses_from is None or one.due_at > self.misses_from)
        ]
        latest = [*missed, *self.over, *[None] * MISSES][:MISSES]
        self.row |= zip(MISSED, latest, strict=True)
        self.row["next_due_at"] = self.coming.due_at
        return self.row


@dataclass(slots=True)
class Known:
    """All that is known of one patient's reminders at a moment, and what is planned."""

    patient: UUID
    facts_at: Callable[[datetime], Facts]
    turn: Turn
    meetings: Sequence[Meeting] = ()
    series: dict[int, Series] = field(default_factory=dict)
    #: What is to be taken up again, and when.
    waiting: list[tuple[datetime, Leased]] = field(default_factory=list)
    #: What nudges repeat, and what is handled already, by name.
    mains: dict[UUID, Main] = field(default_factory=dict)
    handled: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Foretold:
    """One message that would be sent, of which series, and when a phone may show it by itself."""

    item: Leased
    series: Series
    show_at: datetime


def foretell(known: Known, *, now: datetime, until: datetime) -> list[Foretold]:
    """List what would be sent later than now, in order; ``known`` is used up by it."""
    course = _Course(known)
    while (at := course.next_at()) is not None and at <= until + LATEST:
        course.live(max(at, now))
    return [found for found in course.spoken if now < found.show_at <= until]


class _Course:
    """Ticks to come, one after the other."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.turn = known.turn
        #: The newest message that was sent already.
        self.turn_before = known.turn.at
        self.spoken: list[Foretold] = []

    def next_at(self) -> datetime | None:
        """Tell when the engine has something to do next."""
        fresh = [one.coming.due_at for one in self.known.series.values() if one.coming.due_at]
        return min([*fresh, *(at for at, _ in self.known.waiting)], default=None)

    def live(self, at: datetime) -> None:
        """Do what a dispatcher does at one tick: claim, ask the rules, take turns, record."""
        facts = self.known.facts_at(at)
        again = sorted((one for one in self.known.waiting if one[0] <= at), key=_by_wake)
        self.known.waiting = [one for one in self.known.waiting if one[0] > at]
        items = [*(item for _, item in again), *self._fresh(at)]
        reasons = {item.id: self._silent(item, facts, at) for item in items}
        for item in items:
            reason = reasons[item.id]
            if reason == "halved":
                series = self.known.series[item.reminder]
                series.row["halved_at"] = series.row["halved_at"] or at
            if reason is not None:
                self._settle(item, reason)
        willing = [item for item in items if reasons[item.id] is None]
        turns, known = Turns(), {self.known.patient: facts}
        for item in in_turn(willing, {self.known.patient: self.turn}):
            self.turn = ask(item, turns, self.turn, known, at)
        for item, reason in turns.silent:
            self._settle(item, reason)
        self.known.waiting += [(wake_at, item) for item, _, wake_at in turns.later]
        for item in turns.speaking:
            self._speak(item, at, is_again=any(item is one for _, one in again))

    def _fresh(self, at: datetime) -> list[Leased]:
        """Name what falls due, plan its nudge, and let its series go on."""
        found: list[Leased] = []
        for number, series in self.known.series.items():
            item = self._due(number, series, at)
            if item is None:
                continue
            series.coming = next_of(
                series.plan, name=series.id, zone_name=self.known.facts_at(at).zone_name,
                meetings=self.known.meetings, after=at, handled=series.coming.handled,
            )  # fmt: skip
            if item.id not in self.known.handled:
                self.known.mains[item.id] = Main(item.due_at, was_shown=False, is_answered=False)
                found.append(item)
            again_at = nudge_at(item.due_at, item.not_after, is_wanted=series.plan.nudge)
            if again_at is not None and item.not_after > at:
                self._wait_with_nudge(item, series, again_at)
        return found

    def _due(self, number: int, series: Series, at: datetime) -> Leased | None:
        """Name what comes next of a series, if its time has come."""
        coming, plan = series.coming, series.plan
        if coming.due_at is None or coming.day is None or coming.slot is None or coming.due_at > at:
            return None
        due_at = coming.due_at - timedelta(seconds=coming.spread)
        name = identity.occurrence_id(
            patient_id=self.known.patient, reminder_id=series.id, day=coming.day,
            slot=coming.slot, session=coming.session,
        )  # fmt: skip
        return Leased(
            id=name, reminder=number, patient=self.known.patient, purpose=plan.purpose,
            slot=coming.slot, due_at=due_at,
            not_after=ends_at(due_at, plan.expires_minutes, plan.before_minutes),
            tag=identity.tag_of(name), session=coming.session, local_day=coming.day,
        )  # fmt: skip

    def _wait_with_nudge(self, item: Leased, series: Series, again_at: datetime) -> None:
        slot = item.slot + identity.NUDGE
        name = identity.occurrence_id(
            patient_id=item.patient, reminder_id=series.id, day=item.local_day or date.max,
            slot=slot, session=item.session,
        )  # fmt: skip
        if name not in self.known.handled:
            nudge = replace(item, id=name, slot=slot, due_at=again_at)
            self.known.waiting.append((again_at, nudge))

    def _silent(self, item: Leased, facts: Facts, at: datetime) -> str | None:
        series = self.known.series.get(item.reminder)
        wish = None
        if series is not None:
            wish = wish_of(
                item, series.known_at(at), main=self.known.mains.get(identity.named_by(item.tag)),
                session_stands=self._stands(item, at), last_session_at=self._last_session(item, at),
            )  # fmt: skip
        return silent_because(
            facts=facts, wish=wish, due_at=item.due_at, not_after=item.not_after, now=at
        )

    def _stands(self, item: Leased, at: datetime) -> bool | None:
        if item.session is None:
            return None
        return any(
            meeting.session == item.session
            and meeting.day == item.local_day
            and meeting.starts_at > at
            for meeting in self.known.meetings
        )

    def _last_session(self, item: Leased, at: datetime) -> datetime | None:
        if item.purpose != Purpose.PRE_SESSION:
            return None
        ended = [one.ends_at for one in self.known.meetings if at - LOOKED_BACK < one.ends_at <= at]
        return max(ended, default=None)

    def _speak(self, item: Leased, at: datetime, *, is_again: bool) -> None:
        """Show it at its time; only the server's push is spread, and some had to wait."""
        newest = self.spoken[-1].show_at if self.spoken else self.turn_before
        is_near = newest is not None and item.due_at < newest + APART
        show_at = at if is_again or is_near else item.due_at
        self.spoken.append(Foretold(item, self.known.series[item.reminder], show_at))
        self._close(item, "sent", was_shown=True)

    def _settle(self, item: Leased, reason: str) -> None:
        self._close(item, reason, was_shown=reason in SHOWN_BY_OTHERS or item.sent_at is not None)

    def _close(self, item: Leased, reason: str, *, was_shown: bool) -> None:
        """Remember what a dispatcher would read of it later."""
        series = self.known.series.get(item.reminder)
        if series is None or item.slot >= identity.NUDGE or item.local_day is None:
            return
        main = self.known.mains.get(item.id)
        if main is not None:
            self.known.mains[item.id] = main._replace(was_shown=was_shown)
        name = (item.local_day, item.slot)
        if series.closed is None or name >= series.closed:
            series.closed, series.row["was"] = name, reason
        if reason == "sent" or item.sent_at is not None:
            series.shown.append(Shown(*name, item.due_at, item.not_after))


def _by_wake(one: tuple[datetime, Leased]) -> tuple[datetime, UUID]:
    return one[0], one[1].id
