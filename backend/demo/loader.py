"""Load the demo clinic in one transaction, and write its logins.

The clinic has its people, their journals, and briefs that were reviewed.
"""

import os
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from pathlib import Path
from uuid import UUID

import orjson
from django.db import transaction

from backend.demo.directory import store_directory
from backend.demo.discharged import DISCHARGED, store_discharged
from backend.demo.people import PATIENTS, DemoPeople, PatientProfile
from backend.demo.phone_uploads import uploads_of_patient
from backend.demo.programme import (
    PHYSICIAN,
    ZONE,
    ProgrammeBuilder,
    assign_skills,
    choose_targets,
    create_episode_records,
    write_care_plans,
)
from backend.demo.schedule import write_curricula, write_opened_reminders, write_schedule
from backend.demo.sessions import SessionBuilder
from backend.demo.treatment import write_handover, write_treatment
from backend.kit.crypto import generate_data_key, master_keys
from backend.kit.languages import ENGLISH
from backend.kit.timezones import local_day, local_to_utc, start_of_day
from care.access.data_categories import CONSENT_SCOPES, DataCategory
from care.access.open import open_chart, open_own_chart
from care.accounts.passwords import make_password
from care.consents.texts import SignedText, text_in_force
from care.models import (
    Attendance,
    Clinic,
    Consent,
    CounsellingNote,
    Group,
    Patient,
    SessionSeries,
    TreatmentSession,
    User,
)
from journaling.briefs.review import backfill_reviewed
from journaling.entries.read import entries_between
from journaling.entries.record import PatientVocabulary, record_entries
from journaling.entries.validate import validate_entry
from journaling.safety.respond import safety_response_for
from journaling.safety.sweep import mark_swept
from journaling.skills.agreed_plans import agree_plan
from journaling.skills.situation_plans import WantedPlan
from notifications.reminders.default_plan import create_default_reminders
from notifications.reminders.follow import follow_time_zone

#: Always the same, so that a loaded demo is recognised and no other clinic is ever touched.
CLINIC_ID = UUID("de300000-0000-7000-8000-000000000001")
CLINIC_NAME = "Harbor Intensive Outpatient Program"
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


class UsernamesTaken(Exception):
    """Somebody outside the demo clinic has a username of the demo; it needs an empty database."""


def create_clinic(
    *, characters: Iterable[PatientProfile], password: str, today: date
) -> DemoPeople:
    """Store the clinic, its staff and its patients with what they agreed to.

    One hash serves everybody: the password is one and the same, so salts of their own would guard
    nothing and cost a second of starting.

    :raises AlreadyLoaded: also for the second of two that load at once.
    :raises UsernamesTaken: a username belongs to somebody else.
    """
    opened_at = local_to_utc(today - timedelta(days=400), _NOON, ZONE)
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
    names += [one.username for one in DISCHARGED]
    if User.objects.filter(username__in=names).exists():
        raise UsernamesTaken
    User.objects.bulk_create([*staff, *patients])
    Patient.objects.bulk_create(map(_patient, found, patients))
    signed = _signed(today)
    Consent.objects.bulk_create(
        _consent(who, user, today, signed) for who, user in zip(found, patients, strict=True)
    )
    return DemoPeople(clinic, _by_name(staff), _by_name(patients))


def _signed(today: date) -> SignedText:
    now = local_to_utc(today, _NOON, ZONE)
    return text_in_force(purpose=Consent.Purpose.TREATMENT, now=now).signed(ENGLISH)


def delete_clinic() -> None:
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


def _since(character: PatientProfile, today: date) -> datetime:
    day = today - timedelta(days=character.enrolled)
    return local_to_utc(day, time(8, 0), ZONE)


def _user(clinic: Clinic, *, since: datetime, **columns: str) -> User:
    return User(clinic=clinic, created_at=since, **columns)


def _patient(character: PatientProfile, user: User) -> Patient:
    patient = Patient(
        user=user,
        wrapped_key=master_keys().wrap(generate_data_key(), patient_id=user.pk),
        enrolled_at=user.created_at,
    )
    if not character.has_quiet_hours:
        patient.quiet_end = patient.quiet_start
    return patient


def _consent(character: PatientProfile, user: User, today: date, signed: SignedText) -> Consent:
    ended = character.consent_ended
    return Consent(
        patient_id=user.pk,
        purpose=Consent.Purpose.TREATMENT,
        version=signed.version,
        text=signed.words,
        language=signed.language,
        discloser=CLINIC_NAME,
        scope=list(CONSENT_SCOPES["treatment"]),
        signed_name=user.display_name,
        agreed_at=user.created_at,
        expires_at=user.created_at + CONSENT_LASTS,
        revoked_at=None
        if ended is None
        else local_to_utc(today - timedelta(days=ended), _NOON, ZONE),
    )


def _by_name(users: Iterable[User]) -> dict[str, User]:
    return {str(user.username): user for user in users}


#: So long before a session its brief is read.
REVIEWED_BEFORE = timedelta(minutes=10)


