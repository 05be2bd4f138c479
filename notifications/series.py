"""What comes next of a reminder: its name, its instant, and when the engine takes it."""

import zlib
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from notifications.meetings import HORIZON, Meeting, Meetings, meetings_of, next_meeting
from notifications.models import Purpose, Reminder
from notifications.plans import Plan
from notifications.recurrence import Handled, next_slot

#: Google asks senders to keep away from these minutes around each quarter of an hour.
CROWDED = (13, 14, 0, 1, 2)
#: How long after the quarter a reminder goes out instead, fixed for each, in seconds.
SPREAD_LEAST, SPREAD_MOST = 121, 420
#: With a shorter window than this a reminder is exact.
SPREAD_FROM_MINUTES = 15
#: Whose minute matters; their exact time has no better place.
EXACT = frozenset({Purpose.SESSION, Purpose.DOSE})
#: By how much a spread reminder may be behind its time at most.
LATEST = timedelta(minutes=2, seconds=SPREAD_MOST)


class Next(NamedTuple):
    """The occurrence to come. It falls due ``spread`` seconds before ``due_at``, its pick-up."""

    due_at: datetime | None
    day: date | None
    slot: int | None
    spread: int
    session: UUID | None

    @property
    def handled(self) -> Handled | None:
        """Name it, as what was handled last when its series goes on."""
        return None if self.day is None or self.slot is None else (self.day, self.slot)

    def columns(self) -> dict[str, object]:
        """Get it as columns of a reminder."""
        return {f"next_{name}": value for name, value in self._asdict().items()}


NOTHING = Next(None, None, None, 0, None)
COLUMNS = tuple(f"next_{name}" for name in Next._fields)


def standing(reminder: Reminder) -> Next:
    """Read what comes next of a reminder as it is stored."""
    return Next(*(getattr(reminder, name) for name in COLUMNS))


def handled_of(reminder: Reminder) -> Handled | None:
    """Read which occurrence was handled last."""
    if reminder.last_day is None or reminder.last_slot is None:
        return None
    return reminder.last_day, reminder.last_slot


def next_of(
    plan: Plan,
    *,
    name: UUID,
    zone_name: str,
    meetings: Sequence[Meeting],
    after: datetime,
    handled: Handled | None,
) -> Next:
    """Find what comes of a plan later than ``after`` and beyond the occurrence handled last."""
    if plan.before_minutes is not None:
        before = timedelta(minutes=plan.before_minutes)
        meeting = next_meeting(meetings, before=before, after=after, handled=handled)
        if meeting is None:
            return NOTHING
        due_at, day, slot = meeting.starts_at - before, meeting.day, meeting.minute
        session: UUID | None = meeting.session
    else:
        found = next_slot(plan.rule, zone_name=zone_name, after=after, handled=handled)
        if found is None:
            return NOTHING
        day, slot, due_at = found
        session = None
    spread = spread_of(plan.purpose, name, due_at, plan.expires_minutes)
    return Next(due_at + timedelta(seconds=spread), day, slot, spread, session)


def sessions_ahead(*, patients: Collection[UUID], now: datetime) -> Meetings:
    """Gather the sessions that may be announced to these patients, and what leads up to them."""
    return meetings_of(patients=patients, since=now, until=now + HORIZON)


def ends_at(due_at: datetime, expires_minutes: int, before_minutes: int | None) -> datetime:
    """Tell until when it may be shown; what announces a session, until the session begins."""
    return due_at + timedelta(minutes=min(expires_minutes, before_minutes or expires_minutes))


def spread_of(purpose: str, name: UUID, due_at: datetime, expires_minutes: int) -> int:
    """Tell by how many seconds a push is held back, so that not all come on the quarter.

    On the phone itself it may stand at the exact time; see ``reminders/upcoming``.
    """
    minute = due_at.minute % 15
    if (
        minute not in CROWDED
        or purpose in EXACT
        or expires_minutes < SPREAD_FROM_MINUTES
        or not settings.REMINDER_SPREAD
    ):
        return 0
    to_quarter = (15 - minute if minute > 2 else -minute) * 60
    own = SPREAD_LEAST + zlib.crc32(name.bytes) % (SPREAD_MOST - SPREAD_LEAST + 1)
    return to_quarter + own
