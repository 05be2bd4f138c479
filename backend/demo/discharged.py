"""Whose treatment is over, so that the report of outcomes has something to show.

Twelve were discharged in one month, as fewer than eleven are shown in no cell, and three in the
month before, so that a hidden one is there as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5

from backend.demo.people import DemoPeople
from backend.demo.programme import PHYSICIAN, ZONE
from backend.kit.crypto import generate_data_key, master_keys
from backend.kit.ids import new_id
from backend.kit.strict_json import Json
from backend.kit.timezones import local_to_utc, start_of_day
from care.access.chart import Chart
from care.access.data_categories import CONSENT_SCOPES, DataCategory
from care.access.open import open_own_chart
from care.consents.texts import SignedText
from care.constants import CERTIFIED_FOR, LEAST_IOP_HOURS
from care.models import (
    Admission,
    CareTeamMembership,
    Certification,
    Consent,
    Episode,
    LevelChange,
    Patient,
    User,
)
from care.programme.episodes import DISCHARGE, REASON_BINDING
from care.programme.placement import ADMISSION_CRITERIA
from journaling.entries.record import PatientVocabulary, record_entries
from journaling.entries.validate import validate_entry
from journaling.safety.sweep import mark_swept

_INSTRUMENT, _VERSION, _ITEMS = "phq-9", "1", 9
_TREATED_FOR = timedelta(days=56)
_LEVEL = Episode.LevelOfCare.INTENSIVE_OUTPATIENT
_REASON = "The goals of the plan were reached, and what comes next is arranged."


@dataclass(frozen=True, slots=True)
class DischargedPatient:
    """One who was treated: how many months ago it ended, and the first and last PHQ-9 total."""

    username: str
    name: str
    therapist: str
    months_ago: int
    totals: tuple[int, int]

    def discharged_on(self, today: date, place: int) -> date:
        """Return a day of that month, another one for each."""
        first = today.replace(day=1)
        for _ in range(self.months_ago):
            first = (first - timedelta(days=1)).replace(day=1)
        return first + timedelta(days=2 * place + 1)


DISCHARGED = (
    DischargedPatient("alma", "Alma Reyes", "dr_okafor", 1, (16, 7)),
    DischargedPatient("bruno", "Bruno Keller", "dr_lind", 1, (14, 6)),
    DischargedPatient("chidi", "Chidi Obi", "dr_okafor", 1, (12, 9)),
    DischargedPatient("della", "Della Hart", "dr_lind", 1, (18, 10)),
    DischargedPatient("emil", "Emil Novak", "dr_okafor", 1, (9, 8)),
    DischargedPatient("fatima", "Fatima Said", "dr_lind", 1, (15, 5)),
    DischargedPatient("gus", "Gus Moreau", "dr_okafor", 1, (11, 4)),
    DischargedPatient("hiro", "Hiro Tanaka", "dr_lind", 1, (17, 16)),
    DischargedPatient("iris", "Iris Lund", "dr_okafor", 1, (13, 6)),
    DischargedPatient("jonas", "Jonas Weber", "dr_lind", 1, (10, 11)),
    DischargedPatient("kira", "Kira Petrov", "dr_okafor", 1, (19, 9)),
    DischargedPatient("luis", "Luis Ortega", "dr_lind", 1, (12, 5)),
    DischargedPatient("mona", "Mona Fischer", "dr_okafor", 2, (14, 8)),
    DischargedPatient("nils", "Nils Aaker", "dr_lind", 2, (11, 10)),
    DischargedPatient("otis", "Otis Grant", "dr_okafor", 2, (16, 7)),
)


@dataclass(frozen=True, slots=True)
class _Treated:
    """One of them with their row and the days of their treatment."""

    told: DischargedPatient
    user: User
    admitted_on: date
    discharged_on: date


def store_discharged(people: DemoPeople, *, signed: SignedText, today: date) -> int:
    """Store them as they are after their discharge; return how many entries they wrote."""
    treated = list(_treated(people, today))
    User.objects.bulk_create(one.user for one in treated)
    Patient.objects.bulk_create(map(_patient, treated))
    Consent.objects.bulk_create(_consent(one, people, signed) for one in treated)
    CareTeamMembership.objects.bulk_create(
        CareTeamMembership(
            patient_id=one.user.pk, role=CareTeamMembership.Role.PRIMARY_THERAPIST,
            clinician=people.staff[one.told.therapist], starts_at=one.user.created_at,
            ends_at=_end(one),
        )
        for one in treated
    )  # fmt: skip
    episodes = [_episode(one) for one in treated]
    Episode.objects.bulk_create(episodes)
    Admission.objects.bulk_create(map(_admission, treated, episodes, [people] * len(treated)))
    Certification.objects.bulk_create(
        Certification(
            patient_id=row.patient_id, episode=row, physician=people.staff[PHYSICIAN],
            certified_on=row.admitted_on, renew_by=row.admitted_on + CERTIFIED_FOR,
            recorded_at=_at(row.admitted_on),
        )
        for row in episodes
    )  # fmt: skip
    charts = [
        open_own_chart(
            viewer=one.user, what=DataCategory.ENTRIES, now=_end(one) - timedelta(hours=1),
            to_write=True,
        )
        for one in treated
    ]  # fmt: skip
    LevelChange.objects.bulk_create(
        _discharge(one, row, chart, people)
        for one, row, chart in zip(treated, episodes, charts, strict=True)
    )
    return sum(map(_write_scores, treated, charts))


def _treated(people: DemoPeople, today: date) -> Iterator[_Treated]:
    # One password serves everybody of the demo.
    kept = people.staff[PHYSICIAN].password
    for place, told in enumerate(DISCHARGED):
        ended = told.discharged_on(today, place % 12)
        began = ended - _TREATED_FOR
        user = User(
            clinic=people.clinic, username=told.username, display_name=told.name,
            role=User.Role.PATIENT, time_zone=ZONE, password=kept, created_at=_at(began, 8),
        )  # fmt: skip
        yield _Treated(told, user, began, ended)


def _patient(one: _Treated) -> Patient:
    return Patient(
        user=one.user, enrolled_at=one.user.created_at, discharged_at=_end(one),
        wrapped_key=master_keys().wrap(generate_data_key(), patient_id=one.user.pk),
    )  # fmt: skip


def _consent(one: _Treated, people: DemoPeople, signed: SignedText) -> Consent:
    return Consent(
        patient_id=one.user.pk, purpose=Consent.Purpose.TREATMENT, version=signed.version,
        text=signed.words, language=signed.language, discloser=people.clinic.name,
        scope=list(CONSENT_SCOPES["treatment"]), signed_name=one.told.name,
        agreed_at=one.user.created_at, expires_at=one.user.created_at + timedelta(days=365),
    )  # fmt: skip


def _episode(one: _Treated) -> Episode:
    return Episode(
        patient_id=one.user.pk, level_of_care=_LEVEL, admitted_on=one.admitted_on,
        discharged_on=one.discharged_on, planned_hours_per_week=LEAST_IOP_HOURS,
        asam_edition="4", asam_code="2.1", referral_kind="hospital",
        referral_from="Lakeside Hospital",
    )  # fmt: skip


def _admission(one: _Treated, episode: Episode, people: DemoPeople) -> Admission:
    return Admission(
        episode=episode, hours_per_week=LEAST_IOP_HOURS, physician=people.staff[PHYSICIAN],
        symptoms=Admission.Symptoms.MODERATE, complies=Admission.Compliance.ABLE,
        asked_by=people.staff[one.told.therapist], asked_at=_at(one.admitted_on),
        **dict.fromkeys(ADMISSION_CRITERIA, True),
    )  # fmt: skip


def _discharge(one: _Treated, episode: Episode, chart: Chart, people: DemoPeople) -> LevelChange:
    row = new_id()
    return LevelChange(
        id=row, patient_id=one.user.pk, left=episode, step=DISCHARGE, outcome="completed",
        words=chart.cipher.seal(_REASON.encode(), column=REASON_BINDING, row=row),
        changed_on=one.discharged_on, decided_by=people.staff[one.told.therapist],
        decided_at=_end(one),
    )  # fmt: skip


def _write_scores(one: _Treated, chart: Chart) -> int:
    """Store the first questionnaire of the treatment and the last one, each at six o'clock."""
    days = (one.admitted_on + timedelta(days=2), one.discharged_on - timedelta(days=2))
    words = PatientVocabulary(chart)
    drafts = [
        validate_entry(_questionnaire(one.told, day, total), now=_at(day, 19), vocabulary=words)
        for day, total in zip(days, one.told.totals, strict=True)
    ]
    written = record_entries(chart=chart, drafts=drafts, now=start_of_day(one.discharged_on, ZONE))
    mark_swept(patient_id=one.user.pk)
    return written


def _questionnaire(told: DischargedPatient, day: date, total: int) -> dict[str, Json]:
    at = _at(day, 18).isoformat()
    name = f"urn:between:demo:{told.username}:{day}"
    return {
        "id": str(uuid5(NAMESPACE_URL, name)), "kind": "measure", "occurred_at": at,
        "recorded_at": at, "completed_at": at, "time_zone": ZONE, "instrument": _INSTRUMENT,
        "version": _VERSION, "answers": dict(_answers(total)),
    }  # fmt: skip


def _answers(total: int) -> Sequence[tuple[str, int]]:
    """Spread a total over the items; the last one, of being better off dead, stays at 0."""
    whole, left = divmod(total, _ITEMS - 1)
    answers = [whole + (place < left) for place in range(_ITEMS - 1)]
    return [(f"q{number}", answer) for number, answer in enumerate([*answers, 0], start=1)]


def _end(one: _Treated) -> datetime:
    return _at(one.discharged_on, 17)


def _at(day: date, hour: int = 12) -> datetime:
    return local_to_utc(day, time(hour), ZONE)
