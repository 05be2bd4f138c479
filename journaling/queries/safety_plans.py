"""Reading a patient's own safety plan, as it stands and as it stood."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from backend.kit.cipher import PatientCipher
from care.access import Chart
from journaling.models import SafetyPlan
from journaling.safety.plan import Plan

#: What the words of a version are bound to.
WORDS_COLUMN = "journaling.SafetyPlan.words"


class PlanHidden(Exception):
    """This chart shows no safety plan: its viewer is not on the care team."""


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """One version of the plan, and when it was written."""

    rev: int
    at: datetime
    plan: Plan


def plan_of(*, chart: Chart) -> PlanVersion | None:
    """Read the newest version, or nothing where the patient wrote none.

    :raises PlanHidden: for a chart of somebody who is only on duty.
    """
    found = _versions(chart, limit=1)
    return found[0] if found else None


def plan_history(*, chart: Chart) -> list[PlanVersion]:
    """Read every version, the newest first.

    :raises PlanHidden: for a chart of somebody who is only on duty.
    """
    return _versions(chart)


def seal(plan: Plan, *, version_id: UUID, cipher: PatientCipher) -> bytes:
    """Encrypt a plan for exactly this version."""
    return cipher.seal(orjson.dumps(dict(plan)), column=WORDS_COLUMN, row=version_id)


def _versions(chart: Chart, *, limit: int | None = None) -> list[PlanVersion]:
    if not chart.sees:
        raise PlanHidden
    rows: Any = SafetyPlan.objects.filter(patient_id=chart.patient_id).order_by("-rev")
    return [
        PlanVersion(row.rev, row.at, _open(row, chart.cipher))
        for row in (rows if limit is None else rows[:limit])
    ]


def _open(row: SafetyPlan, cipher: PatientCipher) -> Plan:
    opened: Plan = orjson.loads(cipher.open(row.words, column=WORDS_COLUMN, row=row.pk))
    return opened
