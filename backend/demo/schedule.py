"""When the demo's people are busy, who asks to move a session, and what groups are taught."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from backend.demo.people import DemoPeople, PatientProfile
from backend.demo.programme import GROUP_SKILLS, ZONE
from backend.kit.timezones import local_to_utc
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.models import Group, TreatmentSession
from care.sessions.availability import WeeklySpan, write_availability
from care.sessions.move_requests import ask_to_move
from journaling.education.curriculum import CurriculumPlan, CurriculumWeek, write_curriculum

_WORKDAYS = (0, 1, 2, 3, 4)
#: By the group that somebody is in: who comes in the evening has work before it.
_WEEKS = {
    "evening": (
        WeeklySpan(_WORKDAYS, 8 * 60, 16 * 60, "busy", "work"),
        WeeklySpan((5,), 9 * 60, 13 * 60, "free"),
    ),
    "morning": (
        WeeklySpan((1, 3), 14 * 60, 17 * 60, "busy", "family"),
        WeeklySpan((2,), 18 * 60, 20 * 60, "busy", "school"),
    ),
}
#: Who asks to have their next session moved.
_ASKS = "maya"
#: What is taught besides the skill of the week; the groups' skills stand in the same order.
_TEXTS = ("Thoughts are not facts", "Putting it into words", "Moving when it pulls", "Other things")
_THEMES = {"morning": "stress", "evening": "relapse_prevention"}


def write_curricula(groups: Mapping[str, Group], *, today: date) -> None:
    """Store what two of the groups are taught, this week's skill first."""
    weeks = [
        CurriculumWeek(text, (skill,)) for text, skill in zip(_TEXTS, GROUP_SKILLS, strict=True)
    ]
    for key, theme in _THEMES.items():
        group = groups[key]
        plan = CurriculumPlan(theme, "", today, repeats=True, weeks=weeks)
        write_curriculum(
            leader=group.leader, group_id=group.pk, plan=plan, rev=0, now=_noon(today, 7)
        )


def write_schedule(character: PatientProfile, people: DemoPeople, *, now: datetime) -> None:
    """Store when a patient is busy or free, and what they ask about their next session."""
    spans = next((_WEEKS[key] for key in character.groups if key in _WEEKS), None)
    if character.consent_ended is not None or spans is None:
        return
    user = people.patients[character.username]
    at = now - timedelta(days=min(3, max(0, character.enrolled - 1)))
    own = open_own_chart(viewer=user, what=DataCategory.SESSIONS, now=at, to_write=True)
    write_availability(chart=own, spans=spans, rev=0, now=at)
    ahead = TreatmentSession.objects.filter(
        patient_id=user.pk, starts_at__gt=now + timedelta(days=1), cancelled_at__isnull=True
    )
    session = ahead.order_by("starts_at", "id").first()
    if character.username == _ASKS and session is not None:
        ask_to_move(
            chart=own, session_id=session.pk, reason="family", now=at,
            note="My sister’s train comes in that hour. An hour later would do.",
        )  # fmt: skip


def _noon(today: date, days_ago: int) -> datetime:
    return local_to_utc(today - timedelta(days=days_ago), time(12, 0), ZONE)
