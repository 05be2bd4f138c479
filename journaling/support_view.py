"""What a support person reads of one patient: the counts that the consent names, never an entry.

Never a craving, a mood, use, a diary card, a questionnaire, a note, a dose or a plan: there is no
field that could carry one. What is not shared with the whole care team is in no number here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet

from care.access.rules import TEAM_LEVELS
from care.support import grants
from care.support.grants import Appointment, InvitedSession, SupportGrant
from journaling import formatting
from journaling.briefs.roster_data import SKILL_WAS_USED
from journaling.models import Entry
from journaling.skills.clinic_vocabulary import skills_of_clinic

#: Local days of the patient, today included.
VIEW_DAYS = 14
VIEW_PERIOD = timedelta(days=VIEW_DAYS - 1)
MISSING_DAY_NOTE = "A day without is missing: nothing is known of it, good or bad."


@dataclass(frozen=True, slots=True)
class PractisedSkill:
    """A skill by the name that the clinic gives it, and how often it was practised."""

    name: str
    times: int


@dataclass(frozen=True, slots=True)
class LoggedDays:
    """On how many of the last local days something was logged and shared with the care team."""

    days_with: int
    days: int

    @property
    def text(self) -> str:
        """Write the days, and that a day without is missing, not zero."""
        if not self.days:
            return "Nothing logged yet."
        days = f"{self.days_with} of the last {formatting.pluralize(self.days, 'day')}"
        note = MISSING_DAY_NOTE if self.days_with < self.days else ""
        return f"Something logged on {days}. {note}".strip()


@dataclass(frozen=True, slots=True)
class SupportView:
    """What one consent names; a part that it does not name is None, never empty."""

    sessions: tuple[Appointment, ...] | None
    #: The sessions that they are invited to; of the same part as ``sessions``.
    invited: tuple[InvitedSession, ...] | None
    logged: LoggedDays | None
    skills: tuple[PractisedSkill, ...] | None


def read_support_view(*, shared: SupportGrant, now: datetime) -> SupportView:
    """Read each part that the consent names; the days before the patient came are left out."""
    today = shared.calendar.day_of(now)
    first = today - VIEW_PERIOD
    if shared.enrolled_at is not None:
        first = min(today, max(first, shared.calendar.day_of(shared.enrolled_at)))
    sessions = invited = logged = skills = None
    if "session_times" in shared.scope:
        sessions = tuple(grants.appointments_of(shared=shared, now=now))
        invited = tuple(grants.invited_sessions_of(shared=shared, now=now))
    if "days_logged" in shared.scope:
        days_with = days_logged(shared=shared, first=first, last=today, now=now)
        # Today is not over: it counts once something was logged on it.
        logged = LoggedDays(len(days_with), (today - first).days + (today in days_with))
    if "skills_practised" in shared.scope:
        skills = tuple(skills_practised(shared=shared, first=first, last=today, now=now))
    return SupportView(sessions, invited, logged, skills)


def days_logged(*, shared: SupportGrant, first: date, last: date, now: datetime) -> set[date]:
    """Find the local days with an entry that is shared with the care team and counts.

    :raises care.support.grants.PartNotGranted: the consent does not name ``days_logged``.
    """
    shared.require("days_logged")
    if connection.vendor == "postgresql":
        statement = "SELECT local_date FROM journaling_supported_days(%s, %s, %s, %s)"
        rows = _call_database_function(statement, shared, now, first, last)
        return {day for (day,) in rows}
    return set(_countable_entries(shared, first, last).values_list("local_date", flat=True))


def skills_practised(
    *, shared: SupportGrant, first: date, last: date, now: datetime
) -> list[PractisedSkill]:
    """List the skills that were practised, most often first, then by name.

    A skill that the clinic's catalogue does not have is left out: its name might be anybody's.

    :raises care.support.grants.PartNotGranted: the consent does not name ``skills_practised``.
    """
    shared.require("skills_practised")
    if connection.vendor == "postgresql":
        statement = "SELECT skill, times FROM journaling_supported_skills(%s, %s, %s, %s)"
        rows = _call_database_function(statement, shared, now, first, last)
    else:
        practices = _countable_entries(shared, first, last).filter(
            SKILL_WAS_USED, kind="skill_practice"
        )
        rows = list(practices.values_list("skill").annotate(times=Count("kind")))
    return _by_clinic_name(rows, shared)


def _by_clinic_name(rows: Iterable[Any], shared: SupportGrant) -> list[PractisedSkill]:
    known = skills_of_clinic(clinic_id=shared.clinic_id)
    practised = [
        PractisedSkill(known[skill].name, times) for skill, times in rows if skill in known
    ]
    return sorted(practised, key=lambda one: (-one.times, one.name.casefold()))


def _call_database_function(
    statement: str, shared: SupportGrant, now: datetime, first: date, last: date
) -> list[Any]:
    """Call the database's own function, which checks the consent again."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [shared.consent_id, now, first, last])
        return list(cursor.fetchall())


def _countable_entries(shared: SupportGrant, first: date, last: date) -> "QuerySet[Entry]":
    return Entry.objects.filter(
        patient_id=shared.patient_id, share__in=sorted(TEAM_LEVELS), is_countable=True,
        deleted_at__isnull=True, local_date__gte=first, local_date__lte=last,
    )  # fmt: skip
