"""Break-glass access: open a chart in an emergency without being on its care team (R20)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from backend.kit.crypto import PatientCipher, master_keys
from backend.kit.db import rls_actor
from backend.kit.errors import InvalidInput
from backend.kit.jobs import Queue
from care.access.chart import NoSuchChart
from care.access.data_categories import DataCategory
from care.access.log import REASON_BREAK_GLASS, log_denial, log_reads_many, log_writes_many
from care.models import AdministrativeAct, BreakGlass, Patient, User
from care.models.people import logged_name
from care.privacy.oversight import (
    count_unreviewed_acts,
    officer_addresses,
    unreviewed_acts,
)

#: 45 CFR 164.312(a)(2)(ii), 42 CFR 2.51: for a medical emergency, and no longer than this.
LONGEST_OPENING = timedelta(minutes=60)
SHORTEST_REASON, LONGEST_REASON = 15, 500
#: After so long it is left to the administrators' page.
NOTIFY_WITHIN = timedelta(days=1)
_REASON_BINDING = BreakGlass.HANDLING.sealed["sealed_reason"].bound_to
EMERGENCY_MAILS = Queue(
    BreakGlass,
    lease_period=timedelta(minutes=2),
    first_pause=timedelta(minutes=1),
    longest_pause=timedelta(hours=1),
    condition=Q(reviewed_at__isnull=True),
)


@dataclass(frozen=True, slots=True)
class ReviewQueue:
    """What waits for a privacy officer, the oldest first: openings, and acts of administration."""

    openings: Sequence[BreakGlass]
    acts: Sequence[AdministrativeAct]


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """How much waits for a clinic's privacy officers."""

    openings: int
    acts: int


@rls_actor.acting_as(rls_actor.EMERGENCY_ACTOR)
def break_glass(*, clinician: User, patient_id: UUID, reason: str, now: datetime) -> BreakGlass:
    """Open what one patient shares with their care team to a clinician, for an hour at most.

    The patient's own log says so at once, and the clinic's administrators are told, on their page
    and by mail. Again within the hour changes nothing. The caller has proved who they are in the
    last ten minutes.

    :raises backend.kit.errors.InvalidInput: naming ``reason``.
    :raises care.access.chart.NoSuchChart: no such patient in the clinician's clinic.
    """
    stripped = reason.strip()
    if not SHORTEST_REASON <= len(stripped) <= LONGEST_REASON:
        detail = f"Say why in {SHORTEST_REASON} to {LONGEST_REASON} characters."
        raise InvalidInput.of("reason", "bad_length", detail)
    patient = Patient.objects.filter(pk=patient_id, user__clinic_id=clinician.clinic_id).first()
    if patient is None or clinician.role != User.Role.CLINICIAN:
        log_denial(
            viewer=clinician, what=DataCategory.BREAK_GLASS, reason="no_such_patient", now=now
        )
        raise NoSuchChart
    with transaction.atomic():
        # Two at once of one clinician wait for each other at the patient's row.
        Patient.objects.select_for_update().get(pk=patient_id)
        active = BreakGlass.objects.filter(
            patient_id=patient_id, clinician_id=clinician.pk, ends_at__gt=now
        ).first()
        if active is not None:
            return active
        opening = BreakGlass(
            patient_id=patient_id, clinician=clinician,
            clinician_name=logged_name(clinician), opened_at=now, ends_at=now + LONGEST_OPENING,
            next_attempt_at=now,
        )  # fmt: skip
        opening.sealed_reason = _patient_cipher(patient).seal(
            stripped.encode(), column=_REASON_BINDING, row=opening.pk
        )
        opening.save(force_insert=True)
        log_writes_many(
            viewer=clinician, patient_ids=[patient_id], what=DataCategory.BREAK_GLASS,
            reason=REASON_BREAK_GLASS, now=now,
        )  # fmt: skip
    return opening


def expire_emergency_mails(*, now: datetime) -> None:
    """Give up the mails that nobody took for a day."""
    BreakGlass.objects.filter(
        next_attempt_at__isnull=False, opened_at__lte=now - NOTIFY_WITHIN
    ).update(next_attempt_at=None, lease_id=None)


def emergency_addresses(*, opening: BreakGlass) -> list[str]:
    """Read the addresses of the administrators who are told of an opening."""
    return officer_addresses(clinic_id=opening.clinician.clinic_id)


def unreviewed_break_glass(*, clinic_id: UUID) -> list[BreakGlass]:
    """List the openings that the clinic's administrators have not reviewed yet, oldest first."""
    rows = BreakGlass.objects.filter(patient__user__clinic_id=clinic_id, reviewed_at__isnull=True)
    return list(rows.select_related("patient__user", "clinician").order_by("opened_at", "id"))


def review_break_glass(*, officer: User, now: datetime) -> list[BreakGlass]:
    """List what the officer's clinic has not reviewed; each patient's log says that it was seen."""
    grants = unreviewed_break_glass(clinic_id=officer.clinic_id)
    log_reads_many(
        viewer=officer, patient_ids=[grant.patient_id for grant in grants],
        what=DataCategory.BREAK_GLASS, reason="privacy_review", now=now,
    )  # fmt: skip
    return grants


def review_break_glass_and_acts(*, officer: User, now: datetime) -> ReviewQueue:
    """List all that waits for the officer's clinic; each patient's log says that it was seen."""
    return ReviewQueue(
        openings=review_break_glass(officer=officer, now=now),
        acts=unreviewed_acts(clinic_id=officer.clinic_id),
    )


def count_reviews(*, clinic_id: UUID) -> ReviewCounts:
    """Count what the clinic's administrators have not reviewed yet."""
    openings = BreakGlass.objects.filter(
        patient__user__clinic_id=clinic_id, reviewed_at__isnull=True
    )
    return ReviewCounts(openings=openings.count(), acts=count_unreviewed_acts(clinic_id=clinic_id))


def mark_break_glass_reviewed(*, officer: User, break_glass_id: UUID, now: datetime) -> bool:
    """Record that an administrator looked at it; return whether it was there to be reviewed."""
    rows = BreakGlass.objects.filter(
        pk=break_glass_id, patient__user__clinic_id=officer.clinic_id, reviewed_at__isnull=True
    )
    opening = rows.first()
    if opening is None or officer.role != User.Role.ADMIN:
        return False
    with transaction.atomic():
        BreakGlass.objects.filter(pk=opening.pk).update(
            reviewed_at=now, next_attempt_at=None, lease_id=None
        )
        log_writes_many(
            viewer=officer, patient_ids=[opening.patient_id], what=DataCategory.BREAK_GLASS,
            reason="privacy_review", now=now,
        )  # fmt: skip
    return True


def break_glass_reason(opening: BreakGlass) -> str:
    """Decrypt why a chart was opened, for the privacy officer."""
    cipher = _patient_cipher(opening.patient)
    return cipher.open(opening.sealed_reason, column=_REASON_BINDING, row=opening.pk).decode()


def _patient_cipher(patient: Patient) -> PatientCipher:
    key = master_keys().unwrap(patient.wrapped_key, patient_id=patient.pk)
    return PatientCipher(patient.pk, key)
