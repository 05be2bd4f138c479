"""Bringing patients in: the invitation, and what they agree to when they enrol."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from backend.kit import actors
from backend.kit.cipher import master_keys, new_data_key
from backend.kit.errors import InvalidInput, refuse_beyond
from backend.kit.rows import claim
from care.actions.attempts import ADDRESS_LIMIT, count_wrong_from
from care.actions.profile import note_zone
from care.actions.signin import folded
from care.codes import new_code, printed
from care.consenting import SCOPES
from care.limits import DAY, MOST_CODES_A_DAY, MOST_INVITED
from care.models import (
    CareTeamMembership,
    Consent,
    Invitation,
    Patient,
    User,
)
from care.naming import refuse_misleading, refuse_unprintable
from care.passwords import refuse_weak


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
    refuse_misleading(display_name)
    waiting = CareTeamMembership.objects.filter(
        clinician=clinician, ends_at__isnull=True, patient__enrolled_at__isnull=True,
        patient__discharged_at__isnull=True,
    )  # fmt: skip
    refuse_beyond(waiting.count(), most=MOST_INVITED, what="patients who have not enrolled yet")
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
        wrapped = master_keys().wrap(new_data_key(), patient_id=user.pk)
        patient = Patient.objects.create(user=user, wrapped_key=wrapped)
        CareTeamMembership.objects.create(
            patient=patient,
            clinician=clinician,
            role=CareTeamMembership.Role.PRIMARY_THERAPIST,
            starts_at=now,
        )
        code = invite_again(patient_id=patient.pk, clinician=clinician, now=now)
    return patient, code


def invite_again(*, patient_id: UUID, clinician: User, now: datetime) -> str:
    """Make a new code for a patient who has not enrolled yet; codes made before stop working.

    :raises backend.kit.errors.InvalidInput: too many were made within a day.
    :raises AlreadyEnrolled: nobody of the staff may enter an account that a patient made theirs.
    """
    if Patient.objects.filter(pk=patient_id, enrolled_at__isnull=False).exists():
        raise AlreadyEnrolled
    lately = Invitation.objects.filter(patient_id=patient_id, created_at__gt=now - DAY)
    refuse_beyond(lately.count(), most=MOST_CODES_A_DAY, what="codes for one person within a day")
    code = new_code()
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


def count_wrong_code(*, address: str, now: datetime) -> None:
    """Count one wrong invitation code; a right one opens whatever others tried.

    :raises care.actions.attempts.TooManyAttempts: too many came from this address.
    """
    count_wrong_from(what="invitation-from", address=address, limit=ADDRESS_LIMIT, now=now)


def enroll(
    *,
    invite_code: str,
    username: str,
    password: str,
    time_zone: str,
    consent_version: str,
    now: datetime,
) -> User:
    """Turn an invitation into a patient who can sign in, with their consent on record.

    One code enrols once, also under a race. A name that is taken or a weak password leaves the
    code as it was.

    :raises InvitationInvalid: unknown, used, withdrawn or expired code.
    :raises backend.kit.errors.InvalidInput: naming ``username`` or ``password``.
    """
    invitation = (
        Invitation.objects.filter(code_fingerprint=_code_fingerprint(invite_code))
        .select_related("patient__user")
        .first()
    )
    if invitation is None:
        raise InvitationInvalid
    refuse_unprintable(username, field="username")
    refuse_weak(password, username=username)
    try:
        with actors.acting_as(_patient(invitation)), transaction.atomic():
            _use(invitation, now)
            user = invitation.patient.user
            user.username = folded(username)
            note_zone(user=user, after=time_zone, now=now)
            user.time_zone = time_zone
            user.set_password(password)
            user.save(update_fields=["username", "time_zone", "password"])
            if not claim(Patient.objects.filter(pk=user.pk, enrolled_at=None), enrolled_at=now):
                raise InvitationInvalid
            give_consent(patient_id=user.pk, version=consent_version, now=now)
    except IntegrityError:
        raise InvalidInput.of("username", "username_taken", "This name is taken.") from None
    return user


def give_consent(*, patient_id: UUID, version: str, now: datetime) -> Consent:
    """Record that the patient agreed to treatment sharing and neutral reminders."""
    patient = Patient.objects.select_related("user__clinic").get(pk=patient_id)
    return Consent.objects.create(
        patient=patient,
        purpose=Consent.Purpose.TREATMENT,
        version=version,
        discloser=patient.user.clinic.name,
        scope=list(SCOPES["treatment"]),
        recipient="my care team",
        signed_name=patient.user.display_name,
        agreed_at=now,  # without an end: 42 CFR 2.31(a)(7) allows "none" for treatment
    )


def end_consent(*, patient_id: UUID, now: datetime) -> int:
    """Revoke every treatment consent in force; from the next request on nobody reads with it."""
    return Consent.objects.filter(
        patient_id=patient_id, purpose=Consent.Purpose.TREATMENT, revoked_at__isnull=True
    ).update(revoked_at=now)


def _patient(invitation: Invitation) -> str:
    return actors.person(User.Role.PATIENT, invitation.patient_id)


def _use(invitation: Invitation, now: datetime) -> None:
    unused = Invitation.objects.filter(
        pk=invitation.pk, used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now
    )
    if not claim(unused, used_at=now):
        raise InvitationInvalid


def _code_fingerprint(code: str) -> str:
    return printed(code, purpose="invitation")
