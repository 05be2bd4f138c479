"""What therapists of the demo taught and assigned, and which targets patients chose."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from backend.demo.character import Character
from backend.demo.programme import ZONE, People
from backend.kit.zones import at_local
from care import access
from care.access import DataClass
from care.actions.careplan import write_plan
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
    days = [character.enrolled - 1, *(one.since for one in character.homework)]
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
            one = character.homework[number - 1]
            journal.assign_skill(
                chart=chart, skill=one.skill, per_week=one.per_week, until=None, note=one.note,
                skills=catalogue.skills(), today=today - timedelta(days=day), now=now,
            )  # fmt: skip


def write_care_plan(character: Character, people: People, *, today: date) -> None:
    """Let the therapist write the plan of care, a week after the patient came or today."""
    if character.consent_ended is not None:
        return
    therapist = people.staff[character.therapist]
    day = today - timedelta(days=max(0, character.enrolled - 7))
    now = at_local(day, time(0, 0), ZONE)
    chart = access.open_chart(
        viewer=therapist, patient_id=people.patients[character.username].pk,
        what=DataClass.PROGRAMME, now=now, to_write=True,
    )  # fmt: skip
    write_plan(
        chart=chart, clinician=therapist, rev=0, hours_per_week=Decimal(character.stays[-1].hours),
        goals=character.goals, reviewed_on=day, now=now,
    )  # fmt: skip


def choose_targets(character: Character, user: User, *, now: datetime) -> None:
    """Let the patient name what they watch besides."""
    if character.targets:
        chart = access.open_own_chart(viewer=user, what=DataClass.TARGETS, now=now, to_write=True)
        set_targets(chart=chart, names=character.targets, rev=0, now=now)
