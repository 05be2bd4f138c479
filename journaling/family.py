"""What a support person reads of one patient: what the consent names, and nothing beside.

Never a craving, a mood, use, a diary card, a questionnaire, a note, a dose or a plan: there is no
field that could carry one. What is not shared with the whole care team is in no number here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from care.family import Shared
from care.queries import family as times
from care.queries.family import Appointment
from journaling import wording
from journaling.queries import family as counted
from journaling.queries.family import Practised

#: Local days of the patient, today included.
DAYS = 14
DAYS_BACK = timedelta(days=DAYS - 1)
MISSING = "A day without is missing: nothing is known of it, good or bad."


@dataclass(frozen=True, slots=True)
class Logged:
    """On how many of the last local days something was logged and shared with the care team."""

    days_with: int
    days: int

    @property
    def text(self) -> str:
        """Tell it, and that a day without is missing, not nought."""
        if not self.days:
            return "Nothing logged yet."
        days = f"{self.days_with} of the last {wording.counted(self.days, 'day')}"
        rest = MISSING if self.days_with < self.days else ""
        return f"Something logged on {days}. {rest}".strip()


@dataclass(frozen=True, slots=True)
class View:
    """What one consent names; a part that it does not name is None, never empty."""

    sessions: tuple[Appointment, ...] | None
    logged: Logged | None
    skills: tuple[Practised, ...] | None


def view(*, shared: Shared, now: datetime) -> View:
    """Read each part that the consent names; the days before the patient came are left out."""
    today = shared.calendar.day_of(now)
    first = today - DAYS_BACK
    if shared.enrolled_at is not None:
        first = min(today, max(first, shared.calendar.day_of(shared.enrolled_at)))
    sessions = logged = skills = None
    if "session_times" in shared.scope:
        sessions = tuple(times.appointments(shared=shared, now=now))
    if "days_logged" in shared.scope:
        days_with = counted.days_logged(shared=shared, first=first, last=today, now=now)
        # Today is not over: it counts once something was logged on it.
        logged = Logged(len(days_with), (today - first).days + (today in days_with))
    if "skills_practised" in shared.scope:
        skills = tuple(counted.skills_practised(shared=shared, first=first, last=today, now=now))
    return View(sessions, logged, skills)
