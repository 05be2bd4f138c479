"""The bench of the next occurrence measures what it says."""

from datetime import date

from tests.proofs.bench.recurrence import CASES, measure


def test_every_case_finds_an_occurrence_and_has_a_figure() -> None:
    found = {name: case() for name, case in CASES.items()}

    figures = measure(rounds=1, calls=20)

    assert {name: slot.day for name, slot in found.items()} == {  # type: ignore[attr-defined] # a Slot
        "daily": date(2026, 3, 2), "weekly": date(2026, 3, 3),
        "every_14_days": date(2026, 3, 16), "in_a_gap": date(2026, 3, 8),
    }  # fmt: skip
    assert set(figures) == {
        "path", "database", "conversion_us", "daily_of_conversion",
        *(f"{name}_us" for name in CASES),
    }  # fmt: skip
    assert all(value > 0 for name, value in figures.items() if name.endswith("_us"))
