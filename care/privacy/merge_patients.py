"""Merge two records of one person who was invited twice by mistake."""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q

from backend.kit.handling import Merging, handled_models
from care.access.data_categories import DataCategory
from care.access.log import log_system_write
from care.models import (
    Attendance,
    CareTeamMembership,
    GroupMembership,
    Patient,
    TreatmentSession,
)
from care.privacy.erasure import ErasureReason, erase_patient, tables_about
from care.privacy.retention import NoSuchPatient


class NotMergeable(Exception):
    """The two can't be merged; ``why`` says so in one sentence, and nothing was changed."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def merge_patients(*, kept_id: UUID, mistaken_id: UUID, now: datetime) -> Counter[str]:
    """Move the sessions, groups and care team of a mistaken record to the other, and erase it.

    The mistaken one must never have enrolled, so that nothing of it is the patient's own word; the
    other may have. A session of the same kind at the same time, an open membership of one group
    and one clinician of the care team stand once. Return how many rows of each table moved.

    :raises NoSuchPatient: one of them does not exist.
    :raises NotMergeable: another clinic, enrolled, or it has more than what can move.
    :raises care.privacy.erasure.OnLegalHold: a legal hold stands on the mistaken one.
    """
    with transaction.atomic():
        _validate_mergeable(kept_id, mistaken_id)
        _delete_duplicates(kept_id, mistaken_id)
        moved = Counter(
            {
                model._meta.label: model._base_manager.filter(patient_id=mistaken_id).update(
                    patient_id=kept_id
                )
                for model in _models_that_are(Merging.MOVED)
            }
        )
        log_system_write(
            patient_id=kept_id, what=DataCategory.PROFILE, reason="merged_invitation", now=now
        )
    erase_patient(patient_id=mistaken_id, reason=ErasureReason.MISTAKE, now=now)
    return +moved


def _models_that_are(merging: Merging) -> list[type[models.Model]]:
    return [model for model, handling in handled_models() if handling.merging is merging]


def _validate_mergeable(kept_id: UUID, mistaken_id: UUID) -> None:
    records = {
        record.pk: record
        for record in Patient.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(pk__in=[kept_id, mistaken_id])
        .order_by("pk")
    }
    if len(records) < len({kept_id, mistaken_id}):
        raise NoSuchPatient
    kept, mistaken = records[kept_id], records[mistaken_id]
    if kept_id == mistaken_id:
        raise NotMergeable("Both ids name the same record.")
    if kept.user.clinic_id != mistaken.user.clinic_id:
        raise NotMergeable("They are of two clinics.")
    if mistaken.enrolled_at is not None:
        raise NotMergeable("The mistaken one has enrolled: what they wrote is theirs.")
    if kept.wrapped_key is None or mistaken.wrapped_key is None:
        raise NotMergeable("One of them was erased.")
    covered = {
        model._meta.label
        for model in (*_models_that_are(Merging.LEFT), *_models_that_are(Merging.MOVED))
    }
    unmovable = sorted(label for label in tables_about(mistaken_id) if label not in covered)
    if unmovable:
        raise NotMergeable(f"The mistaken one has more than can move: {', '.join(unmovable)}.")


def _delete_duplicates(kept_id: UUID, mistaken_id: UUID) -> None:
    """Delete of the mistaken record what the kept one has as well."""
    same: dict[str, Any] = {"patient_id": kept_id}
    sessions = TreatmentSession.objects.filter(
        kind=OuterRef("kind"), starts_at=OuterRef("starts_at"), cancelled_at__isnull=True, **same
    )
    memberships = GroupMembership.objects.filter(
        group_id=OuterRef("group_id"), ends_at__isnull=True, **same
    )
    team = CareTeamMembership.objects.filter(
        clinician_id=OuterRef("clinician_id"), ends_at__isnull=True, **same
    )
    attendance = Attendance.objects.filter(session_id=OuterRef("session_id"), **same)
    for model, twin, which in (
        (Attendance, attendance, Q()),
        (TreatmentSession, sessions, Q(attendance__isnull=True)),
        (GroupMembership, memberships, Q(ends_at__isnull=True)),
        (CareTeamMembership, team, Q(ends_at__isnull=True)),
    ):
        model._base_manager.filter(which, Exists(twin), patient_id=mistaken_id).delete()
