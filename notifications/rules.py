"""When to stay silent: pure rules over facts, asked at the moment of sending (CLINICAL §4)."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import NamedTuple

from backend.kit.zones import zone

#: An entry made so long before a reminder, and after the one before it, has answered it already.
ANSWERED_WITHIN = timedelta(hours=4)
#: How far back a session or an entry counts where a patient had no session yet.
LOOKED_BACK = timedelta(days=14)
#: From one message to the next, over all series; only a nudge follows its own reminder sooner.
APART = timedelta(minutes=60)
#: One nudge, so long after its reminder.
NUDGE_AFTER = timedelta(minutes=45)
#: So many misses in a row halve a series.
MISSES = 3

#: The kinds of entries that answer a reminder; where none are named, any entry does.
ANSWERS: Mapping[str, frozenset[str]] = {
    "skill": frozenset({"skill_practice"}),
    "dose": frozenset({"dose"}),
    "measure": frozenset({"measure"}),
}


class Facts(NamedTuple):
    """What is known of one patient at one moment."""

    zone_name: str
    quiet_start: time
    quiet_end: time
    is_enrolled: bool
    has_consent: bool
    paused_until: datetime | None
    is_in_session: bool
    #: When the newest entry of each kind happened or was written down, whichever is later.
    logged: Mapping[str, datetime] = MappingProxyType({})
    #: When the patient last logged something or did something about a reminder.
    heard_at: datetime | None = None


class Main(NamedTuple):
    """The reminder that a nudge repeats."""

    due_at: datetime
    was_shown: bool
    is_answered: bool


class Wish(NamedTuple):
    """What is known of one reminder at that moment."""

    is_active: bool
    purpose: str = "checkin"
    skip_if_logged: bool = False
    is_snoozed: bool = False
    #: The reminder before it in the series, on the same day.
    previous_at: datetime | None = None
    #: What comes next of the series.
    next_at: datetime | None = None
    #: What it repeats, if it is a nudge.
    main: Main | None = None
    #: Whether the session that it announces stands as planned; None where it announces none.
    session_stands: bool | None = None
    #: When the patient's last session ended; asked only before the next one.
    last_session_at: datetime | None = None
    #: Whether so many in a row were missed, whether the series is halved since, and whether the
    #: occurrence before this one was left out for it.
    is_missed: bool = False
    is_halved: bool = False
    was_left_out: bool = False


def silent_because(
    *, facts: Facts | None, wish: Wish | None, due_at: datetime, not_after: datetime, now: datetime
) -> str | None:
    """Tell why nothing may be sent now, in one word; None where it may."""
    if not_after <= now:
        return "expired"
    if facts is None or not facts.is_enrolled:
        return "not_enrolled"
    if not facts.has_consent:
        return "no_consent"
    if wish is None or not wish.is_active:
        return "switched_off"
    return _not_now(facts, now) or _not_this(facts, wish, due_at, now)


def is_quiet(at: datetime, facts: Facts) -> bool:
    """Whether an instant lies in the patient's quiet hours; equal times mean none."""
    start, end = facts.quiet_start, facts.quiet_end
    clock = at.astimezone(zone(facts.zone_name)).time()
    if start <= end:
        return start <= clock < end
    return clock >= start or clock < end


def nudge_at(due_at: datetime, not_after: datetime, *, is_wanted: bool) -> datetime | None:
    """Tell when a reminder is repeated; None where nobody asks for it, or it would be over."""
    again_at = due_at + NUDGE_AFTER
    return again_at if is_wanted and again_at < not_after else None


def is_left_out(wish: Wish) -> bool:
    """Whether a series that is missed again and again leaves this one out.

    The first one after the misses is left out, and then every second one.
    """
    if wish.is_snoozed or wish.main is not None:
        return False
    return not wish.was_left_out if wish.is_halved else wish.is_missed


def _not_now(facts: Facts, now: datetime) -> str | None:
    """Tell why nothing at all may be sent to this patient now."""
    if facts.paused_until is not None and facts.paused_until > now:
        return "paused"
    if is_quiet(now, facts):
        return "quiet_hours"
    return "in_session" if facts.is_in_session else None


def _not_this(facts: Facts, wish: Wish, due_at: datetime, now: datetime) -> str | None:
    """Tell why this one has become needless."""
    if wish.session_stands is False:
        return "session_gone"
    if wish.main is not None:
        return _no_nudge(facts, wish, wish.main, now)
    if _is_answered(facts, wish, due_at):
        return "already_logged"
    return "halved" if is_left_out(wish) else None


def _no_nudge(facts: Facts, wish: Wish, main: Main, now: datetime) -> str | None:
    """Tell why a nudge is needless; it ends when the next of its series is near."""
    if main.is_answered or _logged_since(facts, wish, main.due_at):
        return "answered"
    if not main.was_shown:
        return "nothing_to_repeat"
    if wish.next_at is not None and wish.next_at - now < APART:
        return "next_is_near"
    return "already_logged" if _is_answered(facts, wish, main.due_at) else None


def _is_answered(facts: Facts, wish: Wish, due_at: datetime) -> bool:
    """Whether the patient had done before what it asks for."""
    if wish.purpose == "pre_session":
        return _logged_since(facts, wish, wish.last_session_at or due_at - LOOKED_BACK)
    if not wish.skip_if_logged or wish.purpose == "session":
        return False
    since = due_at - ANSWERED_WITHIN
    if wish.previous_at is not None:
        since = max(since, wish.previous_at)
    return _logged_since(facts, wish, since)


def _logged_since(facts: Facts, wish: Wish, since: datetime) -> bool:
    kinds = ANSWERS.get(wish.purpose)
    return any(at > since for kind, at in facts.logged.items() if kinds is None or kind in kinds)
