"""The bench of the next occurrence measures what it says, and needs no settings to begin."""

import os
import subprocess
import sys
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


def test_the_bench_starts_without_settings() -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}

    started = subprocess.run(
        [sys.executable, "-m", "tests.proofs.bench", "--help"], env=env, capture_output=True,
        check=False, text=True,
    )  # fmt: skip

    assert (started.returncode, started.stderr) == (0, "")
