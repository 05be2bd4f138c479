"""The demo clinic's programme: care teams, groups, stays and their records, skills and targets.

The week is counted from today, so there is always something to see: this clinic works seven days.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from backend.demo.people import AssignedSkill, DemoPeople, PatientProfile
from backend.kit.ids import new_id
from backend.kit.timezones import local_to_utc
from care.access.data_categories import DataCategory
from care.access.open import open_chart, open_own_chart
from care.constants import CERTIFIED_FOR, LEAST_IOP_HOURS
from care.models import (
    Admission,
    CareTeamMembership,
    Certification,
    Episode,
    Group,
    GroupMembership,
    LevelChange,
    User,
)
from care.programme.care_plan import without_problem, write_care_plan
from care.programme.episodes import REASON_BINDING
from care.programme.placement import ADMISSION_CRITERIA, LEVELS
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
#: How the clinic names its levels by the ASAM criteria, edition 4.
_ASAM_CODES = {
    "residential": "3.5", "partial_hospitalization": "2.5", "intensive_outpatient": "2.1",
    "outpatient": "1.5", "aftercare": "1.0",
}  # fmt: skip


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
        "community", "Community hour", "dr_okafor", (0, 3), time(12, 0), "Lake room", minutes=60
    ),
)

#: What all groups work on, week by week, this week's first.
GROUP_SKILLS = ("check-the-facts", "name-it", "walk-or-move", "planned-distraction")
_THIS_WEEKS_SKILL = AssignedSkill(
    GROUP_SKILLS[0], 3, since=6, note="What we work on in group this week."
)
#: The physician certifies again a little before the sixty days are over.
_CERTIFIED_EVERY = timedelta(days=52)
#: The plan is written in the first week, and looked at again every four.
_PLANNED_AFTER, _PLAN_EVERY = 7, 28


class ProgrammeBuilder:
    """Builds the rows of who is in the programme around one day of the clinic's calendar."""

    def __init__(
        self, people: DemoPeople, characters: Sequence[PatientProfile], today: date
    ) -> None:
        self.people = people
        self.characters = characters
        self.today = today
        self.groups = {
            one.key: Group(clinic=people.clinic, leader=people.staff[one.leader], name=one.name)
            for one in GROUPS
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
                    asam_edition="4", asam_code=_ASAM_CODES[stay.level],
                    referral_kind="hospital", referral_from="Lakeside Hospital",
                )  # fmt: skip

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
                    patient_id=self._pk(character), role=role,
                    clinician=self.people.staff[username], starts_at=self._at(-first, time(8, 0)),
                    ends_at=None if until is None else self._at(-until, time(21, 0)),
                )  # fmt: skip

    def _memberships(self) -> Iterator[GroupMembership]:
        for character in self.characters:
            first, last = group_days(character)
            for group in GROUPS:
                if group.takes(character):
                    yield GroupMembership(
                        group=self.groups[group.key], patient_id=self._pk(character),
                        starts_at=self._at(-first, time(8, 0)),
                        ends_at=None if last is None else self._at(-last, time(21, 0)),
                    )  # fmt: skip

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
    taught, shipped_skills = character.practice.skills, catalogue.shipped_skills()
    for number, day in enumerate(days):
        now = local_to_utc(today - timedelta(days=day), time(13, 40), ZONE)
        chart = open_chart(
            viewer=therapist, patient_id=user.pk, what=DataCategory.SKILLS, now=now, to_write=True
        )
        if number == 0:
            for skill in taught:
                mark_taught(
                    chart=chart, skill=skill, is_taught=True, skills=shipped_skills, now=now
                )
        else:
            one = homework[number - 1]
            assign_skill(
                chart=chart, skill=one.skill, per_week=one.per_week, until=None, note=one.note,
                skills=shipped_skills, today=today - timedelta(days=day), now=now,
            )  # fmt: skip


def choose_targets(character: PatientProfile, user: User, *, now: datetime) -> None:
    """Store the patient's personal targets."""
    if character.targets:
        chart = open_own_chart(viewer=user, what=DataCategory.TARGETS, now=now, to_write=True)
        set_targets(chart=chart, names=character.targets, rev=0, now=now)


