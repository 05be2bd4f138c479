"""Reading a patient's own targets."""

from dataclasses import dataclass
from datetime import datetime

import orjson

from care.access import Chart
from care.models import PersonalTargets

#: Where the names lie; part of what a ciphertext is bound to.
COLUMN = "care.PersonalTargets.words"


@dataclass(frozen=True, slots=True)
class Targets:
    """The names in the patient's order; ``rev`` is 0 before the first ones."""

    names: tuple[str, ...]
    rev: int
    changed_at: datetime | None
    changed_by_role: str | None


def targets_of(*, chart: Chart) -> Targets:
    """Read the targets of the patient whose chart this is."""
    row = (
        PersonalTargets.objects.filter(patient_id=chart.patient_id)
        .values_list("words", "rev", "changed_at", "changed_by_role")
        .first()
    )
    if row is None:
        return Targets((), 0, None, None)
    words, rev, changed_at, role = row
    names = orjson.loads(chart.cipher.open(words, column=COLUMN, row=chart.patient_id))
    return Targets(tuple(names), rev, changed_at, role)
