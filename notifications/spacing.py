"""One message at a time: how far apart, how many a day, what is bundled into what (CLINICAL §4).

Pure rules over the messages that a patient had; who holds the patient's row asks them.
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from backend.kit.zones import local_day
from notifications.rules import APART, NUDGE_AFTER, Facts

#: What falls due within so short a time of each other is one message.
BUNDLED_WITHIN = timedelta(minutes=5)
#: A reminder that was bundled was carried by a message so soon after its time; spread included.
CARRIED_WITHIN = timedelta(minutes=15)
#: At most so many a day, with nudges; after a long silence, one.
MOST_A_DAY = 4
MOST_AFTER_SILENCE = 1
LONG_SILENCE = timedelta(hours=72)


class Turn(NamedTuple):
    """The newest message of a patient, and when the ones before it were."""

    at: datetime | None = None
    of: UUID | None = None
    recent: tuple[datetime, ...] = ()
    is_nudge: bool = False

    def taken(self, by: UUID, *, at: datetime, is_nudge: bool = False) -> "Turn":
        """Give the turn to the next message, or to the same one again."""
        before = self.recent[:-1] if by == self.of else self.recent
        return Turn(at, by, (*before, at)[-MOST_A_DAY:], is_nudge)


class Asking(NamedTuple):
    """One message that wants to be sent. ``repeats`` is the reminder that a nudge repeats."""

    name: UUID
    due_at: datetime
    not_after: datetime
    is_snoozed: bool = False
    repeats: UUID | None = None


class Verdict(NamedTuple):
    """Whether it may speak; if not, why, and whether it comes again."""

    may: bool
    reason: str = ""
    wake_at: datetime | None = None


SPEAK = Verdict(may=True)


def ask_for_turn(asking: Asking, *, turn: Turn, facts: Facts, now: datetime) -> Verdict:
    """Whether a message may be sent now.

    A retry keeps its turn, and a snooze was asked for. What fell due before the newest message was
    sent is bundled into it, so that after an outage there is one. What comes too soon after
    another waits until the hour is over, if its time isn't over by then; its series doesn't drift.
    """
    if asking.name == turn.of or asking.is_snoozed:
        return SPEAK
    verdict = _nudge(asking, turn, now) if asking.repeats else _apart(asking, turn, now)
    return verdict or _within_the_day(turn, facts, now)


def most_today(facts: Facts, *, now: datetime) -> int:
    """Tell how many messages the patient may have on this day."""
    is_silent = facts.heard_at is not None and now - facts.heard_at > LONG_SILENCE
    return MOST_AFTER_SILENCE if is_silent else MOST_A_DAY


def _nudge(asking: Asking, turn: Turn, now: datetime) -> Verdict | None:
    """Let a nudge follow the message that carried what it repeats, but none that came since.

    What was carried by a nudge is not repeated within the hour: nudges would follow one another.
    """
    if turn.at is None or turn.of == asking.repeats or now - turn.at >= APART:
        return None
    if turn.at < asking.due_at - NUDGE_AFTER + CARRIED_WITHIN and not turn.is_nudge:
        return None
    return Verdict(may=False, reason="overtaken")


def _apart(asking: Asking, turn: Turn, now: datetime) -> Verdict | None:
    if turn.at is None:
        return None
    if asking.due_at <= turn.at or now - turn.at < BUNDLED_WITHIN:
        return Verdict(may=False, reason="bundled")
    free_at = turn.at + APART
    if now >= free_at:
        return None
    if free_at < asking.not_after:
        return Verdict(may=False, reason="apart", wake_at=free_at)
    return Verdict(may=False, reason="too_close")


def _within_the_day(turn: Turn, facts: Facts, now: datetime) -> Verdict:
    today = local_day(now, facts.zone_name)
    count = sum(local_day(at, facts.zone_name) == today for at in turn.recent)
    most = most_today(facts, now=now)
    if count < most:
        return SPEAK
    return Verdict(may=False, reason="day_full" if most == MOST_A_DAY else "long_silence")
