"""The people in our tests: always the same few, so that a reader knows who may see whom.

``maya`` and ``noah`` are patients of one clinic; ``dr_okafor`` treats maya, ``dr_lind`` noah.
``ada`` is the clinic's administrator. ``sam`` is maya's support person, and sees nothing until a
test lets her say so (``supports``). Nothing here is random.
"""

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone
from rest_framework.test import APIClient

from api.http import authentication, error_support
from backend.kit.crypto import generate_data_key, master_keys
from care.access.chart import Chart
from care.access.data_categories import CONSENT_SCOPES, DataCategory
from care.access.open import open_own_chart
from care.accounts.device_sessions import start_device_session
from care.clinic.profile import ClinicDetails, write_clinic_profile
from care.clinic.resources import ResourceDetails, put_resource
from care.consents.texts import SignedText
from care.models import (
    Attendance,
    CareTeamMembership,
    Clinic,
    Consent,
    Episode,
    Group,
    GroupMembership,
    Patient,
    SessionGuest,
    SupportPerson,
    TreatmentSession,
    User,
)
from care.people.enrol import record_enrolment_consent
from tests import insertions

PASSWORD = "seven quiet lamps in the harbor"
ZONE = "America/Chicago"
#: What they signed, by a version that is not in force any more.
SIGNED = SignedText("test-1", "en", "What was agreed to, long ago.")
#: Long before anything that a test does, so that team and consent hold whenever it looks.
LONG_AGO = datetime(2015, 1, 1, tzinfo=UTC)


#: The cast of this process and the rows that it is made of.
_made: list[tuple["Cast", insertions.Rows]] = []


@dataclass(frozen=True)
class Cast:
    """Everybody, enrolled and ready."""

    clinic: Clinic
    maya: User
    noah: User
    dr_okafor: User
    dr_lind: User
    ada: User
    sam: User


def enter() -> Cast:
    """Put the whole cast into the database.

    Made once a process; from then on the same rows are written by a statement a table, which is
    a fifth of the work of every test that asks for them.
    """
    if not _made:
        with insertions.captured() as rows:
            _made.append((_enter(), rows))
        return copy.deepcopy(_made[0][0])
    cast, rows = _made[0]
    # The clinic of the test before had the same id, and perhaps lines of its own.
    error_support._cached_lines.clear()
    insertions.repeat(rows)
    return copy.deepcopy(cast)


def _enter() -> Cast:
    clinic = Clinic.objects.create(name="Harbor Clinic", time_zone=ZONE)
    dr_okafor = staff(clinic, "dr_okafor", "Dr. Okafor")
    dr_lind = staff(clinic, "dr_lind", "Dr. Lind")
    ada = staff(clinic, "ada", "Ada", role=User.Role.ADMIN)
    maya = patient(clinic, "maya", "Maya", treated_by=dr_okafor)
    noah = patient(clinic, "noah", "Noah", treated_by=dr_lind)
    sam = staff(clinic, "sam", "Sam", role=User.Role.SUPPORTER)
    return Cast(clinic, maya, noah, dr_okafor, dr_lind, ada, sam)


def agrees(
    patient: User,
    *,
    scope: Sequence[str] = CONSENT_SCOPES["family_support"],
    recipient: str = "Sam",
    **ends: Any,
) -> Consent:
    """Let a patient agree that somebody may see so much of how it goes, until treatment ends."""
    return Consent.objects.create(
        patient_id=patient.pk, purpose=Consent.Purpose.FAMILY_SUPPORT, version=SIGNED.version,
        text=SIGNED.words, language=SIGNED.language, scope=list(scope), recipient=recipient,
        signed_name=patient.display_name,
        **({"agreed_at": LONG_AGO, "expires_event": "end_of_treatment"} | ends),
    )  # fmt: skip


def supports(supporter: User, patient: User, **agreed: Any) -> Consent:
    """Let a patient agree, and the support person have used the code."""
    consent = agrees(patient, **agreed)
    SupportPerson.objects.create(
        patient_id=patient.pk, consent=consent, supporter=supporter, accepted_at=consent.agreed_at
    )
    return consent


def invites(clinician: User, session: TreatmentSession, person: SupportPerson) -> SessionGuest:
    """Invite a support person to a family session of their patient's."""
    return SessionGuest.objects.create(
        session=session, patient_id=person.patient_id, support_person=person,
        invited_at=timezone.now(), invited_by=clinician.pk,
    )  # fmt: skip


def staff(clinic: Clinic, username: str, name: str, *, role: str = User.Role.CLINICIAN) -> User:
    """Add somebody of the clinic's staff."""
    user = User(
        clinic=clinic, role=role, username=username, display_name=name, time_zone=clinic.time_zone
    )
    user.set_password(PASSWORD)
    user.save(force_insert=True)
    return user


