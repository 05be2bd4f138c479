"""What each stay of the demo stands on: what admission asked, certifications, steps, the plan."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from backend.demo.people import PatientProfile
from backend.demo.programme import GROUP_LEVELS, PHYSICIAN, ZONE, DemoPeople
from backend.kit.ids import new_id
from backend.kit.timezones import local_to_utc
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.constants import CERTIFIED_FOR, LEAST_IOP_HOURS
from care.models import Admission, Certification, Episode, LevelChange
from care.programme.care_plan import write_care_plan
from care.programme.episodes import ADMISSION_CRITERIA, LEVELS, REASON_BINDING

#: The physician certifies again a little before the sixty days are over.
_CERTIFIED_EVERY = timedelta(days=52)
#: The plan is written in the first week, and looked at again every four.
_PLANNED_AFTER, _PLAN_EVERY = 7, 28


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
            chart=chart, clinician=therapist, rev=rev, goals=character.goals, now=now,
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
        now=decided_at,
        to_write=True,
    )  # fmt: skip
    why = character.stays[-2].why.encode()
    return LevelChange(
        id=row, patient_id=entered.patient_id, left=left, entered=entered,
        step=LevelChange.Step.UP if is_up else LevelChange.Step.DOWN,
        changed_on=entered.admitted_on, words=chart.cipher.seal(why, column=REASON_BINDING,
        row=row),
        decided_by=therapist, decided_at=decided_at,
    )  # fmt: skip


def _at(day: date, clock: time = time(12, 0)) -> datetime:
    return local_to_utc(day, clock, ZONE)
