"""What therapists of the demo taught and assigned, and which targets patients chose."""

from datetime import date, datetime, time, timedelta

from backend.demo.character import Character
from backend.demo.programme import ZONE, People, homework_of
from backend.kit.zones import at_local
from care import access
from care.access import DataClass
from care.actions.targets import set_targets
from care.models import User
from journaling import actions as journal
from journaling import catalogue


def give_homework(character: Character, people: People, *, today: date) -> None:
    """Let the therapist teach what the patient practises, and assign some of it, day by day.

    Nobody of the staff opens the chart of a patient who took their consent back.
    """
    if character.consent_ended is not None:
        return
    therapist = people.staff[character.therapist]
    user = people.patients[character.username]
    homework = homework_of(character)
    days = [character.enrolled - 1, *(one.since for one in homework)]
    taught = character.practice.skills
    for number, day in enumerate(days):
        now = at_local(today - timedelta(days=day), time(13, 40), ZONE)
        chart = access.open_chart(
            viewer=therapist, patient_id=user.pk, what=DataClass.SKILLS, now=now, to_write=True
        )
        if number == 0:
            for skill in taught:
                journal.mark_taught(
                    chart=chart, skill=skill, is_taught=True, skills=catalogue.skills(), now=now
                )
        else:
            one = homework[number - 1]
            journal.assign_skill(
                chart=chart, skill=one.skill, per_week=one.per_week, until=None, note=one.note,
                skills=catalogue.skills(), today=today - timedelta(days=day), now=now,
            )  # fmt: skip


def choose_targets(character: Character, user: User, *, now: datetime) -> None:
    """Let the patient name what they watch besides."""
    if character.targets:
        chart = access.open_own_chart(viewer=user, what=DataClass.TARGETS, now=now, to_write=True)
        set_targets(chart=chart, names=character.targets, rev=0, now=now)
