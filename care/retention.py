"""How long each class of data is kept, and why; what is not named here is never deleted by age.

Kept out on purpose: entries, plans, consents, attendance and sessions are the medical record,
which goes by the law of the clinic's state and ends with ``erase_patient``, as counselling notes
apart from it do; what a patient deleted of it goes by ``journaling/actions/forgetting.py``. The
access log, its seals and the accounting of disclosures are never deleted: 45 CFR 164.316(b)(2)(i)
and 164.528 ask for six years at least.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from backend.kit import actors
from care.models import LegalHold

NEVER = ("care.AccessLogEntry", "care.AuditSeal", "care.Disclosure")
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Rule:
    """One class of data: rows of which any of ``ended`` lies further back than ``period``."""

    name: str
    table: str
    ended: tuple[str, ...]
    period: timedelta
    source: str
    #: The column that says whose row it is; none where it belongs to nobody.
    whose: str | None
    only: Q

    def over(self, now: datetime) -> "models.QuerySet[Any]":
        """Find what is over, but for everybody under a legal hold."""
        before = now - self.period
        is_over = Q(pk__in=[])
        for column in self.ended:
            is_over |= Q(**{f"{column}__lt": before})
        rows: models.QuerySet[Any] = apps.get_model(self.table)._base_manager.filter(
            self.only & is_over
        )
        if self.whose is None:
            return rows
        held = held_patients()
        free: models.QuerySet[Any] = rows.exclude(**{f"{self.whose}__in": held})
        return free


def held_patients() -> "models.QuerySet[Any, Any]":
    """Find whose data nothing may delete."""
    return LegalHold.objects.filter(lifted_at__isnull=True).values("patient_id")


_DAY = timedelta(days=1)
_NO_LONGER = "45 CFR 164.502(b): no longer than it is needed"
_HISTORY = "ours: two programmes of half a year can be compared"

SCHEDULE = (
    Rule(
        "invitations", "care.Invitation", ("used_at", "revoked_at", "expires_at"), 90 * _DAY,
        _NO_LONGER, "patient_id", Q(),
    ),
    Rule(
        "codes of support persons", "care.SupportCode", ("used_at", "revoked_at", "expires_at"),
        90 * _DAY, _NO_LONGER, "patient_id", Q(),
    ),
    Rule(
        "invitations of staff", "care.StaffInvitation", ("used_at", "revoked_at", "expires_at"),
        90 * _DAY, _NO_LONGER, None, Q(),
    ),
    Rule("attempts", "care.Attempt", ("window_started_at",), _DAY, _NO_LONGER, None, Q()),
    Rule(
        "ended sign-ins", "care.DeviceSession", ("revoked_at", "expires_at"), 90 * _DAY,
        "ours: who looked from where can be asked for a quarter; the access log keeps the id",
        "user_id", Q(),
    ),
    Rule(
        "password resets", "care.PasswordReset", ("expires_at",), 30 * _DAY, _NO_LONGER,
        "user_id", Q(wake_at__isnull=True),
    ),
    Rule("begun factors", "care.PendingFactor", ("started_at",), _DAY, _NO_LONGER, "user_id", Q()),
    Rule(
        "calendar links", "care.CalendarLink", ("revoked_at",), 90 * _DAY, _NO_LONGER,
        "user_id", Q(),
    ),
    Rule(
        "exports", "journaling.ExportJob", ("requested_at",), 90 * _DAY,
        "ours: whether one was made can be asked for a quarter; its files go after seven days, and "
        "the accounting of disclosures keeps that they were fetched",
        "patient_id", Q(wake_at__isnull=True),
    ),
    Rule(
        "deleted counselling notes", "care.CounsellingNote", ("deleted_at",), 365 * _DAY,
        "ours: what its originator took back can be looked into for a year, as deleted entries can",
        "patient_id", Q(),
    ),
    Rule(
        "addresses of phones", "notifications.Device", ("ended_at",), 90 * _DAY, _NO_LONGER,
        "patient_id", Q(),
    ),
    Rule(
        "occurrences", "notifications.Occurrence", ("due_at",), 365 * _DAY, _HISTORY,
        "patient_id", Q(wake_at__isnull=True),
    ),
)  # fmt: skip


@actors.acting_as(actors.RETENTION)
def count(*, now: datetime) -> dict[str, int]:
    """Tell how many rows of each class are over."""
    return {rule.name: rule.over(now).count() for rule in SCHEDULE}


@actors.acting_as(actors.RETENTION)
def apply(*, now: datetime) -> dict[str, int]:
    """Delete what is over, in small transactions; stopping half-way is harmless."""
    return {rule.name: sum(_deleted(rule, now)) for rule in SCHEDULE}


def _deleted(rule: Rule, now: datetime) -> Iterator[int]:
    model = apps.get_model(rule.table)
    while True:
        keys = list(rule.over(now).order_by("pk").values_list("pk", flat=True)[:BATCH])
        # Asked again as it deletes: what was placed under a hold or used meanwhile stays.
        gone = rule.over(now).filter(pk__in=keys).delete()[1].get(model._meta.label, 0)
        yield gone
        if len(keys) < BATCH or not gone:
            return
