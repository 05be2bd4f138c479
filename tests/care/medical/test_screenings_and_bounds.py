"""Screenings as a dated checklist, and the bounds of readings."""

from datetime import date
from typing import Any

import pytest

from backend.kit.errors import InvalidInput
from care.medical.screenings import OnlyCareTeamScreens, note_screening, screenings_of
from care.medical.vital_bounds import (
    Bounds,
    OnlyCareTeamSetsBounds,
    VitalBoundsChanged,
    set_vital_bounds,
    vital_bounds_of,
)
from care.models import Screening, VitalBounds
from tests.care.medical.test_medications import NOW, TODAY, chart_of
from tests.cast import Cast, own_chart

pytestmark = pytest.mark.django_db
ASKED = date(2026, 5, 1)


def noted(cast: Cast, **changes: Any) -> Any:
    sent: dict[str, Any] = {
        "kind": "Hepatitis C", "asked_on": ASKED, "done_on": None, "result": "",
    }  # fmt: skip
    return note_screening(chart=chart_of(cast), **sent | changes, today=TODAY, now=NOW)


def test_what_is_due_stands_first_and_is_done_later_under_the_same_name(cast: Cast) -> None:
    noted(cast, kind="TB", done_on=ASKED, result="negative")
    first, is_new = noted(cast)

    again, is_new_again = noted(cast, kind="hepatitis c", done_on=TODAY, result="negative 🌊")

    assert (is_new, is_new_again) == (True, False)
    assert (again.id, again.rev, again.result) == (first.id, 2, "negative 🌊")
    assert [one.kind for one in screenings_of(chart=chart_of(cast))] == ["hepatitis c", "TB"]
    noted(cast, kind="ECG")
    assert screenings_of(chart=own_chart(cast.maya))[0].kind == "ECG"
    assert all(b"negative" not in bytes(row.words) for row in Screening.objects.all())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"asked_on": date(2026, 5, 7)}, "asked_on"),
        ({"done_on": date(2026, 4, 30)}, "done_on"),
        ({"done_on": date(2026, 5, 7)}, "done_on"),
        ({"result": "negative"}, "result"),
    ],
)
def test_days_that_cannot_be_are_named(cast: Cast, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        noted(cast, **changes)

    assert [error.field for error in refusal.value.errors] == [field]
    assert not Screening.objects.exists()


def test_bounds_are_versions_and_the_newest_holds(cast: Cast) -> None:
    chart = chart_of(cast)
    set_vital_bounds(chart=chart, bounds={"weight": Bounds(50.0, None, "kg")}, rev=0, now=NOW)
    set_vital_bounds(chart=chart, bounds={"pulse": Bounds(None, 100.0, "bpm")}, rev=1, now=NOW)

    with pytest.raises(VitalBoundsChanged):
        set_vital_bounds(chart=chart, bounds={}, rev=1, now=NOW)

    found = vital_bounds_of(chart=chart)
    assert (found.rev, dict(found.by_type)) == (2, {"pulse": Bounds(None, 100.0, "bpm")})
    assert VitalBounds.objects.count() == 2


@pytest.mark.parametrize(
    ("bounds", "field"),
    [
        ({"weight": Bounds(None, None, "kg")}, "weight"),
        ({"weight": Bounds(60.0, 50.0, "kg")}, "weight.high"),
    ],
)
def test_bounds_that_bound_nothing_are_refused(
    cast: Cast, bounds: dict[str, Bounds], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        set_vital_bounds(chart=chart_of(cast), bounds=bounds, rev=0, now=NOW)

    assert [error.field for error in refusal.value.errors] == [field]


@pytest.mark.parametrize(
    ("value", "unit", "side"),
    [(50.0, "kg", ""), (49.9, "kg", "below 50"), (80.1, "kg", "above 80"), (200.0, "lb", "")],
)
def test_a_reading_outside_is_told_in_its_own_unit(value: float, unit: str, side: str) -> None:
    assert Bounds(50.0, 80.0, "kg").side_of(value, unit) == side


def test_the_patient_writes_neither(cast: Cast) -> None:
    own = own_chart(cast.maya)

    with pytest.raises(OnlyCareTeamScreens):
        note_screening(
            chart=own, kind="TB", asked_on=ASKED, done_on=None, result="", today=TODAY, now=NOW
        )
    with pytest.raises(OnlyCareTeamSetsBounds):
        set_vital_bounds(chart=own, bounds={}, rev=0, now=NOW)
