"""Claim of due reminders: through our engine, and by hand-written SQL that does the same work.

Both run in turns in one process on one connection, over the same reminders and in batches of the
same size. ``python -m tests.proofs.bench.claim 1000 5`` measures on a bench's own database.
"""

import json
import sys
from typing import Any

from tests.proofs.bench.bench_server import Ground, run

#: As many as fall due at once, where there are so many.
DUE = 5_000
PATIENTS = 1_000
IDLE_TICKS = 300


def measure(place: Ground, *, schedules: int, rounds: int) -> dict[str, Any]:
    """Measure with so many reminders in the table; medians over the rounds.

    ``time_of_raw`` is how much longer ours takes than the raw statements: at most 1.6 is the goal.
    """
    told = run(place.env, "-m", "tests.proofs.bench.claim", str(schedules), str(rounds))
    return {
        "path": f"claim of {schedules:,}",
        "database": place.name,
        **json.loads(told),
    }


def main() -> None:
    """Fill the database, measure, and print the figures as JSON."""
    import django

    django.setup()
    from tests.proofs.bench.claim_worker import figures

    found = figures(schedules=int(sys.argv[1]), rounds=int(sys.argv[2]))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
