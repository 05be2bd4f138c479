"""The second look: what a crash or a fault kept from becoming an event becomes one here.

Every entry is looked at once more, by its place in its journal. Only structured answers are read,
nothing is decrypted and nobody is shown anything; events are derived idempotently, so an entry that
was answered at once makes none again.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q

from backend.kit.db import rls_actor
from care.oncall.safety_settings import settings_of_patient
from journaling.entries.entry import VALUE_COLUMNS
from journaling.entries.kinds.registry import KINDS
from journaling.models import Entry, Journal
from journaling.safety.escalation import escalate_due
from journaling.safety.events import record_signs
from journaling.safety.respond import OpioidUse, evaluate_entries, sign_of_finding
from journaling.safety.rules import SafetyAnswers, has_no_signal

log = logging.getLogger(__name__)

#: Numbers and codes of every kind; the free text stays where it is.
_COLUMNS = (
    "id", "rev", "kind", "share", "occurred_at", "local_date", "clock_suspect", *VALUE_COLUMNS,
)  # fmt: skip
#: The rows in which an answer about safety can stand.
_MAY_ANSWER = (
    Q(kind__in=("use", "measure"))
    | Q(kind="craving", outcome__isnull=False)
    | Q(safety_check__isnull=False)
    | Q(urges__isnull=False)
    | Q(coming_in__isnull=False)
)


@rls_actor.acting_as(rls_actor.SAFETY_ACTOR)
def sweep_safety(*, now: datetime) -> None:
    """Find events that were missed, and take the steps of escalation that are due.

    A part that fails stops neither the other nor the mails of calls that were made before.
    """
    for name, part in (("sweep", sweep_journals), ("steps", escalate_due)):
        try:
            part(now=now)
        except Exception:
            log.exception("calling staff failed", extra={"event": "safety_failed", "code": name})


def sweep_journals(*, now: datetime, limit: int = 500) -> int:
    """Look at what came since the last look, in up to ``limit`` journals; return how many.

    With nothing new it costs one statement. One journal that can't be judged stops no other.
    """
    behind = Journal.objects.filter(last_seq__gt=F("safety_seq")).order_by("patient_id")
    journals = list(behind.values_list("patient_id", "safety_seq", "last_seq")[:limit])
    for patient_id, since, until in journals:
        try:
            _sweep_journal(patient_id, since, until, now)
        except Exception:
            extra = {"event": "safety_failed", "code": "sweep", "patient": str(patient_id)}
            log.exception("safety sweep failed", extra=extra)
    return len(journals)


def mark_swept(*, patient_id: UUID) -> None:
    """Mark all that a journal holds now as swept: imported history calls nobody."""
    Journal.objects.filter(patient_id=patient_id).update(safety_seq=F("last_seq"))


def _sweep_journal(patient_id: UUID, since: int, until: int, now: datetime) -> None:
    # Numbers are given in the order of commits: everything up to ``until`` is there to be seen.
    rows = Entry.objects.filter(
        _MAY_ANSWER, patient_id=patient_id, deleted_at__isnull=True, seq__gt=since, seq__lte=until
    ).order_by("seq")
    answered = [
        SafetyAnswers(
            key=row["id"],
            entry_id=row["id"],
            entry_rev=row["rev"],
            kind=row["kind"],
            share=row["share"],
            at=row["occurred_at"],
            day=row["local_date"],
            occurred_at=None if row["clock_suspect"] else row["occurred_at"],
            signals=KINDS[row["kind"]].from_values(row).safety_signals(),
        )
        for row in rows.values(*_COLUMNS)
    ]
    answered = [one for one in answered if not has_no_signal(one.signals)]
    if answered:
        _record_signs_of(patient_id, answered, now)
    Journal.objects.filter(patient_id=patient_id, safety_seq__lt=until).update(safety_seq=until)


def _record_signs_of(patient_id: UUID, answered: Sequence[SafetyAnswers], now: datetime) -> None:
    setting = settings_of_patient(patient_id=patient_id)
    findings = evaluate_entries(
        patient_id=patient_id,
        said=[(OpioidUse(one.key, one.at, one.day), one.signals) for one in answered],
        setting=setting,
    )
    signs = [
        sign_of_finding(one, finding)
        for one, finding in zip(answered, findings, strict=True)
        if finding is not None
    ]
    record_signs(patient_id=patient_id, signs=signs, setting=setting, chart=None, now=now)
