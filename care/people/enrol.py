"""Invite patients by a code, and enrol them with their consent on record."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from backend.kit.crypto import generate_data_key, master_keys
from backend.kit.db import rls_actor
from backend.kit.db.claims import claim
from backend.kit.errors import InvalidInput, enforce_limit
from backend.kit.languages import ENGLISH
from backend.kit.subscribers import Subscribers
from care.access.data_categories import CONSENT_SCOPES
from care.accounts.codes import fingerprint_code, generate_code
from care.accounts.device_sessions import start_device_session
from care.accounts.names import validate_display_name, validate_username
from care.accounts.passwords import make_password, validate_password
from care.accounts.throttle import ADDRESS_LIMIT, count_wrong_attempt
from care.consents.texts import SignedText, signed_text
from care.constants import MOST_CODES_A_DAY, MOST_INVITED, ONE_DAY
from care.models import (
    CareTeamMembership,
    Consent,
    DeviceSession,
    Invitation,
    Patient,
    User,
)
from care.people.profile import record_zone_change


class AlreadyEnrolled(Exception):
    """The patient has enrolled: a code would let whoever holds it take the account over."""


class InvitationInvalid(Exception):
    """The code is unknown, used, withdrawn or over; which of these is not told."""


def invite_patient(
    *, clinician: User, display_name: str, time_zone: str, now: datetime
) -> tuple[Patient, str]:
    """Add a patient to the clinician's clinic and caseload; return them and their invitation code.

    The clinician becomes the primary therapist. The code is shown once: only a fingerprint is kept.

    :raises backend.kit.errors.InvalidInput: naming ``display_name``.
    """
    validate_display_name(display_name)
    waiting = CareTeamMembership.objects.filter(
        clinician=clinician, ends_at__isnull=True, patient__enrolled_at__isnull=True,
        patient__discharged_at__isnull=True,
    )  # fmt: skip
    enforce_limit(waiting.count(), most=MOST_INVITED, what="patients who have not enrolled yet")
    with transaction.atomic():
        user = User(
            clinic_id=clinician.clinic_id,
            role=User.Role.PATIENT,
            display_name=display_name,
            time_zone=time_zone,
            created_at=now,
        )
        user.set_unusable_password()
        user.save(force_insert=True)
        wrapped = master_keys().wrap(generate_data_key(), patient_id=user.pk)
        patient = Patient.objects.create(user=user, wrapped_key=wrapped)
        CareTeamMembership.objects.create(
            patient=patient,
            clinician=clinician,
            role=CareTeamMembership.Role.PRIMARY_THERAPIST,
            starts_at=now,
        )
        code = renew_invitation(patient_id=patient.pk, clinician=clinician, now=now)
    return patient, code


def renew_invitation(*, patient_id: UUID, clinician: User, now: datetime) -> str:
    """Make a new code for a patient who has not enrolled yet; codes made before stop working.

    :raises backend.kit.errors.InvalidInput: too many were made within a day.
    :raises AlreadyEnrolled: nobody of the staff may enter an account that a patient made theirs.
    """
    if Patient.objects.filter(pk=patient_id, enrolled_at__isnull=False).exists():
        raise AlreadyEnrolled
    recent_codes = Invitation.objects.filter(patient_id=patient_id, created_at__gt=now - ONE_DAY)
    enforce_limit(
        recent_codes.count(), most=MOST_CODES_A_DAY, what="codes for one person within a day"
    )
    code = generate_code()
    with transaction.atomic():
        Invitation.objects.filter(
            patient_id=patient_id, used_at__isnull=True, revoked_at__isnull=True
        ).update(revoked_at=now)
        Invitation.objects.create(
            patient_id=patient_id,
            code_fingerprint=_code_fingerprint(code),
            created_by=clinician,
            created_at=now,
            expires_at=now + settings.INVITATION_LIFETIME,
        )
    return code


def count_wrong_invitation_code(*, address: str, now: datetime) -> None:
    """Count one wrong invitation code; a right one opens whatever others tried.

    :raises care.accounts.throttle.TooManyAttempts: too many came from this address.
    """
    count_wrong_attempt(what="invitation-from", address=address, limit=ADDRESS_LIMIT, now=now)


class PatientSubscriber(Protocol):
    """Whoever prepares something for new patients; told the same again it must change nothing."""

    def __call__(self, *, patient_id: UUID, now: datetime) -> None:
        """Prepare it for one who enrolled, in the same transaction and acting as the patient."""


PATIENT_SUBSCRIBERS: Subscribers[PatientSubscriber] = Subscribers()


def enrol_on_device(
    *,
    invite_code: str,
    username: str,
    password: str,
    time_zone: str,
    consent_version: str,
    consent_language: str = ENGLISH,
    device_name: str,
    address: str,
    now: datetime,
) -> tuple[User, DeviceSession]:
    """Do what ``enrol_patient`` does, and start a sign-in; wrong codes count for the address.

    :raises care.accounts.throttle.TooManyAttempts: too many came from this address.
    """
    try:
        with transaction.atomic():
            user = enrol_patient(
                invite_code=invite_code, username=username, password=password,
                time_zone=time_zone, consent_version=consent_version,
                consent_language=consent_language, now=now,
            )  # fmt: skip
            rls_actor.set_actor(rls_actor.user_actor(user.role, user.pk))
            return user, start_device_session(user=user, device_name=device_name, now=now)
    except InvitationInvalid:
        # On a path that no rollback takes back.
        count_wrong_invitation_code(address=address, now=now)
        raise


def enrol_patient(
    *,
    invite_code: str,
    username: str,
    password: str,
    time_zone: str,
    consent_version: str,
    consent_language: str = ENGLISH,
    now: datetime,
) -> User:
    """Turn an invitation into a patient who can sign in, with their consent on record.

    One code enrols once, also under a race. A name that is taken or a weak password leaves the
    code as it was, and so does a consent to a text that is not in force. Without a time zone the
    one stays that the clinic set.

    :raises InvitationInvalid: unknown, used, withdrawn or expired code.
    :raises backend.kit.errors.InvalidInput: naming ``username`` or ``password``.
    :raises care.consents.texts.VersionNotInForce: naming ``consent.version``.
    """
    signed = signed_text(
        purpose=Consent.Purpose.TREATMENT, version=consent_version, language=consent_language,
        now=now, field="consent.version",
    )  # fmt: skip
    invitation = (
        Invitation.objects.filter(code_fingerprint=_code_fingerprint(invite_code))
        .select_related("patient__user")
        .first()
    )
    if invitation is None:
        raise InvitationInvalid
    name = validate_username(username)
    validate_password(password, username=name)
    try:
        with rls_actor.acting_as(_patient_actor(invitation)), transaction.atomic():
            _use_invitation(invitation, now)
            user = invitation.patient.user
            user.username = name
            record_zone_change(user=user, after=time_zone or user.time_zone, now=now)
            user.time_zone = time_zone or user.time_zone
            user.password = make_password(password)
            user.save(update_fields=["username", "time_zone", "password"])
            if not claim(Patient.objects.filter(pk=user.pk, enrolled_at=None), enrolled_at=now):
                raise InvitationInvalid
            record_enrolment_consent(patient_id=user.pk, signed=signed, now=now)
            for prepare in PATIENT_SUBSCRIBERS:
                prepare(patient_id=user.pk, now=now)
    except IntegrityError:
        raise InvalidInput.of("username", "username_taken", "This name is taken.") from None
    return user


def record_enrolment_consent(*, patient_id: UUID, signed: SignedText, now: datetime) -> Consent:
    """Record that the patient agreed to treatment sharing and neutral reminders."""
    patient = Patient.objects.select_related("user__clinic").get(pk=patient_id)
    return Consent.objects.create(
        patient=patient,
        purpose=Consent.Purpose.TREATMENT,
        version=signed.version,
        text=signed.words,
        language=signed.language,
        discloser=patient.user.clinic.name,
        scope=list(CONSENT_SCOPES["treatment"]),
        recipient="my care team",
        signed_name=patient.user.display_name,
        agreed_at=now,  # without an end: 42 CFR 2.31(a)(7) allows "none" for treatment
    )


def revoke_treatment_consents(*, patient_id: UUID, now: datetime) -> int:
    """Revoke every treatment consent in force; from the next request on nobody reads with it."""
    return Consent.objects.filter(
        patient_id=patient_id, purpose=Consent.Purpose.TREATMENT, revoked_at__isnull=True
    ).update(revoked_at=now)


def _patient_actor(invitation: Invitation) -> str:
    return rls_actor.user_actor(User.Role.PATIENT, invitation.patient_id)


def _use_invitation(invitation: Invitation, now: datetime) -> None:
    unused = Invitation.objects.filter(
        pk=invitation.pk, used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now
    )
    if not claim(unused, used_at=now):
        raise InvitationInvalid


def _code_fingerprint(code: str) -> str:
    return fingerprint_code(code, purpose="invitation")
