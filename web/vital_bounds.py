"""Bounds of a patient's readings: a line of the brief, and no alarm."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from backend.kit.errors import InvalidInput
from backend.kit.timezones import local_day
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.medical.vital_bounds import (
    Bounds,
    VitalBoundsChanged,
    VitalBoundsView,
    set_vital_bounds,
    vital_bounds_of,
)
from care.models import User
from care.people.patients import patient_name
from journaling import formatting
from journaling.entries.kinds.vital_sign import UNITS_BY_TYPE
from web.access import clinician_page
from web.form_fields import PageForm, RevField
from web.rendering import add_form_errors, clinic_zone, posted_data, redirect_to, render_page

CHANGED_NOTE = "They were changed meanwhile. They stand below as they are now; yours are not kept."
_PARTS = ("low", "high", "unit")
#: The fields of the form by those of a refusal.
_FIELDS = {name: f"{name}_low" for name in UNITS_BY_TYPE} | {
    f"{name}.high": f"{name}_high" for name in UNITS_BY_TYPE
}


class BoundsForm(PageForm):
    """A lower and an upper bound for each type of reading, each of which may be left out."""

    rev = RevField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, units in UNITS_BY_TYPE.items():
            title = formatting.humanize(name).capitalize()
            for side in ("low", "high"):
                self.fields[f"{name}_{side}"] = forms.FloatField(
                    label=f"{title}, {'lowest' if side == 'low' else 'highest'}",
                    required=False, min_value=0, max_value=100_000,
                    help_text="Of the upper number." if name == "blood_pressure" else "",
                )  # fmt: skip
            self.fields[f"{name}_unit"] = forms.ChoiceField(
                label=f"{title}, unit", choices=[(unit, unit) for unit in units], required=False
            )

    def bounds(self) -> dict[str, Bounds]:
        """Return the bounds by type; a type without any is left out."""
        return dict(self._bounds())

    def _bounds(self) -> Iterator[tuple[str, Bounds]]:
        for name, units in UNITS_BY_TYPE.items():
            low, high, unit = (self.cleaned_data[f"{name}_{part}"] for part in _PARTS)
            if low is not None or high is not None:
                yield name, Bounds(low, high, unit or units[0])


@clinician_page
@require_http_methods(["GET", "POST"])
def vital_bounds_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show the bounds of a patient's readings, and set them as a whole."""
    is_sent, problem = request.method == "POST", ""
    chart = open_chart(
        viewer=viewer, patient_id=patient_id, what=DataCategory.MEDICAL, now=now, to_write=is_sent
    )
    form = BoundsForm(posted_data(request))
    if is_sent and form.is_valid():
        try:
            set_vital_bounds(
                chart=chart, bounds=form.bounds(), rev=form.cleaned_data["rev"], now=now
            )
        except InvalidInput as refusal:
            add_form_errors(form, refusal, _FIELDS)
        except VitalBoundsChanged:
            problem = CHANGED_NOTE
        else:
            return redirect_to("vital_bounds", said="bounds", patient_id=patient_id)
    standing = vital_bounds_of(chart=chart)
    if problem or not form.is_bound:
        form = BoundsForm(initial=_current(standing))
    return render_page(
        request, "web/vital_bounds.html", viewer=viewer, here="caseload", form=form,
        status=409 if problem else 400 if form.errors else 200, patient_id=patient_id,
        name=patient_name(patient_id=patient_id), problem=problem, rev=standing.rev,
        set_on=None if standing.at is None else local_day(standing.at, clinic_zone(viewer)),
    )  # fmt: skip


def _current(standing: VitalBoundsView) -> dict[str, Any]:
    return {"rev": standing.rev} | {
        f"{name}_{part}": _plain(getattr(bounds, part))
        for name, bounds in standing.by_type.items()
        for part in _PARTS
    }


def _plain(value: Any) -> Any:
    """Return a whole number without a fraction; a unit and nothing stay."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
