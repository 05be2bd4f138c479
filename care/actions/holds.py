"""Placing and lifting a legal hold."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kit.rows import claim
from care import trail
from care.access import DataClass
from care.actions.oversight import Kind, note_act
from care.models import LegalHold, Patient, User


class NoSuchPatient(Exception):
    """There is no patient of this id."""


def place_hold(*, patient_id: UUID, matter: str, now: datetime) -> None:
    """Keep everything of a patient until the matter is over; again changes nothing.

    :raises NoSuchPatient: there is none.
    """
    with transaction.atomic():
        # An erasure takes the same lock: it is over before this, or sees the hold.
        if not Patient.objects.select_for_update().filter(pk=patient_id).exists():
            raise NoSuchPatient
        _, is_new = LegalHold.objects.get_or_create(
            patient_id=patient_id, matter=matter, lifted_at=None, defaults={"placed_at": now}
        )
        if is_new:
            _log(patient_id, "hold_placed", now)
            _tell(patient_id, Kind.HOLD_PLACED, now)


def lift_hold(*, patient_id: UUID, matter: str, now: datetime) -> bool:
    """End a hold; return whether there was one of this matter."""
    with transaction.atomic():
        held = LegalHold.objects.filter(patient_id=patient_id, matter=matter, lifted_at=None)
        is_lifted = bool(claim(held, lifted_at=now))
        if is_lifted:
            _log(patient_id, "hold_lifted", now)
            _tell(patient_id, Kind.HOLD_LIFTED, now)
    return is_lifted


def _tell(patient_id: UUID, kind: Kind, now: datetime) -> None:
    clinic_id = User.objects.values_list("clinic_id", flat=True).get(pk=patient_id)
    note_act(clinic_id=clinic_id, kind=kind, actor=None, patients=1, now=now)


def _log(patient_id: UUID, reason: str, now: datetime) -> None:
    trail.write_by_system(patient_id=patient_id, what=DataClass.LEGAL_HOLD, reason=reason, now=now)
