"""The demo clinic's programme: who treats whom, groups, and sessions past, today and to come.

The week is counted from today, so there is always something to see: this clinic works seven days.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from backend.demo.character import Character, Homework
from backend.kit.zones import at_local
from care.models import (
    CareTeamMembership,
    Clinic,
    Episode,
    Group,
    GroupMembership,
    User,
)

ZONE = "America/Chicago"
WEEKS_BEHIND = 8
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

    def takes(self, character: Character) -> bool:
        """Whether somebody is, or was, in it."""
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
THEMES = ("check-the-facts", "name-it", "walk-or-move", "planned-distraction")
_THEME = Homework(THEMES[0], 3, since=6, note="What we work on in group this week.")


@dataclass(frozen=True, slots=True)
class People:
    """The rows of everybody in the clinic, by username."""

    clinic: Clinic
    staff: Mapping[str, User]
    patients: Mapping[str, User]


class Programme:
    """Builds the rows of who is in the programme around one day of the clinic's calendar."""

    def __init__(self, people: People, characters: Sequence[Character], today: date) -> None:
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
        return at_local(self.today + timedelta(days=day), clock, ZONE)

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

    def _pk(self, character: Character) -> UUID:
        return self.people.patients[character.username].pk


def group_days(character: Character) -> tuple[int, int | None]:
    """Tell from which day on a patient is in their groups, and until which, if they left them."""
    stays = [stay for stay in character.stays if stay.level in GROUP_LEVELS]
    return min(character.stays[0].since, 7 * WEEKS_BEHIND), stays[-1].until


def is_in_groups(character: Character, days_ago: int) -> bool:
    """Whether somebody was in their groups on a day so many days ago."""
    first, last = group_days(character)
    return days_ago <= first and (last is None or days_ago >= last)


def homework_of(character: Character) -> tuple[Homework, ...]:
    """List what somebody is assigned: their own, and this week's theme of the groups."""
    if character.consent_ended is not None or not is_in_groups(character, 0):
        return character.homework
    since = min(_THEME.since, character.enrolled - 1)
    return (*character.homework, replace(_THEME, since=since))
