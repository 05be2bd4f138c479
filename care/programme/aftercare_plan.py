"""A patient's plan for the time after treatment, written with their care team, kept for good."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from backend.kit.db.versions import next_version
from backend.kit.errors import ChangedMeanwhile
from backend.kit.ids import new_id
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_write
from care.models import AftercarePlan

_BINDING = AftercarePlan.HANDLING.sealed["words"].bound_to
#: What it is made of; each part is a list of lines in the patient's order.
PARTS = (
    "warning_signs", "high_risk_situations", "skills", "people", "meetings", "appointments",
)  # fmt: skip
MAX_LINE_LENGTH, MOST_LINES = 300, 12


class AftercarePlanChanged(ChangedMeanwhile):
    """Somebody wrote another version since it was read; nothing was stored."""


@dataclass(frozen=True, slots=True)
class AftercarePlanView:
    """The plan as it stands; without one ``rev`` is 0 and every part is empty."""

    parts: Mapping[str, Sequence[str]]
    rev: int
    at: datetime | None
    written_by_role: str | None


def aftercare_plan_of(*, chart: Chart) -> AftercarePlanView:
    """Read the newest version."""
    row = AftercarePlan.objects.filter(patient_id=chart.patient_id).order_by("-rev").first()
    if row is None:
        return AftercarePlanView(dict.fromkeys(PARTS, ()), 0, None, None)
    stored: dict[str, Any] = orjson.loads(chart.cipher.open(row.words, column=_BINDING, row=row.pk))
    parts = {name: tuple(stored.get(name, ())) for name in PARTS}
    return AftercarePlanView(parts, row.rev, row.at, row.written_by_role)


def write_aftercare_plan(
    *, chart: Chart, parts: Mapping[str, Sequence[str]], rev: int, now: datetime
) -> AftercarePlanView:
    """Write the next version as a whole; ``rev`` is the newest that was read, 0 for none.

    :raises AftercarePlanChanged: ``rev`` is not the newest.
    """
    if aftercare_plan_of(chart=chart).rev != rev:
        raise AftercarePlanChanged
    row_id: UUID = new_id()
    words = orjson.dumps({name: list(parts[name]) for name in PARTS})
    row = AftercarePlan(
        id=row_id, patient_id=chart.patient_id, rev=rev + 1, at=now, written_by=chart.viewer_id,
        written_by_role=chart.viewer_role,
        words=chart.cipher.seal(words, column=_BINDING, row=row_id),
    )  # fmt: skip
    with next_version(AftercarePlanChanged):
        row.save(force_insert=True)
        log_write(chart=chart, what=DataCategory.PROGRAMME, now=now)
    return aftercare_plan_of(chart=chart)
