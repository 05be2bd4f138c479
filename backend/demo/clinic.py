"""The demo clinic's people: their rows, their consent, and the password that all share."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID

from backend.demo.character import Character
from backend.demo.programme import PHYSICIAN, ZONE, People
from backend.kit.cipher import master_keys, new_data_key
from backend.kit.zones import at_local
from care.consenting import SCOPES
from care.models import (
    Clinic,
    Consent,
    CounsellingNote,
    Group,
    Patient,
    SessionSeries,
    TreatmentSession,
    User,
)
from care.passwords import make_password

#: Always the same, so that a loaded demo is recognised and no other clinic is ever touched.
CLINIC_ID = UUID("de300000-0000-7000-8000-000000000001")
CLINIC_NAME = "Harbor Intensive Outpatient Program"
CONSENT_VERSION = "demo-2026-1"
CONSENT_LASTS = timedelta(days=365)
STAFF = (
    ("dr_okafor", "Dr. Adaeze Okafor", User.Role.CLINICIAN),
    ("dr_lind", "Dr. Henrik Lind", User.Role.CLINICIAN),
    (PHYSICIAN, "Dr. Miriam Hale", User.Role.CLINICIAN),
    ("ada", "Ada Romero", User.Role.ADMIN),
)
_NOON = time(12, 0)


class AlreadyLoaded(Exception):
    """The demo clinic is in this database already."""


class NamesTaken(Exception):
    """Somebody outside the demo clinic has a username of the demo; it needs an empty database."""


def open_clinic(*, characters: Iterable[Character], password: str, today: date) -> People:
    """Store the clinic, its staff and its patients with what they agreed to.

    One hash serves everybody: the password is one and the same, so salts of their own would guard
    nothing and cost a second of starting.

    :raises AlreadyLoaded: also for the second of two that load at once.
    :raises NamesTaken: a username belongs to somebody else.
    """
    opened_at = at_local(today - timedelta(days=400), _NOON, ZONE)
    clinic, is_new = Clinic.objects.get_or_create(
        pk=CLINIC_ID,
        defaults={"name": CLINIC_NAME, "time_zone": ZONE, "created_at": opened_at},
    )
    if not is_new:
        raise AlreadyLoaded
    found = list(characters)
    kept = make_password(password)
    staff = [
        _user(
            clinic,
            since=opened_at,
            username=username,
            display_name=name,
            role=role,
            time_zone=ZONE,
            password=kept,
        )
        for username, name, role in STAFF
    ]
    patients = [
        _user(
            clinic, since=_since(who, today), username=who.username, display_name=who.name,
            role=User.Role.PATIENT, time_zone=who.zone, password=kept,
        )
        for who in found
    ]  # fmt: skip
    names = [user.username for user in (*staff, *patients)]
    if User.objects.filter(username__in=names).exists():
        raise NamesTaken
    User.objects.bulk_create([*staff, *patients])
    Patient.objects.bulk_create(map(_patient, found, patients))
    Consent.objects.bulk_create(
        _consent(who, user, today) for who, user in zip(found, patients, strict=True)
    )
    return People(clinic, _by_name(staff), _by_name(patients))


def close_clinic() -> None:
    """Delete everything of the demo clinic, whoever added it; the access log outlives it."""
    # Notes name the sessions that they are about, and keep those from going.
    CounsellingNote.objects.filter(patient__user__clinic_id=CLINIC_ID).delete()
    TreatmentSession.objects.filter(clinic_id=CLINIC_ID).delete()
    SessionSeries.objects.filter(clinic_id=CLINIC_ID).delete()
    Group.objects.filter(clinic_id=CLINIC_ID).delete()
    people = User.objects.filter(clinic_id=CLINIC_ID)
    # Patients first: what is theirs names the staff, and rightly keeps them from going.
    people.filter(role=User.Role.PATIENT).delete()
    people.delete()
    Clinic.objects.filter(pk=CLINIC_ID).delete()


def _since(character: Character, today: date) -> datetime:
    day = today - timedelta(days=character.enrolled)
    return at_local(day, time(8, 0), ZONE)


def _user(clinic: Clinic, *, since: datetime, **columns: str) -> User:
    return User(clinic=clinic, created_at=since, **columns)


def _patient(character: Character, user: User) -> Patient:
    patient = Patient(
        user=user,
        wrapped_key=master_keys().wrap(new_data_key(), patient_id=user.pk),
        enrolled_at=user.created_at,
    )
    if not character.has_quiet_hours:
        patient.quiet_end = patient.quiet_start
    return patient


def _consent(character: Character, user: User, today: date) -> Consent:
    ended = character.consent_ended
    return Consent(
        patient_id=user.pk,
        purpose=Consent.Purpose.TREATMENT,
        version=CONSENT_VERSION,
        discloser=CLINIC_NAME,
        scope=list(SCOPES["treatment"]),
        signed_name=user.display_name,
        agreed_at=user.created_at,
        expires_at=user.created_at + CONSENT_LASTS,
        revoked_at=None if ended is None else at_local(today - timedelta(days=ended), _NOON, ZONE),
    )


def _by_name(users: Iterable[User]) -> dict[str, User]:
    return {str(user.username): user for user in users}
