"""How long each class of data is kept, deletion by age, and legal holds.

A table says of itself how long and why (``keep`` of its ``HANDLING``); a legal hold suspends both
deletion by age and erasure. Entries, plans, consents, attendance and sessions have no period on
purpose: they are the medical record, which is kept by the law of the clinic's state and ends with
``erase_patient``, as counselling notes apart from it do; what a patient deleted of it is purged by
``journaling/entries/edit.py``. The access log, its seals and the accounting of disclosures are
never deleted: 45 CFR 164.316(b)(2)(i) and 164.528 require six years at least.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import Q

from backend.kit.db import rls_actor
from backend.kit.db.claims import claim
from backend.kit.handling import handled_models
from care.access.admin_acts import ActKind, record_act
from care.access.data_categories import DataCategory
from care.access.log import log_system_write
from care.models import LegalHold, Patient, User

BATCH = 1000


class NoSuchPatient(Exception):
    """There is no patient of this id."""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """One class of data: rows of which any of ``ended`` lies further back than ``period``."""

    name: str
    model: type[models.Model]
    ended: tuple[str, ...]
    period: timedelta
    source: str
    #: The column that says whose row it is; none where it belongs to nobody.
    whose: str | None
    only: Q

    def expired_rows(self, now: datetime) -> "models.QuerySet[Any]":
        """Select what is over, but for everybody under a legal hold."""
        before = now - self.period
        is_over = Q(pk__in=[])
        for column in self.ended:
            is_over |= Q(**{f"{column}__lt": before})
        rows: models.QuerySet[Any] = self.model._base_manager.filter(self.only & is_over)
        if self.whose is None:
            return rows
        on_hold = patients_on_hold()
        not_held: models.QuerySet[Any] = rows.exclude(**{f"{self.whose}__in": on_hold})
        return not_held


def retention_schedule() -> tuple[RetentionRule, ...]:
    """List the rules by which rows go by their age, as their tables declare them."""
    return tuple(
        RetentionRule(
            name=handling.keep.called, model=model, ended=handling.keep.after,
            period=handling.keep.period, source=handling.keep.why, whose=_whose(model),
            only=handling.keep.only,
        )
        for model, handling in handled_models()
        if handling.keep.period is not None
    )  # fmt: skip


@rls_actor.acting_as(rls_actor.RETENTION_ACTOR)
def count_expired(*, now: datetime) -> dict[str, int]:
    """Count the rows of each class that are over."""
    return {rule.name: rule.expired_rows(now).count() for rule in retention_schedule()}


@rls_actor.acting_as(rls_actor.RETENTION_ACTOR)
def delete_expired(*, now: datetime) -> dict[str, int]:
    """Delete what is over, in small transactions; stopping half-way is harmless."""
    return {rule.name: sum(_delete_batches(rule, now)) for rule in retention_schedule()}


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
            _log_hold(patient_id, "hold_placed", now)
            _record_hold_act(patient_id, ActKind.HOLD_PLACED, now)


def lift_hold(*, patient_id: UUID, matter: str, now: datetime) -> bool:
    """End a hold; return whether there was one of this matter."""
    with transaction.atomic():
        holds = LegalHold.objects.filter(patient_id=patient_id, matter=matter, lifted_at=None)
        is_lifted = bool(claim(holds, lifted_at=now))
        if is_lifted:
            _log_hold(patient_id, "hold_lifted", now)
            _record_hold_act(patient_id, ActKind.HOLD_LIFTED, now)
    return is_lifted


def patients_on_hold() -> "models.QuerySet[Any, Any]":
    """Select the patients under a legal hold, whose data nothing may delete."""
    return LegalHold.objects.filter(lifted_at__isnull=True).values("patient_id")


def _whose(model: type[models.Model]) -> str | None:
    """Find the column that says whose row it is; none where it belongs to nobody."""
    names = {field.attname for field in model._meta.concrete_fields}
    return next((name for name in ("patient_id", "user_id") if name in names), None)


def _record_hold_act(patient_id: UUID, kind: ActKind, now: datetime) -> None:
    clinic_id = User.objects.values_list("clinic_id", flat=True).get(pk=patient_id)
    record_act(clinic_id=clinic_id, kind=kind, actor=None, patients=1, now=now)


def _log_hold(patient_id: UUID, reason: str, now: datetime) -> None:
    log_system_write(patient_id=patient_id, what=DataCategory.LEGAL_HOLD, reason=reason, now=now)


def _delete_batches(rule: RetentionRule, now: datetime) -> Iterator[int]:
    while True:
        keys = list(rule.expired_rows(now).order_by("pk").values_list("pk", flat=True)[:BATCH])
        # Asked again as it deletes: what was placed under a hold or used meanwhile stays.
        gone = rule.expired_rows(now).filter(pk__in=keys).delete()[1]
        deleted = gone.get(rule.model._meta.label, 0)
        yield deleted
        if len(keys) < BATCH or not deleted:
            return
