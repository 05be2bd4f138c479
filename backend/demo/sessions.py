"""The demo clinic's sessions: weekly ones from eight weeks ago on, single ones, and who came.

The week is counted from today, so there is always something to see: this clinic works seven days.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from backend.demo.people import AttendanceRates, DemoPeople, PatientProfile, seeded_random
from backend.demo.programme import GROUPS, PHYSICIAN, WEEKS_OF_HISTORY, ZONE, is_in_groups
from backend.kit.timezones import local_day, local_to_utc
from care.constants import SERIES_CREATED_AHEAD
from care.models import Attendance, Group, SessionSeries, TreatmentSession
from care.sessions.occurrences import build_occurrences

Kind = TreatmentSession.Kind
INDIVIDUAL_MINUTES = 50
PHYSICIAN_MINUTES = 20
_WEEK = 7
_ROOMS = {"dr_okafor": "Room 2", "dr_lind": "Room 5", PHYSICIAN: "Room 1"}
#: The physician sees patients before the first group begins, so many one after another.
_BEFORE_GROUP = (time(8, 0), time(8, 20), time(8, 40))


@dataclass(frozen=True, slots=True)
class RegularSession:
    """A session of every week or second week: whose, from which day on, and who is expected."""

    therapist: str
    kind: Kind
    first: int
    clock: time
    minutes: int
    place: str
    whose: Mapping[str, Any]
    characters: Sequence[PatientProfile]
    title: str = ""
    every_weeks: int = 1


class SessionBuilder:
    """Builds the sessions around one day of the clinic's calendar."""

    def __init__(
        self,
        people: DemoPeople,
        characters: Sequence[PatientProfile],
        groups: Mapping[str, Group],
        today: date,
    ) -> None:
        self.people = people
        self.characters = characters
        self.groups = groups
        self.today = today

    def store(self) -> None:
        """Store the series, their occurrences for the time that plans reach ahead, and marks."""
        regular = [*self._of_groups(), *self._individual(), *self._with_physician()]
        series = [self._series(regular_session) for regular_session in regular]
        until = self.today + SERIES_CREATED_AHEAD
        planned = [
            (row, regular_session.characters)
            for regular_session, made in zip(regular, series, strict=True)
            for row in build_occurrences(made, until=until, now=made.created_at)
        ]
        for row in series:
            row.made_until = until
        planned += self._visits()
        SessionSeries.objects.bulk_create(series)
        TreatmentSession.objects.bulk_create(row for row, _ in planned)
        Attendance.objects.bulk_create(self._marks(planned))

    def _of_groups(self) -> Iterator[RegularSession]:
        for group in GROUPS:
            for weekday in group.days:
                yield RegularSession(
                    group.leader, Kind.GROUP, _on_or_after(-7 * WEEKS_OF_HISTORY, weekday),
                    group.clock,
                    group.minutes, group.place, {"group": self.groups[group.key]},
                    [one for one in self.characters if group.takes(one)], title=group.name,
                )  # fmt: skip

    def _individual(self) -> Iterator[RegularSession]:
        for one in self.characters:
            for weekday in one.meets:
                yield RegularSession(
                    one.therapist, Kind.INDIVIDUAL, _on_or_after(_first_day(one), weekday),
                    one.meets_at, INDIVIDUAL_MINUTES, _ROOMS[one.therapist],
                    self._with(one), [one],
                )  # fmt: skip

    def _with_physician(self) -> Iterator[RegularSession]:
        for number, one in enumerate(self.characters):
            slot, weekday = divmod(number, _WEEK)
            yield RegularSession(
                PHYSICIAN, Kind.MEDICATION, _on_or_after(_first_day(one), weekday),
                _BEFORE_GROUP[slot], PHYSICIAN_MINUTES, _ROOMS[PHYSICIAN], self._with(one), [one],
                every_weeks=2,
            )  # fmt: skip

    def _visits(self) -> Iterator[tuple[TreatmentSession, Sequence[PatientProfile]]]:
        for one in self.characters:
            for visit in one.visits:
                starts_at = self._at(visit.day, visit.clock)
                yield (
                    TreatmentSession(
                        clinic=self.people.clinic, clinician=self.people.staff[one.therapist],
                        kind=visit.kind, place=_ROOMS[one.therapist], starts_at=starts_at,
                        ends_at=starts_at + timedelta(minutes=visit.minutes),
                        created_at=self._at(visit.day - 14, time(12, 0)), **self._with(one),
                    ),
                    [one],
                )  # fmt: skip

    def _series(self, one: RegularSession) -> SessionSeries:
        starts_on = self.today + timedelta(days=one.first)
        return SessionSeries(
            clinic=self.people.clinic, clinician=self.people.staff[one.therapist], kind=one.kind,
            title=one.title, place=one.place, time_zone=ZONE, starts_on=starts_on,
            made_until=starts_on, clock=one.clock, minutes=one.minutes,
            every_weeks=one.every_weeks, created_at=self._at(one.first - 1, time(12, 0)),
            **one.whose,
        )  # fmt: skip

    def _marks(
        self, planned: Iterable[tuple[TreatmentSession, Sequence[PatientProfile]]]
    ) -> Iterator[Attendance]:
        """Return attendance of past sessions; nobody has noted anything today yet."""
        begins = self._at(0, time(0, 0))
        for row, characters in planned:
            if row.starts_at >= begins:
                continue
            days_ago = (self.today - local_day(row.starts_at, ZONE)).days
            whole = round((row.ends_at - row.starts_at).total_seconds() / 60)
            for one in characters:
                if row.group_id is not None and not is_in_groups(one, days_ago):
                    continue
                status, minutes = _attended(one, f"{row.kind}|{days_ago}", whole)
                yield Attendance(
                    session=row, patient_id=self.people.patients[one.username].pk, status=status,
                    minutes=minutes, recorded_by=row.clinician, recorded_at=row.ends_at,
                )  # fmt: skip

    def _with(self, character: PatientProfile) -> dict[str, Any]:
        return {"patient_id": self.people.patients[character.username].pk}

    def _at(self, day: int, clock: time) -> datetime:
        return local_to_utc(self.today + timedelta(days=day), clock, ZONE)


def _first_day(character: PatientProfile) -> int:
    """Return the first day on which a patient may have had a session: the one after enrolment."""
    return max(-7 * WEEKS_OF_HISTORY, 1 - character.enrolled)


def _on_or_after(day: int, weekday: int) -> int:
    """Return the first day of a weekday, both counted from today."""
    return day + (weekday - day) % _WEEK


def _attended(character: PatientProfile, which: str, whole: int) -> tuple[str, int]:
    shares: AttendanceRates = character.attending
    roll = seeded_random(character.username, "attendance", which)
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
