"""The demo clinic's programme: who treats whom, groups, and sessions past, today and to come.

The week is counted from today, so there is always something to see: this clinic works seven days.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from backend.demo.character import Attending, Character
from backend.demo.dice import dice
from backend.kit.zones import at_local, local_day
from care.models import (
    Attendance,
    CareTeamMembership,
    Clinic,
    Episode,
    Group,
    GroupMembership,
    SessionSeries,
    TreatmentSession,
    User,
)

ZONE = "America/Chicago"
WEEKS_BEHIND = 8
WEEKS_AHEAD = 4
INDIVIDUAL_MINUTES = 50
GROUP_MINUTES = 180
GROUP_LEVELS = (
    Episode.LevelOfCare.PARTIAL_HOSPITALIZATION,
    Episode.LevelOfCare.INTENSIVE_OUTPATIENT,
)


@dataclass(frozen=True, slots=True)
class DemoGroup:
    """A therapy group; ``days`` of the week are counted from today.

    Everybody in intensive care is in one ``for_all``; of the others each is in one.
    """

    key: str
    name: str
    leader: str
    days: tuple[int, ...]
    clock: time
    place: str
    minutes: int = GROUP_MINUTES
    for_all: bool = False

    def takes(self, character: Character) -> bool:
        """Tell whether somebody is, or was, in it."""
        return self.for_all or character.group == self.key


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
        for_all=True,
    ),
)
_ROOMS = {"dr_okafor": "Room 2", "dr_lind": "Room 5"}


@dataclass(frozen=True, slots=True)
class People:
    """The rows of everybody in the clinic, by username."""

    clinic: Clinic
    staff: Mapping[str, User]
    patients: Mapping[str, User]


class Programme:
    """Builds the rows of the programme around one day of the clinic's calendar."""

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
        self.series: list[SessionSeries] = []

    def store(self) -> None:
        """Store everything in a fixed number of statements."""
        Group.objects.bulk_create(self.groups.values())
        GroupMembership.objects.bulk_create(self._memberships())
        CareTeamMembership.objects.bulk_create(self._care_teams())
        Episode.objects.bulk_create(self._episodes())
        planned = [*self._individual(), *self._of_groups()]
        SessionSeries.objects.bulk_create(self.series)
        TreatmentSession.objects.bulk_create(row for row, _ in planned)
        Attendance.objects.bulk_create(
            self._came(row, character) for row, expected in planned for character in expected
        )

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
            first, last = _group_days(character)
            parts: list[tuple[str, str, int | None]] = [
                (character.therapist, roles.PRIMARY_THERAPIST, None)
            ]
            leaders = {group.leader for group in GROUPS if group.takes(character)}
            parts += [
                (leader, roles.GROUP_LEADER, last)
                for leader in sorted(leaders - {character.therapist})
            ]
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
            first, last = _group_days(character)
            for group in GROUPS:
                if group.takes(character):
                    yield GroupMembership(
                        group=self.groups[group.key],
                        patient_id=self._pk(character),
                        starts_at=self._at(-first, time(8, 0)),
                        ends_at=None if last is None else self._at(-last, time(21, 0)),
                    )

    def _individual(self) -> Iterator[tuple[TreatmentSession, list[Character]]]:
        for character in self.characters:
            first = max(-7 * WEEKS_BEHIND, 1 - character.enrolled)
            for weekday in character.meets:
                series = self._weekly(
                    character.therapist, _from(first, weekday), character.meets_at,
                    INDIVIDUAL_MINUTES, kind=TreatmentSession.Kind.INDIVIDUAL,
                    patient_id=self._pk(character), place=_ROOMS[character.therapist],
                )  # fmt: skip
                for day, row in self._sessions(series):
                    yield row, [character] if day < 0 else []

    def _of_groups(self) -> Iterator[tuple[TreatmentSession, list[Character]]]:
        for group in GROUPS:
            for weekday in group.days:
                series = self._weekly(
                    group.leader, _from(-7 * WEEKS_BEHIND, weekday), group.clock, group.minutes,
                    kind=TreatmentSession.Kind.GROUP, group=self.groups[group.key],
                    title=group.name, place=group.place,
                )  # fmt: skip
                for day, row in self._sessions(series):
                    yield row, self._expected(group, day) if day < 0 else []

    def _expected(self, group: DemoGroup, day: int) -> list[Character]:
        return [
            character
            for character in self.characters
            if group.takes(character) and _is_in_group(character, -day)
        ]

    def _weekly(
        self, therapist: str, first: int, clock: time, minutes: int, **said: Any
    ) -> SessionSeries:
        """Plan what comes back every week; its sessions are made as far as one looks ahead."""
        series = SessionSeries(
            clinic=self.people.clinic,
            clinician=self.people.staff[therapist],
            time_zone=ZONE,
            starts_on=self.today + timedelta(days=first),
            clock=clock,
            minutes=minutes,
            made_until=self.today + timedelta(days=7 * WEEKS_AHEAD),
            created_at=self._at(-7 * WEEKS_BEHIND - 1, time(12, 0)),
            **said,
        )
        self.series.append(series)
        return series

    def _sessions(self, series: SessionSeries) -> Iterator[tuple[int, TreatmentSession]]:
        """Make the sessions of a series, each with its day counted from today."""
        first = (series.starts_on - self.today).days
        for day in range(first, 7 * WEEKS_AHEAD, 7):
            starts_at = self._at(day, series.clock)
            yield (
                day,
                TreatmentSession(
                    clinic=series.clinic,
                    clinician=series.clinician,
                    kind=series.kind,
                    patient_id=series.patient_id,
                    group=series.group,
                    title=series.title,
                    place=series.place,
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(minutes=series.minutes),
                    created_at=series.created_at,
                    series=series,
                    series_day=local_day(starts_at, ZONE),
                ),
            )

    def _came(self, session: TreatmentSession, character: Character) -> Attendance:
        whole = round((session.ends_at - session.starts_at).total_seconds() / 60)
        days_ago = (self.today - local_day(session.starts_at, ZONE)).days
        status, minutes = _attended(character, f"{session.kind}|{days_ago}", whole)
        return Attendance(
            session=session,
            patient_id=self._pk(character),
            status=status,
            minutes=minutes,
            recorded_by=session.clinician,
            recorded_at=session.ends_at,
        )

    def _pk(self, character: Character) -> UUID:
        return self.people.patients[character.username].pk


