"""Whom the next step calls, and when the one after it is due (CLINICAL §3). Pure.

Level 2 calls who is on duty, in staffed hours only; unacknowledged, it calls the backup too after
the clinic's minutes, and both again after some hours. Level 3 calls duty and backup at once, at any
hour, and repeats until somebody acknowledges. What is shared with the own therapist alone calls
that therapist instead, at the same moments.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from care.duty import Staffing
from care.models import DutyCall
from journaling.safety.rules import EMERGENCY

#: Ours: level 2 must be acknowledged too, so it comes back, yet not so often that nobody reads it.
URGENT_AGAIN = timedelta(hours=4)
#: Ours: outside staffed hours level 3 repeats, but no more than so.
REPEAT_CLOSED = timedelta(hours=1)

Part = DutyCall.Part


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to call now (may be nobody), who of them is at work, and when to look again."""

    parts: Mapping[UUID, str]
    at_work: frozenset[UUID]
    next_at: datetime | None


NOTHING = Step({}, frozenset(), None)


def candidates(
    staffing: Staffing, now: datetime, therapists: Sequence[UUID] | None
) -> dict[UUID, str]:
    """List everybody whom a step may call; the part that comes first holds."""
    if therapists is not None:
        return dict.fromkeys(therapists, Part.THERAPIST)
    backups: dict[UUID, str] = dict.fromkeys(staffing.backups(now), Part.BACKUP)
    return backups | dict.fromkeys(staffing.next_on_duty(now), Part.DUTY)


def next_step(
    *,
    level: int,
    step: int,
    staffing: Staffing,
    therapists: Sequence[UUID] | None,
    reachable: Collection[UUID],
    now: datetime,
) -> Step:
    """Decide one step. ``therapists`` is None where the whole care team may know."""
    if not staffing.alerts_on:
        return NOTHING
    is_open = staffing.is_staffed(now)
    if level < EMERGENCY and not is_open:
        return Step({}, frozenset(), staffing.next_opening(now))
    parts = {
        who: part for who, part in candidates(staffing, now, therapists).items() if who in reachable
    }
    if level < EMERGENCY and step == 0 and Part.DUTY in parts.values():
        parts = {who: part for who, part in parts.items() if part == Part.DUTY}
    here = {*staffing.on_duty(now), *staffing.backups(now)} if is_open else set()
    return Step(parts, frozenset(here & set(parts)), _next_at(level, step, staffing, now))


def after_a_try(*, level: int, staffing: Staffing, now: datetime) -> datetime | None:
    """Tell when to call again after somebody tried in vain: as soon as after a first call.

    None where the clinic has switched no alerts on, since then nobody is ever called.
    """
    if not staffing.alerts_on:
        return None
    if level < EMERGENCY and not staffing.is_staffed(now):
        return staffing.next_opening(now)
    return _next_at(level, 0, staffing, now)


def _next_at(level: int, step: int, staffing: Staffing, now: datetime) -> datetime:
    if level < EMERGENCY:
        return now + (staffing.escalate if step == 0 else URGENT_AGAIN)
    if staffing.is_staffed(now):
        return now + staffing.repeat
    opening = staffing.next_opening(now)
    return min(now + REPEAT_CLOSED, opening) if opening is not None else now + REPEAT_CLOSED
