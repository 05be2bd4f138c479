"""Invite a support person: the code that a patient gives them, and the account they make."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from backend.kit.db import rls_actor
from backend.kit.db.claims import claim
from backend.kit.errors import InvalidInput, enforce_limit
from backend.kit.text import truncate_to_code_points
from care.access.chart import Chart, NotTheOwner
from care.access.data_categories import DataCategory
from care.access.log import insert_log_row, log_write
from care.access.rules import consent_holds
from care.accounts.codes import fingerprint_code, generate_code
from care.accounts.device_sessions import start_device_session
from care.accounts.names import validate_username
from care.accounts.passwords import make_password, validate_password
from care.accounts.throttle import ACCOUNT_LIMIT, ADDRESS_LIMIT, count_attempt, count_wrong_attempt
from care.consents.consents import NoSuchConsent
from care.constants import MOST_CODES_A_DAY, ONE_DAY
from care.models import (
    AccessLogEntry,
    Consent,
    DeviceSession,
    SupportCode,
    SupportPerson,
    User,
)
from care.support.grants import SUPPORT_PURPOSE

#: Why the patient's log has a change by somebody whom they just let in.
REASON_SUPPORT_CODE = "support_code"


class ConsentAlreadyAccepted(Exception):
    """A code of this consent was used: it names one person, who has their account."""


class SupportCodeInvalid(Exception):
    """The code is unknown, used, withdrawn or over, or its consent is; which is not told."""


def create_support_code(*, chart: Chart, consent_id: UUID, now: datetime) -> tuple[str, datetime]:
    """Make a code for the person whom a consent names; return it, and until when it can be used.

    It lets in once, within 72 hours, and is told only here: a fingerprint is kept. Codes of this
    consent that were made before stop working.

    :raises NoSuchConsent: this patient has none of that id for a support person that holds.
    :raises ConsentAlreadyAccepted: the person has come in by this consent.
    :raises backend.kit.errors.InvalidInput: too many were made within a day.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    if not chart.is_own:
        raise NotTheOwner
    if not _support_consent_in_force(consent_id, chart.patient_id, now):
        raise NoSuchConsent
    if SupportPerson.objects.filter(consent_id=consent_id).exists():
        raise ConsentAlreadyAccepted
    recent_codes = SupportCode.objects.filter(consent_id=consent_id, created_at__gt=now - ONE_DAY)
    enforce_limit(
        recent_codes.count(), most=MOST_CODES_A_DAY, what="codes for one person within a day"
    )
    code, expires_at = generate_code(), now + settings.INVITATION_LIFETIME
    with transaction.atomic():
        SupportCode.objects.filter(
            consent_id=consent_id, used_at__isnull=True, revoked_at__isnull=True
        ).update(revoked_at=now)
        SupportCode.objects.create(
            patient_id=chart.patient_id, consent_id=consent_id,
            code_fingerprint=_support_code_fingerprint(code),
            created_at=now, expires_at=expires_at,
        )  # fmt: skip
        log_write(chart=chart, what=DataCategory.INVITATION, now=now)
    return code, expires_at


def enrol_supporter(*, code: str, username: str, password: str, now: datetime) -> User:
    """Create an account for the person whom a consent names, with its grant.

    One code lets in once, also under a race. A name that is taken or a weak password leaves the
    code as it was. The account is called what the patient called the person.

    :raises SupportCodeInvalid: the code can't be used.
    :raises backend.kit.errors.InvalidInput: naming ``username`` or ``password``.
    """
    support_code = _find_code(code)
    name = validate_username(username)
    validate_password(password, username=name)
    try:
        with transaction.atomic():
            consent = _use_code(support_code, now)
            clinic = support_code.patient.user.clinic
            user = User(
                clinic=clinic, role=User.Role.SUPPORTER, username=name,
                display_name=truncate_to_code_points(consent.recipient, longest=120),
                password=make_password(password), time_zone=clinic.time_zone, created_at=now,
            )  # fmt: skip
            user.save(force_insert=True)
            _add_support_person(user, support_code, now)
    except IntegrityError:
        raise InvalidInput.of("username", "username_taken", "This name is taken.") from None
    return user


