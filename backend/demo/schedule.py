"""When the demo's people are busy, who asks to move a session, what groups are taught, and whose
reminders were opened.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from backend.demo.people import DemoPeople, PatientProfile
from backend.demo.programme import GROUP_SKILLS, ZONE
from backend.kit.timezones import local_to_utc
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.models import Group, TreatmentSession, User
from care.sessions.availability import WeeklySpan, write_availability
from care.sessions.move_requests import ask_to_move
from journaling.education.curriculum import CurriculumPlan, CurriculumWeek, write_curriculum
from journaling.models import Entry
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Purpose, Reminder
from notifications.reminders.edit import create_reminder
from notifications.reminders.next_due import occurrence_id, tag_of_occurrence

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
#: When the check-in of who stays silent on one weekday comes.
_CHECK_IN = time(20, 0)
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


def write_opened_reminders(
    character: PatientProfile, user: User, *, today: date, now: datetime
) -> None:
    """Store that who stays silent on one weekday opened a check-in on each day, also on that one.

    On the other days it was answered; so the brief can tell the silent weekday.
    """
    if character.logging.silent_weekday is None:
        return
    own = open_own_chart(viewer=user, what=DataCategory.REMINDERS, now=now, to_write=True)
    sent = {"purpose": Purpose.CHECKIN, "times": [_CHECK_IN]}
    reminder, _ = create_reminder(chart=own, reminder_id=None, sent=sent, now=now)
    # It goes on from this moment, and was there from the first day on.
    Reminder.objects.filter(pk=reminder.pk).update(created_at=user.created_at)
    logged = set(
        Entry.objects.filter(patient_id=user.pk).values_list("local_date", flat=True).distinct()
    )
    days = (today - timedelta(days=ago) for ago in range(character.enrolled - 1, 0, -1))
    Occurrence.objects.bulk_create(
        _opened(reminder, day, is_answered=day in logged, zone=user.time_zone) for day in days
    )


def _opened(reminder: Reminder, day: date, *, is_answered: bool, zone: str) -> Occurrence:
    slot = reminder.minutes[-1]
    name = occurrence_id(
        patient_id=reminder.patient_id, reminder_id=reminder.id, day=day, slot=slot
    )
    due_at = local_to_utc(day, time(*divmod(slot, 60)), zone)
    opened_at = due_at + timedelta(minutes=4)
    return Occurrence(
        id=name, reminder=reminder, patient_id=reminder.patient_id, purpose=reminder.purpose,
        local_day=day, slot=slot, due_at=due_at,
        not_after=due_at + timedelta(minutes=reminder.expires_minutes),
        state=Occurrence.State.SENT, sent_at=due_at, opened_at=opened_at,
        answered_at=opened_at if is_answered else None, tag=tag_of_occurrence(name),
        created_at=due_at,
    )  # fmt: skip


def _noon(today: date, days_ago: int) -> datetime:
    return local_to_utc(today - timedelta(days=days_ago), time(12, 0), ZONE)
