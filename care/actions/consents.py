"""Giving and taking back consent; it acts on the next request, wherever something is read."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kit.errors import FieldError, InvalidInput, NotThere, refuse_beyond
from backend.kit.rows import claim
from backend.kit.text import is_blank
from care import access
from care.access import Chart, DataClass, on_team
from care.consent_rules import consent_holds
from care.consenting import LONGEST, SCOPES
from care.limits import MOST_CONSENTS
from care.models import CareTeamMembership, Clinic, Consent, Patient, User
from care.recipients import Reach, reach_of


class NoSuchConsent(NotThere):
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
    clinician_id: UUID | None = None,
    now: datetime,
) -> Consent:
    """Record what the patient agreed to.

    Saying the very same again while it holds is that record and no second one, so that taking it
    back takes all of it back; what is said otherwise is a record of its own. Counselling notes are
    opened to one clinician of the care team, whose name is written down as the recipient. Whom the
    recipient of a consent to treatment names is decided here (``care.recipients``).

    :raises backend.kit.errors.InvalidInput: naming what 42 CFR 2.31(a) requires and is missing.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    if not chart.is_own:
        raise NotTheOwner
    if purpose == Consent.Purpose.COUNSELLING_NOTES:
        recipient = _name_of_reader(chart, clinician_id, recipient, now)
    elif clinician_id is not None:
        raise InvalidInput.of("clinician", "not_asked", "This purpose names nobody by id.")
    _refuse(purpose, scope=scope, recipient=recipient)
    _refuse_end(expires_at=expires_at, now=now)
    _refuse_endless(purpose, expires_at=expires_at, expires_event=expires_event, now=now)
    clinic = Clinic.objects.get(users=chart.patient_id)
    reach = Reach()
    if purpose == Consent.Purpose.TREATMENT:
        reach = reach_of(recipient, clinic=clinic.name, clinicians=_clinicians(clinic))
    said = (
        version, list(scope), recipient, clinician_id, signed_name, expires_at, expires_event,
    )  # fmt: skip
    with transaction.atomic():
        # The row is the lock: of two that come at once the second finds the first.
        Patient.objects.select_for_update().only("pk").get(pk=chart.patient_id)
        standing = _standing(chart, purpose, said, now)
        if standing is not None:
            return standing
        in_force = Consent.objects.filter(
            consent_holds(now, purpose=purpose), patient_id=chart.patient_id
        )
        refuse_beyond(
            in_force.count(), most=MOST_CONSENTS, what="consents of one purpose at a time"
        )
        made = Consent.objects.create(
            patient_id=chart.patient_id,
            purpose=purpose,
            version=version,
            discloser=clinic.name,
            scope=list(scope),
            recipient=recipient,
            clinician_id=clinician_id,
            recipient_clinician_id=reach.clinician_id,
            is_for_others=reach.is_for_others,
            signed_name=signed_name,
            agreed_at=now,
            expires_at=expires_at,
            expires_event=expires_event,
        )
        access.log_write(chart=chart, what=DataClass.CONSENT, now=now)
    return made


def _standing(
    chart: Chart, purpose: str, said: tuple[object, ...], now: datetime
) -> Consent | None:
    """Find the record of the very same that holds; two support persons may be called alike."""
    if purpose == Consent.Purpose.FAMILY_SUPPORT:
        return None
    holding = Consent.objects.filter(
        consent_holds(now, purpose=purpose), patient_id=chart.patient_id
    )
    for one in holding.order_by("agreed_at", "id"):
        stands = (
            one.version, one.scope, one.recipient, one.clinician_id, one.signed_name,
            one.expires_at, one.expires_event,
        )  # fmt: skip
        if stands == said:
            return one
    return None


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
    if is_blank(recipient):
        faults.append(FieldError("recipient", "required", "Name who may see it."))
    if faults:
        raise InvalidInput(faults)


def _refuse_end(*, expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and expires_at <= now:
        raise InvalidInput.of("expires_at", "in_the_past", "Must lie ahead.")


def _refuse_endless(
    purpose: str, *, expires_at: datetime | None, expires_event: str | None, now: datetime
) -> None:
    """Ask for an end within a year, or at the end of treatment, where a purpose must have one."""
    longest = LONGEST.get(purpose)
    if longest is None:
        return
    if expires_at is None and expires_event is None:
        raise InvalidInput.of("expires_at", "required", "Say until when, or until which event.")
    if expires_at is not None and expires_at > now + longest:
        raise InvalidInput.of("expires_at", "too_far", "At most a year from now.")


def _clinicians(clinic: Clinic) -> list[tuple[UUID, str]]:
    staff = User.objects.filter(clinic=clinic, role=User.Role.CLINICIAN, is_active=True)
    return list(staff.values_list("pk", "display_name"))


def _name_of_reader(chart: Chart, clinician_id: UUID | None, recipient: str, now: datetime) -> str:
    """Find what the one whom a patient lets read counselling notes is called."""
    if recipient:
        raise InvalidInput.of("recipient", "not_asked", "Name the clinician by id.")
    if clinician_id is None:
        raise InvalidInput.of("clinician", "required", "Name who may read them.")
    team = CareTeamMembership.objects.filter(
        on_team(now), patient_id=chart.patient_id, clinician_id=clinician_id,
        clinician__is_active=True,
    )  # fmt: skip
    name: str | None = team.values_list("clinician__display_name", flat=True).first()
    if name is None:
        raise InvalidInput.of("clinician", "unknown", "Must be on your care team.")
    return name