def accept_support_code(*, code: str, supporter: User, now: datetime) -> None:
    """Accept one more consent for a support person who has an account.

    :raises SupportCodeInvalid: the code can't be used, or the account is no support person's.
    """
    with rls_actor.acting_as(rls_actor.SIGN_IN_ACTOR):
        support_code = _find_code(code)
    if supporter.role != User.Role.SUPPORTER:
        raise SupportCodeInvalid
    with transaction.atomic():
        _use_code(support_code, now)
        _add_support_person(supporter, support_code, now)


def join_by_support_code(
    *,
    supporter: User | None,
    code: str,
    username: str,
    password: str,
    device_name: str,
    address: str,
    now: datetime,
) -> DeviceSession | None:
    """Accept a code for the account ``supporter``; without one, create it and sign it in.

    Returns the new sign-in, if there is one. Wrong codes are counted for the address.

    :raises SupportCodeInvalid: the code can't be used.
    :raises backend.kit.errors.InvalidInput: naming ``username`` or ``password``.
    :raises care.accounts.throttle.TooManyAttempts: too many wrong codes came from this address.
    """
    try:
        if supporter is not None:
            accept_support_code(code=code, supporter=supporter, now=now)
            return None
        user = enrol_supporter(code=code, username=username, password=password, now=now)
    except SupportCodeInvalid:
        count_wrong_support_code(address=address, now=now)
        raise
    return start_device_session(user=user, device_name=device_name, now=now)


def count_support_code(*, supporter: User, now: datetime) -> None:
    """Count one try of a code by an account, before it is looked at.

    :raises care.accounts.throttle.TooManyAttempts: too many by this account.
    """
    count_attempt(what="support-code", whose=str(supporter.pk), limit=ACCOUNT_LIMIT, now=now)


def count_wrong_support_code(*, address: str, now: datetime) -> None:
    """Count one wrong code; a right one opens whatever others tried.

    :raises care.accounts.throttle.TooManyAttempts: too many came from this address.
    """
    count_wrong_attempt(what="support-code-from", address=address, limit=ADDRESS_LIMIT, now=now)


def _find_code(code: str) -> SupportCode:
    rows = SupportCode.objects.filter(code_fingerprint=_support_code_fingerprint(code))
    support_code = rows.select_related("patient__user__clinic").first()
    if support_code is None:
        raise SupportCodeInvalid
    return support_code


def _use_code(support_code: SupportCode, now: datetime) -> Consent:
    """Use the code up, if its consent holds, as the patient who gave it."""
    unused = SupportCode.objects.filter(
        pk=support_code.pk, used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now
    )
    with rls_actor.acting_as(rls_actor.user_actor(User.Role.PATIENT, support_code.patient_id)):
        if not claim(unused, used_at=now) or not support_code.patient.user.is_active:
            raise SupportCodeInvalid
        consent = _support_consent_in_force(support_code.consent_id, support_code.patient_id, now)
        if consent is None:
            raise SupportCodeInvalid
    return consent


def _add_support_person(supporter: User, support_code: SupportCode, now: datetime) -> None:
    with rls_actor.acting_as(rls_actor.user_actor(User.Role.PATIENT, support_code.patient_id)):
        SupportPerson.objects.create(
            patient_id=support_code.patient_id, consent_id=support_code.consent_id,
            supporter=supporter, accepted_at=now,
        )  # fmt: skip
    insert_log_row(
        supporter, patient_id=support_code.patient_id, action=AccessLogEntry.Action.WRITE,
        data_class=DataCategory.INVITATION, reason=REASON_SUPPORT_CODE, at=now,
    )  # fmt: skip


def _support_consent_in_force(consent_id: UUID, patient_id: UUID, now: datetime) -> Consent | None:
    return Consent.objects.filter(
        consent_holds(now, purpose=SUPPORT_PURPOSE), pk=consent_id, patient_id=patient_id
    ).first()


def _support_code_fingerprint(code: str) -> str:
    return fingerprint_code(code, purpose="support-code")