def mark_past_briefs_reviewed(user: User) -> None:
    """Mark briefs as reviewed up to the last individual session that each patient attended."""
    last = (
        Attendance.objects.filter(
            patient_id=user.pk, status__in=Attendance.ATTENDED, session__kind="individual"
        )
        .order_by("-session__starts_at")
        .values_list("session__clinician_id", "session__starts_at")
        .first()
    )
    if last is not None:
        clinician_id, starts_at = last
        backfill_reviewed(patient_id=user.pk, by=clinician_id, at=starts_at - REVIEWED_BEFORE)


#: Older than so many days, somebody has long looked at an answer about safety.
SAFETY_SEEN_AFTER_DAYS = 5
#: Wraps the list of patients so that somebody can watch it go by.
Progress = Callable[[Iterable[PatientProfile]], Iterable[PatientProfile]]


def load_demo(
    *, password: str, now: datetime, is_fresh: bool = False, progress: Progress = iter
) -> int:
    """Load the demo clinic and return how many entries its journals hold.

    Everything is told from the start of the clinic's local day, so two loads on one day give the
    same clinic; only ids, keys and the time of the next reminder differ. With ``is_fresh`` what is
    there of the demo is deleted first. An interrupted load leaves the database as it was.

    :raises backend.demo.loader.AlreadyLoaded: it is there, and nothing was changed.
    :raises backend.demo.loader.UsernamesTaken: the database has other people of the same names.
    """
    today = local_day(now, ZONE)
    entries = 0
    with transaction.atomic():
        if is_fresh:
            delete_clinic()
        people = create_clinic(characters=PATIENTS, password=password, today=today)
        store_directory(people, today=today)
        entries += store_discharged(people, signed=_signed(today), today=today)
        programme = ProgrammeBuilder(people, PATIENTS, today)
        programme.store()
        SessionBuilder(people, PATIENTS, programme.groups, today).store()
        create_episode_records(people, PATIENTS, today=today)
        write_curricula(programme.groups, today=today)
        for character in progress(PATIENTS):
            user = people.patients[character.username]
            assign_skills(character, people, today=today)
            write_care_plans(character, people, today=today)
            choose_targets(character, user, now=start_of_day(today, ZONE))
            _write_situation_plans(character, people, today=today)
            write_treatment(character, people, today=today)
            write_schedule(character, people, now=now)
            entries += _write_journal(character, user, today=today)
            mark_past_briefs_reviewed(user)
            write_handover(character, people, today=today)
            # Plans look ahead from this very moment: no reminder of the past is owed, of homework
            # that was given weeks ago neither.
            create_default_reminders(patient_id=user.pk, now=now)
            follow_time_zone(patient_id=user.pk, now=now)
            write_opened_reminders(character, user, today=today, now=now)
    return entries


def _write_situation_plans(character: PatientProfile, people: DemoPeople, *, today: date) -> None:
    """Store the situation plans, day by day, by the therapist or the patient alone."""
    therapist, user = people.staff[character.therapist], people.patients[character.username]
    for plan in sorted(character.plans, key=attrgetter("since"), reverse=True):
        now = local_to_utc(today - timedelta(days=plan.since), _NOON, ZONE)
        chart = open_chart(
            viewer=therapist if plan.agreed else user, patient_id=user.pk,
            what=DataCategory.SITUATION_PLANS, now=now, to_write=True,
        )  # fmt: skip
        agreed_with = therapist.pk if plan.agreed else None
        wanted = WantedPlan(
            plan.situation, plan.skill, plan.words or None, agreed_with, character.plan_id(plan)
        )
        agree_plan(chart=chart, wanted=wanted, now=now)


def _write_journal(character: PatientProfile, user: User, *, today: date) -> int:
    until = start_of_day(today, ZONE)
    chart = open_own_chart(viewer=user, what=DataCategory.ENTRIES, now=until, to_write=True)
    sent = uploads_of_patient(character, today=today, until=until)
    words = PatientVocabulary(chart)
    drafts = [validate_entry(one.body, now=one.received_at, vocabulary=words) for one in sent]
    written = record_entries(chart=chart, drafts=drafts, now=until)
    mark_swept(patient_id=user.pk)
    if character.uses:
        # What was told lately and called for a person is still open, for somebody to look at.
        lately = until - timedelta(days=SAFETY_SEEN_AFTER_DAYS)
        told = entries_between(chart=chart, since=lately, until=until)
        for entry in sorted(told, key=attrgetter("received_at", "seq")):
            safety_response_for(chart=chart, entries=[entry], now=entry.received_at)
    return written


LOGINS_FILE = "logins.json"


def write_logins(*, folder: Path, password: str) -> Path:
    """Write the names, roles and password of staff and of who is in treatment; it appears whole."""
    people = [(username, role) for username, _, role in STAFF]
    people += [(character.username, User.Role.PATIENT) for character in PATIENTS]
    logins = [
        {"username": username, "password": password, "role": str(role), "totp_secret": None}
        for username, role in people
    ]
    path, half = folder / LOGINS_FILE, folder / f".{LOGINS_FILE}.{os.getpid()}"
    half.unlink(missing_ok=True)
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(orjson.dumps(logins, option=orjson.OPT_INDENT_2))
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    return path
