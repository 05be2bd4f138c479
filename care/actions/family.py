"""Letting a support person in: the code that a patient gives them, and what they make of it."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from backend.kit import actors
from backend.kit.errors import InvalidInput, refuse_beyond
from backend.kit.rows import claim
from care import access, trail
from care.access import Chart, DataClass, consent_holds
from care.actions.attempts import ACCOUNT_LIMIT, ADDRESS_LIMIT, count_attempt, count_wrong_from
from care.actions.consents import NoSuchConsent, NotTheOwner
from care.actions.signin import folded
from care.codes import new_code, printed
from care.family import PURPOSE
from care.limits import DAY, MOST_CODES_A_DAY
from care.models import AccessLogEntry, Consent, SupportCode, SupportPerson, User
from care.naming import refuse_unprintable
from care.passwords import refuse_weak

#: Why the patient's log has a change by somebody whom they just let in.
BY_CODE = "support_code"


class AlreadyAccepted(Exception):
    """Somebody used a code of this consent: it names one person, and they are in."""


class CodeInvalid(Exception):
    """The code is unknown, used, withdrawn or over, or its consent is; which is not told."""


def make_code(*, chart: Chart, consent_id: UUID, now: datetime) -> tuple[str, datetime]:
    """Make a code for the person whom a consent names; return it, and until when it can be used.

    It lets in once, within 72 hours, and is told only here: a fingerprint is kept. Codes of this
    consent that were made before stop working.

    :raises NoSuchConsent: this patient has none of that id for a support person that holds.
    :raises AlreadyAccepted: the person has come in by this consent.
    :raises backend.kit.errors.InvalidInput: too many were made within a day.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    if not chart.is_own:
        raise NotTheOwner
    if not _holds(consent_id, chart.patient_id, now):
        raise NoSuchConsent
    if SupportPerson.objects.filter(consent_id=consent_id).exists():
        raise AlreadyAccepted
    lately = SupportCode.objects.filter(consent_id=consent_id, created_at__gt=now - DAY)
    refuse_beyond(lately.count(), most=MOST_CODES_A_DAY, what="codes for one person within a day")
    code, expires_at = new_code(), now + settings.INVITATION_LIFETIME
    with transaction.atomic():
        SupportCode.objects.filter(
            consent_id=consent_id, used_at__isnull=True, revoked_at__isnull=True
        ).update(revoked_at=now)
        SupportCode.objects.create(
            patient_id=chart.patient_id, consent_id=consent_id, code_fingerprint=_printed(code),
            created_at=now, expires_at=expires_at,
        )  # fmt: skip
        access.log_write(chart=chart, what=DataClass.INVITATION, now=now)
    return code, expires_at


def count_code(*, supporter: User, now: datetime) -> None:
    """Count one try of a code by an account, before it is looked at.

    :raises care.actions.attempts.TooManyAttempts: too many by this account.
    """
    count_attempt(what="support-code", whose=str(supporter.pk), limit=ACCOUNT_LIMIT, now=now)


def count_wrong_code(*, address: str, now: datetime) -> None:
    """Count one wrong code; a right one opens whatever others tried.

    :raises care.actions.attempts.TooManyAttempts: too many came from this address.
    """
    count_wrong_from(what="support-code-from", address=address, limit=ADDRESS_LIMIT, now=now)


def enrol_supporter(*, code: str, username: str, password: str, now: datetime) -> User:
    """Make an account for the person whom a consent names, and let it see what that names.

    One code lets in once, also under a race. A name that is taken or a weak password leaves the
    code as it was. The account is called what the patient called the person.

    :raises CodeInvalid: the code can't be used.
    :raises backend.kit.errors.InvalidInput: naming ``username`` or ``password``.
    """
    found = _found(code)
    refuse_unprintable(username, field="username")
    refuse_weak(password, username=username)
    try:
        with transaction.atomic():
            consent = _use(found, now)
            clinic = found.patient.user.clinic
            user = User(
                clinic=clinic, role=User.Role.SUPPORTER, username=folded(username),
                display_name=consent.recipient[:120], time_zone=clinic.time_zone, created_at=now,
            )  # fmt: skip
            user.set_password(password)
            user.save(force_insert=True)
            _let_in(user, found, now)
    except IntegrityError:
        raise InvalidInput.of("username", "username_taken", "This name is taken.") from None
    return user


def accept_code(*, code: str, supporter: User, now: datetime) -> None:
    """Let a support person who has an account see what one more consent names.

    :raises CodeInvalid: the code can't be used, or the account is no support person's.
    """
    with actors.acting_as(actors.SIGN_IN):
        found = _found(code)
    if supporter.role != User.Role.SUPPORTER:
        raise CodeInvalid
    with transaction.atomic():
        _use(found, now)
        _let_in(supporter, found, now)


def _found(code: str) -> SupportCode:
    rows = SupportCode.objects.filter(code_fingerprint=_printed(code))
    found = rows.select_related("patient__user__clinic").first()
    if found is None:
        raise CodeInvalid
    return found


def _use(found: SupportCode, now: datetime) -> Consent:
    """Use the code up, if its consent holds; the patient is who gave it."""
    unused = SupportCode.objects.filter(
        pk=found.pk, used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now
    )
    with actors.acting_as(actors.person(User.Role.PATIENT, found.patient_id)):
        if not claim(unused, used_at=now) or not found.patient.user.is_active:
            raise CodeInvalid
        consent = _holds(found.consent_id, found.patient_id, now)
        if consent is None:
            raise CodeInvalid
    return consent


def _let_in(supporter: User, found: SupportCode, now: datetime) -> None:
    with actors.acting_as(actors.person(User.Role.PATIENT, found.patient_id)):
        SupportPerson.objects.create(
            patient_id=found.patient_id, consent_id=found.consent_id, supporter=supporter,
            accepted_at=now,
        )  # fmt: skip
    trail.save_row(
        supporter, patient_id=found.patient_id, action=AccessLogEntry.Action.WRITE,
        data_class=DataClass.INVITATION, reason=BY_CODE, at=now,
    )  # fmt: skip


def _holds(consent_id: UUID, patient_id: UUID, now: datetime) -> Consent | None:
    return Consent.objects.filter(
        consent_holds(now, purpose=PURPOSE), pk=consent_id, patient_id=patient_id
    ).first()


def _printed(code: str) -> str:
    return printed(code, purpose="support-code")
