"""The demo clinic's programme: care teams, groups, assigned skills and targets.

The week is counted from today, so there is always something to see: this clinic works seven days.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from backend.demo.people import AssignedSkill, PatientProfile
from backend.kit.timezones import local_to_utc
from care.access.data_categories import DataCategory
from care.access.open import open_chart, open_own_chart
from care.models import (
    CareTeamMembership,
    Clinic,
    Episode,
    Group,
    GroupMembership,
    User,
)
from care.programme.targets import set_targets
from journaling.skills import catalogue
from journaling.skills.assign import assign_skill, mark_taught

ZONE = "America/Chicago"
WEEKS_OF_HISTORY = 8
#: Who certifies and sees everybody about their medicines.
PHYSICIAN = "dr_hale"
GROUP_MINUTES = 180
GROUP_LEVELS = (
    Episode.LevelOfCare.PARTIAL_HOSPITALIZATION,
    Episode.LevelOfCare.INTENSIVE_OUTPATIENT,
)


@dataclass(frozen=True, slots=True)
class DemoGroup:
    """A therapy group; ``days`` of the week are counted from today."""

    key: str
    name: str
    leader: str
    days: tuple[int, ...]
    clock: time
    place: str
    minutes: int = GROUP_MINUTES

    def takes(self, character: PatientProfile) -> bool:
        """Whether a patient is, or was, in the group."""
        return self.key in character.groups


GROUPS = (
    DemoGroup("morning", "Morning skills group", "dr_okafor", (0, 2, 4), time(9, 0), "Lake room"),
    DemoGroup(
        "evening", "Evening recovery group", "dr_lind", (0, 1, 4), time(17, 30), "Garden room"
    ),
    DemoGroup(
        "community",
        "Community hour",
        "dr_okafor",
        (0, 3),
        time(12, 0),
        "Lake room",
        minutes=60,
    ),
)

#: What all groups work on, week by week, this week's first.
GROUP_SKILLS = ("check-the-facts", "name-it", "walk-or-move", "planned-distraction")
_THIS_WEEKS_SKILL = AssignedSkill(
    GROUP_SKILLS[0], 3, since=6, note="What we work on in group this week."
)


@dataclass(frozen=True, slots=True)
class DemoPeople:
    """The rows of everybody in the clinic, by username."""

    clinic: Clinic
    staff: Mapping[str, User]
    patients: Mapping[str, User]


class ProgrammeBuilder:
    """Builds the rows of who is in the programme around one day of the clinic's calendar."""

    def __init__(
        self, people: DemoPeople, characters: Sequence[PatientProfile], today: date
    ) -> None:
        self.people = people
        self.characters = characters
        self.today = today
        self.groups = {
            group.key: Group(
                clinic=people.clinic, leader=people.staff[group.leader], name=group.name
            )
            for group in GROUPS
        }

    def store(self) -> None:
        """Store everything in a fixed number of statements."""
        Group.objects.bulk_create(self.groups.values())
        GroupMembership.objects.bulk_create(self._memberships())
        CareTeamMembership.objects.bulk_create(self._care_teams())
        Episode.objects.bulk_create(self._episodes())

    def _at(self, day: int, clock: time) -> datetime:
        return local_to_utc(self.today + timedelta(days=day), clock, ZONE)

    def _episodes(self) -> Iterator[Episode]:
        for character in self.characters:
            for stay in character.stays:
                yield Episode(
                    patient_id=self._pk(character),
                    level_of_care=stay.level,
                    admitted_on=self.today - timedelta(days=stay.since),
                    discharged_on=(
                        None if stay.until is None else self.today - timedelta(days=stay.until)
                    ),
                    planned_hours_per_week=stay.hours,
                )

    def _care_teams(self) -> Iterator[CareTeamMembership]:
        roles = CareTeamMembership.Role
        for character in self.characters:
            first, last = group_days(character)
            parts: list[tuple[str, str, int | None]] = [
                (character.therapist, roles.PRIMARY_THERAPIST, None)
            ]
            leaders = {group.leader for group in GROUPS if group.takes(character)}
            parts += [
                (leader, roles.GROUP_LEADER, last)
                for leader in sorted(leaders - {character.therapist})
            ]
            parts.append((PHYSICIAN, roles.PHYSICIAN, None))
            for username, role, until in parts:
                yield CareTeamMembership(
                    patient_id=self._pk(character),
                    clinician=self.people.staff[username],
                    role=role,
                    starts_at=self._at(-first, time(8, 0)),
                    ends_at=None if until is None else self._at(-until, time(21, 0)),
                )

    def _memberships(self) -> Iterator[GroupMembership]:
        for character in self.characters:
            first, last = group_days(character)
            for group in GROUPS:
                if group.takes(character):
                    yield GroupMembership(
                        group=self.groups[group.key],
                        patient_id=self._pk(character),
                        starts_at=self._at(-first, time(8, 0)),
                        ends_at=None if last is None else self._at(-last, time(21, 0)),
                    )

    def _pk(self, character: PatientProfile) -> UUID:
        return self.people.patients[character.username].pk


def group_days(character: PatientProfile) -> tuple[int, int | None]:
    """Return from which day on a patient is in their groups, and until which, if they left."""
    stays = [stay for stay in character.stays if stay.level in GROUP_LEVELS]
    return min(character.stays[0].since, 7 * WEEKS_OF_HISTORY), stays[-1].until


def is_in_groups(character: PatientProfile, days_ago: int) -> bool:
    """Whether somebody was in their groups on a day so many days ago."""
    first, last = group_days(character)
    return days_ago <= first and (last is None or days_ago >= last)


def assigned_skills_of(character: PatientProfile) -> tuple[AssignedSkill, ...]:
    """Return a patient's assigned skills: their own, and this week's theme of the groups."""
    if character.consent_ended is not None or not is_in_groups(character, 0):
        return character.homework
    since = min(_THIS_WEEKS_SKILL.since, character.enrolled - 1)
    return (*character.homework, replace(_THIS_WEEKS_SKILL, since=since))


def assign_skills(character: PatientProfile, people: DemoPeople, *, today: date) -> None:
    """Store the skills that the therapist taught, and assignments of some of them, day by day.

    Nobody of the staff opens the chart of a patient who took their consent back.
    """
    if character.consent_ended is not None:
        return
    therapist = people.staff[character.therapist]
    user = people.patients[character.username]
    homework = assigned_skills_of(character)
    days = [character.enrolled - 1, *(one.since for one in homework)]
    taught = character.practice.skills
    for number, day in enumerate(days):
        now = local_to_utc(today - timedelta(days=day), time(13, 40), ZONE)
        chart = open_chart(
            viewer=therapist, patient_id=user.pk, what=DataCategory.SKILLS, now=now, to_write=True
        )
        if number == 0:
            for skill in taught:
                mark_taught(
                    chart=chart,
                    skill=skill,
                    is_taught=True,
                    skills=catalogue.shipped_skills(),
                    now=now,
                )
        else:
            one = homework[number - 1]
            assign_skill(
                chart=chart, skill=one.skill, per_week=one.per_week, until=None, note=one.note,
                skills=catalogue.shipped_skills(), today=today - timedelta(days=day), now=now,
            )  # fmt: skip


def choose_targets(character: PatientProfile, user: User, *, now: datetime) -> None:
    """Store the patient's personal targets."""
    if character.targets:
        chart = open_own_chart(viewer=user, what=DataCategory.TARGETS, now=now, to_write=True)
        set_targets(chart=chart, names=character.targets, rev=0, now=now)
