"""Claim, send, record: the whole engine as a share of what the fake FCM takes at all.

``python -m tests.proofs.bench.pipeline 5000 0 3 1`` measures on a bench's own database. The fake is
a process of its own, and the raw limit is wrk posting the same body to it, in turns with ours.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from tests.proofs.bench.bench_server import Ground, run


def measure(place: Ground, *, due: int, overdue: int, rounds: int, workers: int) -> dict[str, Any]:
    """Measure with so many due at once; medians over the rounds.

    SQLite has one writer, so more than one of the ``workers`` are for PostgreSQL.

    ``share_of_raw`` is the goal of the way for many (0.25), ``share_of_library`` that of the usual
    way (0.9 of what the library does alone).
    """
    with fake(place) as address:
        env = {**place.env, **address, "BETWEEN_PUSH_PER_SECOND": "0"}
        told = run(
            env, "-m", "tests.proofs.bench.pipeline", *map(str, (due, overdue, rounds, workers))
        )
    return {"path": f"pipeline of {due:,}", "database": place.name, **json.loads(told)}


@contextmanager
def fake(place: Ground) -> Iterator[dict[str, str]]:
    """Run a fake that keeps no record, and give the settings that lead to it."""
    file = place.folder / "fcm.json"
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.proofs.fcm", "--port", "0", "--credentials", str(file),
         "--uncounted"],
        env=place.env, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        if child.stdout is None:
            raise RuntimeError("the fake says nothing")
        yield dict(pair.split("=", 1) for pair in child.stdout.readline().split())
    finally:
        child.terminate()
        child.communicate(timeout=10)


def main() -> None:
    """Fill the database, measure, and print the figures as JSON."""
    import django

    django.setup()
    from tests.proofs.bench.pipeline_worker import dispatch_when_told, figures

    if sys.argv[1] == "dispatch":
        dispatch_when_told(datetime.fromisoformat(sys.argv[2]))
        return
    due, overdue, rounds, workers = map(int, sys.argv[1:5])
    found = figures(due=due, overdue=overdue, rounds=rounds, workers=workers)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
