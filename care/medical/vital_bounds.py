"""The bounds that a clinic sets for a patient's readings: a line of the brief, never an alarm."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from backend.kit.db.compiled import CompiledQuery
from backend.kit.db.versions import next_version
from backend.kit.errors import ChangedMeanwhile, InvalidInput
from backend.kit.ids import new_id
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_write
from care.models import VitalBounds

_BINDING = VitalBounds.HANDLING.sealed["words"].bound_to


class VitalBoundsChanged(ChangedMeanwhile):
    """Somebody set other bounds since they were read; nothing was written."""


class OnlyCareTeamSetsBounds(Exception):
    """Bounds are the care team's."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The lowest and the highest value that asks for no word, in the unit of the reading.

    Of a blood pressure they are of its upper value.
    """

    low: float | None
    high: float | None
    unit: str

    def side_of(self, value: float, unit: str) -> str:
        """Return "above 140" or "below 50" for a value outside; "" within, or of another unit."""
        if unit != self.unit:
            return ""
        if self.high is not None and value > self.high:
            return f"above {self.high:g}"
        if self.low is not None and value < self.low:
            return f"below {self.low:g}"
        return ""


@dataclass(frozen=True, slots=True)
class VitalBoundsView:
    """The bounds by type of reading; ``rev`` is 0 before the first ones."""

    by_type: Mapping[str, Bounds]
    rev: int
    at: datetime | None


def vital_bounds_of(*, chart: Chart) -> VitalBoundsView:
    """Read the newest bounds; there are none where consent doesn't cover them."""
    row = None
    if chart.covers(DataCategory.MEDICAL):
        row = _NEWEST.first(patient_id=chart.patient_id)
    if row is None:
        return VitalBoundsView({}, 0, None)
    row_id, words, rev, at = row
    stored = orjson.loads(chart.cipher.open(words, column=_BINDING, row=row_id))
    return VitalBoundsView({name: Bounds(**found) for name, found in stored.items()}, rev, at)


def set_vital_bounds(
    *, chart: Chart, bounds: Mapping[str, Bounds], rev: int, now: datetime
) -> VitalBoundsView:
    """Set the bounds as a whole; ``rev`` is the newest that was read, 0 for none.

    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    :raises VitalBoundsChanged: ``rev`` is not the newest.
    :raises OnlyCareTeamSetsBounds: through the patient's own chart.
    """
    if chart.is_own:
        raise OnlyCareTeamSetsBounds
    for name, bound in bounds.items():
        _validate(name, bound)
    if vital_bounds_of(chart=chart).rev != rev:
        raise VitalBoundsChanged
    row_id: UUID = new_id()
    words = {name: {"low": one.low, "high": one.high, "unit": one.unit}
             for name, one in bounds.items()}  # fmt: skip
    row = VitalBounds(
        id=row_id, patient_id=chart.patient_id, rev=rev + 1, at=now, written_by=chart.viewer_id,
        words=chart.cipher.seal(orjson.dumps(words), column=_BINDING, row=row_id),
    )  # fmt: skip
    with next_version(VitalBoundsChanged):
        row.save(force_insert=True)
        log_write(chart=chart, what=DataCategory.MEDICAL, now=now)
    return VitalBoundsView(dict(bounds), rev + 1, now)


def _validate(name: str, bound: Bounds) -> None:
    if bound.low is None and bound.high is None:
        raise InvalidInput.of(name, "empty", "Needs a lower or an upper bound.")
    if bound.low is not None and bound.high is not None and bound.low > bound.high:
        raise InvalidInput.of(f"{name}.high", "below_low", "Must not lie below the lower bound.")


def _newest(*, patient_id: UUID) -> Any:
    rows = VitalBounds.objects.filter(patient_id=patient_id).order_by("-rev")
    return rows.values_list("id", "words", "rev", "at")[:1]


_NEWEST = CompiledQuery(_newest, patient_id=VitalBounds._meta.get_field("patient"))
