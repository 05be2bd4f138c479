"""The next occurrence: how long it takes, beside one conversion of an instant to local time.

Pure Python without a database: ``python -m tests.proofs.bench.recurrence``. The goal is 3 µs where
a conversion takes about 0.4 µs; on a loaded machine both grow, and their ratio holds.
"""

import json
import sys
import timeit
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from notifications.reminders.recurrence import HandledSlot, RecurrenceRule, find_next_slot

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
HANDLED: HandledSlot = (date(2026, 3, 2), 510)
CHICAGO = "America/Chicago"
DAILY, GAP = RecurrenceRule((510, 1200)), RecurrenceRule((150,))
WEEKLY = RecurrenceRule((510,), weekdays=0b10)
FORTNIGHTLY = RecurrenceRule((510,), None, 14, date(2026, 1, 5))
SPRING = datetime(2026, 3, 8, 7, tzinfo=UTC)
#: What the claim asks for most, and what is dearer.
CASES: dict[str, Callable[[], object]] = {
    "daily": lambda: find_next_slot(DAILY, zone_name=CHICAGO, after=NOW, handled=HANDLED),
    "weekly": lambda: find_next_slot(WEEKLY, zone_name=CHICAGO, after=NOW, handled=HANDLED),
    "every_14_days": lambda: find_next_slot(
        FORTNIGHTLY, zone_name=CHICAGO, after=NOW, handled=HANDLED
    ),
    "in_a_gap": lambda: find_next_slot(GAP, zone_name=CHICAGO, after=SPRING),
}


def measure(*, rounds: int, calls: int = 20_000) -> dict[str, Any]:
    """Time each case in turns with one conversion; medians in microseconds."""
    zone = ZoneInfo(CHICAGO)
    after = NOW + timedelta(hours=1)
    times: dict[str, list[float]] = {name: [] for name in ("conversion", *CASES)}
    for _ in range(rounds):
        times["conversion"].append(_each(lambda: after.astimezone(zone), calls))
        for name, case in CASES.items():
            times[name].append(_each(case, calls if name != "in_a_gap" else calls // 20))
    found = {f"{name}_us": round(median(values), 2) for name, values in times.items()}
    ratio = median(times["daily"]) / median(times["conversion"])
    return {
        "path": "recurrence",
        "database": "none",
        **found,
        "daily_of_conversion": round(ratio, 1),
    }


def _each(case: Callable[[], object], calls: int) -> float:
    return min(timeit.repeat(case, number=calls, repeat=3)) / calls * 1e6


if __name__ == "__main__":
    sys.stdout.write(
        json.dumps(measure(rounds=int(sys.argv[1]) if len(sys.argv) > 1 else 5)) + "\n"
    )
