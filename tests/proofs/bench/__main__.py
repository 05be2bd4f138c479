"""``./between bench``: how near the paths come to the raw limit of the same machine, in one run.

Prints a table and writes the figures as JSON, so that two runs can be compared.
"""

import argparse
import json
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

from tests.proofs.bench import pipeline, reads, record_entries, recurrence
from tests.proofs.bench.bench_server import ground
from tests.proofs.bench.claim import measure

DATABASES = ("sqlite", "postgres")
PATHS = (*record_entries.DOORS, *reads.NAMES, "claim", "pipeline", "recurrence")


def main() -> None:
    """Measure what was asked for on each database."""
    parser = argparse.ArgumentParser(prog="./between bench", description=__doc__)
    parser.add_argument("--paths", default=",".join(PATHS), help=",".join(PATHS))
    parser.add_argument("--databases", default=",".join(DATABASES), help="sqlite,postgres")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each, in turns")
    parser.add_argument("--seconds", type=int, default=5, help="length of one run")
    parser.add_argument("--entries", default="100000", help="how many there are for R1 to R4")
    parser.add_argument("--schedules", default="1000,100000", help="how many reminders exist")
    parser.add_argument("--due", type=int, default=5000, help="reminders due in one second")
    parser.add_argument("--overdue", type=int, default=0, help="reminders that are days late")
    parser.add_argument("--workers", type=int, default=2, help="dispatchers on PostgreSQL")
    parser.add_argument("--out", type=Path, default=Path("data/bench.json"))
    asked = parser.parse_args()
    found: list[dict[str, Any]] = []
    if "recurrence" in asked.paths:
        found.append(recurrence.measure(rounds=asked.rounds))
        show(found[-1])
    with tempfile.TemporaryDirectory(prefix="between-bench-") as folder:
        found += measure_reads(asked, Path(folder))
        for name in asked.databases.split(","):
            with ground(name, Path(folder)) as place:
                for path in record_entries.DOORS.keys() & set(asked.paths.split(",")):
                    row = record_entries.measure(
                        place, path, rounds=asked.rounds, seconds=asked.seconds
                    )
                    found.append(row)
                    show(row)
                if "claim" in asked.paths:
                    for count in map(int, asked.schedules.split(",")):
                        row = measure(place, schedules=count, rounds=asked.rounds)
                        found.append(row)
                        show(row)
                if "pipeline" in asked.paths:
                    row = pipeline.measure(
                        place, due=asked.due, overdue=asked.overdue, rounds=asked.rounds,
                        workers=asked.workers if name == "postgres" else 1,
                    )  # fmt: skip
                    found.append(row)
                    show(row)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(found, indent=2) + "\n")
    sys.stdout.write(f"Written to {asked.out}\n")


def measure_reads(asked: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Measure briefs and caseloads, each number of entries on a database of its own."""
    found: list[dict[str, Any]] = []
    names = [name for name in reads.NAMES if name in asked.paths.split(",")]
    sizes = map(int, asked.entries.split(",")) if names else ()
    for name, entries in product(asked.databases.split(","), sizes):
        with ground(name, folder) as place:
            for row in reads.measure(
                place, entries=entries, rounds=asked.rounds, seconds=asked.seconds, names=names
            ):
                found.append(row)
                show(row)
    return found


def show(row: dict[str, Any]) -> None:
    """Print one row of the table as it is ready."""
    head = f"{row['path']} on {row['database']}"
    rest = ", ".join(
        f"{name.replace('_', ' ')} {value}"
        for name, value in row.items()
        if name not in {"path", "database", "shares"}
    )
    sys.stdout.write(f"{head:40} {rest}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
