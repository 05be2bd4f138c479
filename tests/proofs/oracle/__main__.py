"""Every zone, every occurrence, against the wall's clock.

``python -m tests.proofs.oracle --years 2``"""

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial

from tests.proofs.oracle.compare_series import differences, kinds, zones


def main() -> None:
    """Compare, and end with 1 where anything differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.oracle", description=__doc__)
    parser.add_argument("--years", type=int, default=2)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2026, 1, 1))
    parser.add_argument("--zones", default="", help="comma-separated; every zone unless told")
    parser.add_argument("--kinds", action="store_true", help="one zone of each kind only")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    last = asked.first.replace(year=asked.first.year + asked.years)
    names = asked.zones.split(",") if asked.zones else zones()
    if asked.kinds:
        names = kinds(names, asked.first, last)
    began, count, wrong = time.monotonic(), 0, []
    with ProcessPoolExecutor(asked.processes) as pool:
        compare = partial(differences, first=asked.first, last=last)
        for found, differing in pool.map(compare, names, chunksize=4):
            count += found
            wrong += differing
    for line in wrong[:20]:
        sys.stdout.write(line + "\n")
    sys.stdout.write(
        f"{len(names)} zones, {asked.first} to {last}, {count:,} occurrences,"
        f" {len(wrong)} differ, {time.monotonic() - began:.0f} s\n"
    )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
