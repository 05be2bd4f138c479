"""Raising every number that phones hold, after a restore; and what the restore brought back.

Cursors of before are answered with 410, edits of what was read before with a conflict or 412, and
a refresh token that was made since the backup asks its owner to sign in again, without an alarm.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Greatest

from backend.kit.generations import first_number, first_rev
from care.consent_rules import consent_holds
from care.models import CarePlan, Consent, DeviceSession, Patient
from journaling.models import Journal, SafetyPlan

OURS = ("care", "journaling", "notifications")
#: Each version is a row of its own: the newest is what an edit names.
IN_VERSIONS: tuple[type[models.Model], ...] = (CarePlan, SafetyPlan)
#: Revisions that are part of what is sealed, or of a history that never changes.
FIXED = frozenset({"care.CounsellingNote", "care.CounsellingVersion", "journaling.EntryRevision"})


@dataclass(frozen=True, slots=True)
class Revived:
    """What holds by this database, whatever was taken back after its backup."""

    consents: int
    sign_ins: int


def edited() -> list[type[models.Model]]:
    """List the models whose rows are edited by revision, in place."""
    found = [model for label in OURS for model in apps.get_app_config(label).get_models()]
    return [
        model
        for model in found
        if any(field.name == "rev" for field in model._meta.fields)
        and model._meta.label not in FIXED
        and model not in IN_VERSIONS
    ]


def begin(*, now: datetime) -> None:
    """Raise every number, all or none; done again it raises them further."""
    number, rev = Value(first_number(now)), Value(first_rev(now))
    raised = Greatest(F("rev") + 1, rev)
    with transaction.atomic():
        kept = Journal.objects.values("pk")
        without = Patient.objects.exclude(pk__in=kept).values_list("pk", flat=True)
        Journal.objects.bulk_create(Journal(patient_id=pk) for pk in list(without))
        last = Greatest(F("last_seq") + 1, number)
        # Whoever read less far begins from nothing, and that is everybody.
        Journal.objects.update(last_seq=last, purged_seq=last)
        DeviceSession.objects.update(generation=Greatest(F("generation") + 1, number))
        for model in edited():
            model._base_manager.update(rev=raised)
        for model in IN_VERSIONS:
            newer = model._base_manager.filter(
                patient_id=OuterRef("patient_id"), rev__gt=OuterRef("rev")
            )
            newest = model._base_manager.filter(~Exists(newer)).values_list("pk", flat=True)
            model._base_manager.filter(pk__in=list(newest)).update(rev=raised)


def end_sign_ins(*, now: datetime) -> int:
    """End every sign-in; everybody signs in again. Return how many there were."""
    live = DeviceSession.objects.filter(revoked_at__isnull=True)
    return live.update(revoked_at=now, revoked_reason="restored")


def revived(*, now: datetime) -> Revived:
    """Count what is in force."""
    live = DeviceSession.objects.filter(revoked_at__isnull=True, expires_at__gt=now)
    consents = [
        Consent.objects.filter(consent_holds(now, purpose=purpose)).count()
        for purpose in Consent.Purpose.values
    ]
    return Revived(sum(consents), live.count())


def take_back(*, ended: Iterable[tuple[str, UUID, datetime]]) -> list[tuple[str, UUID]]:
    """End again what a newer copy of the database says had ended; return what was still open."""
    models_by_table: dict[str, Any] = {
        Consent._meta.db_table: Consent, DeviceSession._meta.db_table: DeviceSession,
    }  # fmt: skip
    done = []
    for table, key, at in ended:
        model = models_by_table[table]
        if model.objects.filter(pk=key, revoked_at__isnull=True).update(revoked_at=at):
            done.append((table, key))
    return done
