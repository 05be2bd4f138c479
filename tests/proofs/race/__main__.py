"""Run all contests in full size, on SQLite and on PostgreSQL, and print a table.

``python -m tests.proofs.race [--rounds 500] [--database sqlite|postgres] [--contest totp_race …]``;
each database gets a process and a throw-away database of its own.
"""

import argparse
import sys
import time

from tests.proofs import scratch_database
from tests.proofs.scratch_database import DATABASES

ROW = "{:<9} {:<28} {:>6} {:>7} {:>5} {:>8} {:>8}\n"


def main(arguments: list[str]) -> int:
    """Run what was asked for; return 0 when no round was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.race", description=__doc__)
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument(
        "--contest", nargs="+", default=[], help="the function's name; all by default"
    )
    parser.add_argument("--here", choices=DATABASES, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.here:
        with scratch_database.database():
            return _race(asked.here, asked.rounds, asked.contest)
    heads = ("database", "contest", "hands", "rounds", "lost", "95 %", "seconds")
    sys.stdout.write(ROW.format(*heads))
    sys.stdout.flush()
    size = ["--rounds", str(asked.rounds)]
    if asked.contest:
        size += ["--contest", *asked.contest]
    return max(
        scratch_database.in_a_process("tests.proofs.race", name, size, name="test_between_race")
        for name in asked.database or DATABASES
    )


def _race(database: str, rounds: int, named: list[str]) -> int:
    from tests import cast
    from tests.proofs.race.contests import CONTESTS

    known = {contest.__name__: contest for contest in CONTESTS}
    unknown = set(named) - set(known)
    if unknown:
        raise SystemExit(f"no such contest: {', '.join(sorted(unknown))}")
    cast.enter()
    lost = 0
    for contest in [known[name] for name in named] or CONTESTS:
        started = time.monotonic()
        found = contest(rounds)
        took = f"{time.monotonic() - started:.1f}"
        sys.stdout.write(ROW.format(database, found.contest, found.hands, found.rounds,
                                    found.lost, found.bound, took))  # fmt: skip
        for fault, times in found.faults.most_common(5):
            sys.stdout.write(f"          {times} × {fault}\n")
        sys.stdout.flush()
        lost += found.lost
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