def patient(
    clinic: Clinic,
    username: str,
    name: str,
    *,
    treated_by: User,
    zone: str = ZONE,
    since: datetime = LONG_AGO,
) -> User:
    """Add an enrolled patient with a therapist and consent."""
    user = User(
        clinic=clinic,
        role=User.Role.PATIENT,
        username=username,
        display_name=name,
        time_zone=zone,
        created_at=since,
    )
    user.set_password(PASSWORD)
    user.save(force_insert=True)
    row = Patient.objects.create(
        user=user,
        wrapped_key=master_keys().wrap(generate_data_key(), patient_id=user.pk),
        enrolled_at=since,
    )
    record_enrolment_consent(patient_id=row.pk, signed=SIGNED, now=since)
    joins(row.pk, treated_by, since=since)
    return user


def joins(
    patient_id: UUID,
    clinician: User,
    *,
    since: datetime = LONG_AGO,
    role: str = CareTeamMembership.Role.PRIMARY_THERAPIST,
) -> CareTeamMembership:
    """Put a clinician on a patient's care team."""
    return CareTeamMembership.objects.create(
        patient_id=patient_id, clinician=clinician, role=role, starts_at=since
    )


def admitted(user: User, *, on: Any, hours: int = 9) -> Episode:
    """Open an intensive outpatient episode."""
    return Episode.objects.create(
        patient_id=user.pk,
        level_of_care=Episode.LevelOfCare.INTENSIVE_OUTPATIENT,
        admitted_on=on,
        planned_hours_per_week=hours,
    )


def session(
    clinician: User,
    *,
    starts_at: datetime,
    with_patient: User | None = None,
    with_group: Group | None = None,
    kind: str = TreatmentSession.Kind.INDIVIDUAL,
    minutes: int = 50,
    status: str | None = None,
) -> TreatmentSession:
    """Plan a session; with ``status`` its one patient's attendance is recorded too."""
    row = TreatmentSession.objects.create(
        clinic_id=clinician.clinic_id,
        clinician=clinician,
        kind=kind,
        patient_id=with_patient.pk if with_patient else None,
        group=with_group,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
    )
    if status is not None and with_patient is not None:
        Attendance.objects.create(
            session=row,
            patient_id=with_patient.pk,
            status=status,
            minutes=minutes,
            recorded_by=clinician,
            recorded_at=starts_at + timedelta(minutes=minutes),
        )
    return row


def group(leader: User, *members: User, name: str = "Morning group") -> Group:
    """Make a group with its members."""
    row = Group.objects.create(clinic_id=leader.clinic_id, leader=leader, name=name)
    for member in members:
        GroupMembership.objects.create(group=row, patient_id=member.pk, starts_at=LONG_AGO)
    return row


def introduce(cast: Cast) -> UUID:
    """Let the clinic say who it is, and know of a kitchen; return the kitchen's id."""
    now = timezone.now()
    said = ClinicDetails(
        name=cast.clinic.name, address="12 Pier Street\nChicago", phone="(312) 555-0140",
        hours=("Mon to Fri 8:00 to 18:00",), cost_page="https://harbor.example.org/costs",
        crisis_phone="3125550141",
    )  # fmt: skip
    write_clinic_profile(admin=cast.ada, rev=0, details=said, now=now)
    kitchen = ResourceDetails(
        kind="food", name="Pier kitchen", description="A warm meal for everybody.",
        region="Harbor side", phone="(312) 555-0143", website="https://kitchen.example.org/",
        languages=("es",), verified_at=now.date() - timedelta(days=1),
    )  # fmt: skip
    shown, _ = put_resource(admin=cast.ada, resource_id=uuid4(), details=kitchen, rev=None, now=now)
    return shown.id


def signed_in(user: User | None) -> APIClient:
    """Make an API client of somebody; None is a stranger."""
    client = APIClient()
    if user is not None:
        now = timezone.now()
        row = start_device_session(
            user=user, device_name="test phone", now=now, passed_at=second_factor_of(user, now)
        )
        client.credentials(
            HTTP_AUTHORIZATION=f"Bearer {authentication.token_pair(row, now=now).access}"
        )
    return client


def second_factor_of(user: User, now: datetime) -> datetime | None:
    """Tell when somebody passed a second factor: staff do at every sign-in."""
    return now if user.role in {User.Role.CLINICIAN, User.Role.ADMIN} else None


def as_json(body: Any) -> str:
    """Write a body as a phone does; None is no body."""
    return "" if body is None else json.dumps(body)


def own_chart(user: User, *, now: datetime | None = None) -> Chart:
    """Open a patient's own chart for writing, without a request."""
    found = User.objects.select_related("patient").get(pk=user.pk)
    return open_own_chart(
        viewer=found, what=DataCategory.ENTRIES, now=now or timezone.now(), to_write=True
    )


def craving(**changes: Any) -> dict[str, Any]:
    """Make the body of a craving as a phone sends it; just now unless told otherwise."""
    at = changes.pop("at", None) or timezone.now()
    body = {
        "id": str(uuid4()),
        "kind": "craving",
        "occurred_at": at.isoformat(),
        "recorded_at": at.isoformat(),
        "time_zone": ZONE,
        "intensity": 7,
        "target": "alcohol",
    }
    return body | changes