def create_episode_records(
    people: DemoPeople, characters: Sequence[PatientProfile], *, today: date
) -> None:
    """Store admissions, certifications, and steps from one level of care to the next."""
    episodes: dict[str, list[Episode]] = {}
    names = {user.pk: name for name, user in people.patients.items()}
    for row in Episode.objects.filter(patient_id__in=names).order_by("admitted_on"):
        episodes.setdefault(names[row.patient_id], []).append(row)
    Admission.objects.bulk_create(
        _admission(people, profile, row)
        for profile in characters
        for row in episodes[profile.username]
        if row.level_of_care == Episode.LevelOfCare.INTENSIVE_OUTPATIENT
    )
    Certification.objects.bulk_create(
        certification
        for profile in characters
        for row in episodes[profile.username]
        if row.level_of_care in GROUP_LEVELS
        for certification in _certifications(people, row, today)
    )
    LevelChange.objects.bulk_create(
        _step(people, profile, episodes[profile.username])
        for profile in characters
        if len(profile.stays) > 1
    )


def write_care_plans(character: PatientProfile, people: DemoPeople, *, today: date) -> None:
    """Store the therapist's care plans and their reviews, every four weeks."""
    if character.consent_ended is not None:
        return
    therapist = people.staff[character.therapist]
    days = range(max(0, character.enrolled - _PLANNED_AFTER), -1, -_PLAN_EVERY)
    for rev, day in enumerate(days):
        now = _at(today - timedelta(days=day), time(0, 0))
        chart = open_chart(
            viewer=therapist, patient_id=people.patients[character.username].pk,
            what=DataCategory.PROGRAMME, now=now, to_write=True,
        )  # fmt: skip
        write_care_plan(
            chart=chart, clinician=therapist, rev=rev, now=now,
            problems=without_problem(character.goals),
            hours_per_week=Decimal(character.stays[-1].hours), reviewed_on=today - timedelta(day),
        )  # fmt: skip


def _admission(people: DemoPeople, character: PatientProfile, episode: Episode) -> Admission:
    return Admission(
        episode=episode, hours_per_week=episode.planned_hours_per_week or LEAST_IOP_HOURS,
        physician=people.staff[PHYSICIAN], symptoms=Admission.Symptoms.MODERATE,
        complies=Admission.Compliance.ABLE, asked_by=people.staff[character.therapist],
        asked_at=_at(episode.admitted_on), **dict.fromkeys(ADMISSION_CRITERIA, True),
    )  # fmt: skip


def _certifications(people: DemoPeople, episode: Episode, today: date) -> Iterator[Certification]:
    day = episode.admitted_on
    while day <= (episode.discharged_on or today):
        yield Certification(
            patient_id=episode.patient_id, episode=episode, physician=people.staff[PHYSICIAN],
            certified_on=day, renew_by=day + CERTIFIED_FOR, recorded_at=_at(day),
        )  # fmt: skip
        day += _CERTIFIED_EVERY


def _step(
    people: DemoPeople, character: PatientProfile, episodes: Sequence[Episode]
) -> LevelChange:
    left, entered = episodes[-2:]
    therapist = people.staff[character.therapist]
    decided_at, row = _at(entered.admitted_on), new_id()
    is_up = LEVELS.index(entered.level_of_care) < LEVELS.index(left.level_of_care)
    chart = open_chart(
        viewer=therapist, patient_id=entered.patient_id, what=DataCategory.PROGRAMME,
        now=decided_at, to_write=True,
    )  # fmt: skip
    why = character.stays[-2].why.encode()
    return LevelChange(
        id=row, patient_id=entered.patient_id, left=left, entered=entered,
        step=LevelChange.Step.UP if is_up else LevelChange.Step.DOWN,
        words=chart.cipher.seal(why, column=REASON_BINDING, row=row),
        changed_on=entered.admitted_on, decided_by=therapist, decided_at=decided_at,
    )  # fmt: skip


def _at(day: date, clock: time = time(12, 0)) -> datetime:
    return local_to_utc(day, clock, ZONE)
