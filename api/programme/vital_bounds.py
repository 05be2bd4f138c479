"""The bounds that a clinic sets for the readings of one patient."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.fields import Measured
from api.http.inputs import Input, if_match_rev, validated_body
from api.http.permissions import IsClinician
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from api.http.text_fields import OneLine
from care.access.data_categories import DataCategory
from care.medical.vital_bounds import Bounds, VitalBoundsView, set_vital_bounds, vital_bounds_of
from journaling.entries.kinds.vital_sign import UNITS_BY_TYPE

_Value = Annotated[float | None, Measured(0, 100_000)]


class BoundsIn(Input):
    """The lowest and the highest value that asks for no word in the brief; one may be left out."""

    low: _Value = None
    high: _Value = None
    unit: Annotated[
        str | None, OneLine(30), Field(description="Of the readings compared; without, the first.")
    ] = None

    def bounds(self, kind: str) -> Bounds:
        """Return them, in the first unit of this type of reading where none was sent."""
        return Bounds(self.low, self.high, self.unit or UNITS_BY_TYPE[kind][0])


class VitalBoundsIn(Input):
    """All bounds that shall hold, by type of reading; a type that is left out has none.

    Of a blood pressure they are of the upper number. A reading in another unit is not compared.
    """

    weight: BoundsIn | None = None
    blood_pressure: BoundsIn | None = None
    pulse: BoundsIn | None = None
    sleep: BoundsIn | None = None
    meals: BoundsIn | None = None
    movement: BoundsIn | None = None

    def by_type(self) -> dict[str, Bounds]:
        """Return the bounds that were sent."""
        sent = {name: getattr(self, name) for name in UNITS_BY_TYPE}
        return {name: found.bounds(name) for name, found in sent.items() if found is not None}


@dataclass(frozen=True, slots=True)
class BoundsOut:
    """The bounds of one type of reading; null is none on that side."""

    low: float | None
    high: float | None
    unit: str

    @classmethod
    def of(cls, bounds: Bounds | None) -> Self | None:
        """Show them, or that there are none."""
        return None if bounds is None else cls(bounds.low, bounds.high, bounds.unit)


@dataclass(frozen=True, slots=True)
class VitalBoundsOut:
    """The bounds by type of reading; null is none. ``rev`` is 0 before the first ones."""

    weight: BoundsOut | None
    blood_pressure: BoundsOut | None
    pulse: BoundsOut | None
    sleep: BoundsOut | None
    meals: BoundsOut | None
    movement: BoundsOut | None
    rev: int
    changed_at: datetime | None

    @classmethod
    def of(cls, bounds: VitalBoundsView) -> Self:
        """Show them."""
        shown = {name: BoundsOut.of(bounds.by_type.get(name)) for name in UNITS_BY_TYPE}
        return cls(**shown, rev=bounds.rev, changed_at=bounds.at)


class VitalBounds(APIView):
    """The bounds of one patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_vital_bounds", responses=VitalBoundsOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Read them as they stand."""
        chart = open_patient_chart(request, patient_id, what=DataCategory.MEDICAL)
        return _response(vital_bounds_of(chart=chart))

    @extend_schema(operation_id="set_vital_bounds", request=VitalBoundsIn, responses=VitalBoundsOut)
    def put(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Set them as a whole; they give a line of the brief, and the patient no alarm.

        Needs ``If-Match``, "0" before the first ones.
        """
        sent, rev = validated_body(VitalBoundsIn, request), if_match_rev(request)
        chart = open_patient_chart(request, patient_id, what=DataCategory.MEDICAL, to_write=True)
        return _response(
            set_vital_bounds(chart=chart, bounds=sent.by_type(), rev=rev, now=timezone.now())
        )


def _response(bounds: VitalBoundsView) -> HttpResponse:
    return json_response(VitalBoundsOut.of(bounds), rev=bounds.rev)
