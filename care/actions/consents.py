"""Giving and taking back consent; it acts on the next request, wherever something is read."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kit.cipher import fingerprint
from backend.kit.errors import FieldError, InvalidInput
from backend.kit.rows import claim
from care import access
from care.access import Chart, DataClass
from care.consenting import SCOPES
from care.models import Consent, User

CODE_BYTES, CODE_LENGTH = 10, 16


class NoSuchConsent(Exception):
    """The patient has no consent of that id that still holds."""


class NotTheOwner(Exception):
    """Only the patient consents for themselves."""


def record_consent(
    *,
    chart: Chart,
    purpose: str,
    version: str,
    scope: Sequence[str],
    recipient: str,
    recipient_id: UUID | None,
    signed_name: str,
    expires_at: datetime | None,
    expires_event: str | None,
    now: datetime,
) -> tuple[Consent, str]:
    """Record what the patient agreed to; return it, and the code of a family page, shown once.

    Saying it again makes a second record: each is taken back by itself.

    :raises backend.kit.errors.InvalidInput: naming what 42 CFR 2.31(a) requires and is missing.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    if not chart.is_own:
        raise NotTheOwner
    clinician = _recipient(chart, purpose, recipient_id)
    _refuse(purpose, scope=scope, recipient=recipient)
    _refuse_end(purpose, expires_at=expires_at, expires_event=expires_event, now=now)
    code = _new_code() if purpose == Consent.Purpose.FAMILY_SUPPORT else ""
    with transaction.atomic():
        made = Consent.objects.create(
            patient_id=chart.patient_id,
            purpose=purpose,
            version=version,
            scope=list(scope),
            recipient=clinician.display_name if clinician else recipient,
            recipient_user=clinician,
            signed_name=signed_name,
            agreed_at=now,
            expires_at=expires_at,
            expires_event=expires_event,
            code_fingerprint=code_fingerprint(code) if code else None,
        )
        access.log_write(chart=chart, what=DataClass.CONSENT, now=now)
    return made, "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def revoke_consent(*, chart: Chart, consent_id: UUID, now: datetime) -> Consent:
    """Take a consent back; from the next request on nobody sees anything by it.

    :raises NoSuchConsent: this patient has none of that id, or took it back before.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    if not chart.is_own:
        raise NotTheOwner
    with transaction.atomic():
        live = Consent.objects.filter(
            pk=consent_id, patient_id=chart.patient_id, revoked_at__isnull=True
        )
        if not claim(live, revoked_at=now):
            raise NoSuchConsent
        access.log_write(chart=chart, what=DataClass.CONSENT, now=now)
    return Consent.objects.get(pk=consent_id)


def code_fingerprint(code: str) -> str:
    """Fingerprint the code of a family page, however it was typed."""
    plain = "".join(char for char in code.upper() if char.isalnum())
    return fingerprint(plain, purpose="family-page")


def _new_code() -> str:
    return base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode()[:CODE_LENGTH]


def _recipient(chart: Chart, purpose: str, clinician_id: UUID | None) -> User | None:
    """Find the clinician whom a consent names; one of another clinic is as unknown as none."""
    if purpose != Consent.Purpose.COUNSELLING_NOTES:
        return None
    if clinician_id is None:
        raise InvalidInput.of("recipient_id", "required", "Name who may read them.")
    found = User.objects.filter(
        pk=clinician_id, role=User.Role.CLINICIAN,
        clinic__users__pk=chart.patient_id, is_active=True,
    ).first()  # fmt: skip
    if found is None:
        raise InvalidInput.of("recipient_id", "unknown_recipient", "Must be one of your clinic.")
    return found


def _refuse(purpose: str, *, scope: Sequence[str], recipient: str) -> None:
    faults = []
    if not scope or not set(scope) <= set(SCOPES[purpose]):
        detail = "Must be one or more of: " + ", ".join(SCOPES[purpose]) + "."
        faults.append(FieldError("scope", "unknown_choice", detail))
    if purpose != Consent.Purpose.COUNSELLING_NOTES and not recipient.strip():
        faults.append(FieldError("recipient", "required", "Name who may see it."))
    if faults:
        raise InvalidInput(faults)


def _refuse_end(
    purpose: str, *, expires_at: datetime | None, expires_event: str | None, now: datetime
) -> None:
    # 42 CFR 2.31(a)(7): "none" is an end for treatment alone.
    is_open = expires_at is None and expires_event is None
    if is_open and purpose != Consent.Purpose.TREATMENT:
        detail = "Say until when, or until which event."
        raise InvalidInput.of("expires_at", "required", detail)
    if expires_at is not None and expires_at <= now:
        raise InvalidInput.of("expires_at", "in_the_past", "Must lie ahead.")