def _from(first: int, weekday: int) -> int:
    """Find the first day from ``first`` on that is this day of the week, counted from today."""
    return first + (weekday - first) % 7


def _group_days(character: Character) -> tuple[int, int | None]:
    """Tell from which day on a patient is in their group, and until which, if they left it."""
    stays = [stay for stay in character.stays if stay.level in GROUP_LEVELS]
    return min(character.stays[0].since, 7 * WEEKS_BEHIND), stays[-1].until


def _is_in_group(character: Character, days_ago: int) -> bool:
    first, last = _group_days(character)
    return days_ago <= first and (last is None or days_ago >= last)


def _attended(character: Character, which: str, whole: int) -> tuple[str, int]:
    shares: Attending = character.attending
    roll = dice(character.username, "attendance", which)
    missed = shares.excused + shares.no_show
    status = roll.choices(
        (
            Attendance.Status.LATE,
            Attendance.Status.LEFT_EARLY,
            Attendance.Status.EXCUSED,
            Attendance.Status.NO_SHOW,
            Attendance.Status.PRESENT,
        ),
        (
            shares.late,
            shares.left_early,
            shares.excused,
            shares.no_show,
            1 - shares.late - shares.left_early - missed,
        ),
    )[0]
    if status in {Attendance.Status.EXCUSED, Attendance.Status.NO_SHOW}:
        return status, 0
    return status, whole if status == Attendance.Status.PRESENT else whole - roll.randint(8, 20)
