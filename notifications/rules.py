"""When to stay silent: pure rules over facts, asked at the moment of sending."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from backend.kit.zones import zone

#: An entry made so long before a reminder, and after the one before it, has answered it already.
ANSWERED_WITHIN = timedelta(hours=4)
#: What falls due within so short a time of each other is one message.
BUNDLED_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one patient at one moment."""

    zone_name: str
    quiet_start: time
    quiet_end: time
    is_enrolled: bool
    has_consent: bool
    paused_until: datetime | None
    is_in_session: bool
    last_entry_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What is known of one reminder at that moment."""

    is_active: bool
    skip_if_logged: bool
    #: The reminder before it in the series, on the same day.
    previous_at: datetime | None


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
    return _not_now(facts, wish, due_at, now)


def _not_now(facts: Facts, wish: Wish, due_at: datetime, now: datetime) -> str | None:
    if facts.paused_until is not None and facts.paused_until > now:
        return "paused"
    if is_quiet(now, facts):
        return "quiet_hours"
    if facts.is_in_session:
        return "in_session"
    if wish.skip_if_logged and _is_answered(facts, wish, due_at):
        return "already_logged"
    return None


def is_quiet(at: datetime, facts: Facts) -> bool:
    """Tell whether an instant lies in the patient's quiet hours; equal times mean none."""
    start, end = facts.quiet_start, facts.quiet_end
    clock = at.astimezone(zone(facts.zone_name)).time()
    if start <= end:
        return start <= clock < end
    return clock >= start or clock < end


def _is_answered(facts: Facts, wish: Wish, due_at: datetime) -> bool:
    since = due_at - ANSWERED_WITHIN
    if wish.previous_at is not None:
        since = max(since, wish.previous_at)
    return facts.last_entry_at is not None and facts.last_entry_at > since
