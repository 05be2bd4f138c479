"""Giving and taking back consent; it acts on the next request, wherever something is read."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kit.errors import FieldError, InvalidInput
from backend.kit.rows import claim
from care import access
from care.access import Chart, DataClass
from care.consenting import SCOPES
from care.models import Consent


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
    signed_name: str,
    expires_at: datetime | None,
    expires_event: str | None,
    now: datetime,
) -> Consent:
    """Record what the patient agreed to.

    Saying it again makes a second record: each is taken back by itself.

    :raises backend.kit.errors.InvalidInput: naming what 42 CFR 2.31(a) requires and is missing.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    if not chart.is_own:
        raise NotTheOwner
    _refuse(purpose, scope=scope, recipient=recipient)
    _refuse_end(expires_at=expires_at, now=now)
    with transaction.atomic():
        made = Consent.objects.create(
            patient_id=chart.patient_id,
            purpose=purpose,
            version=version,
            scope=list(scope),
            recipient=recipient,
            signed_name=signed_name,
            agreed_at=now,
            expires_at=expires_at,
            expires_event=expires_event,
        )
        access.log_write(chart=chart, what=DataClass.CONSENT, now=now)
    return made


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


def _refuse(purpose: str, *, scope: Sequence[str], recipient: str) -> None:
    faults = []
    if not scope or not set(scope) <= set(SCOPES[purpose]):
        detail = "Must be one or more of: " + ", ".join(SCOPES[purpose]) + "."
        faults.append(FieldError("scope", "unknown_choice", detail))
    if not recipient.strip():
        faults.append(FieldError("recipient", "required", "Name who may see it."))
    if faults:
        raise InvalidInput(faults)


def _refuse_end(*, expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and expires_at <= now:
        raise InvalidInput.of("expires_at", "in_the_past", "Must lie ahead.")
