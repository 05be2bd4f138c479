"""Let eight phones of several patients sync while workers and databases are killed.

``python -m tests.proofs.chaos.sync --kills 500 --crashes 20``; each database gets a process of its
own and a throw-away database: PostgreSQL a private cluster, which may be crashed. ``--control``
takes a guard away, and must find losses: ``serial`` (numbers before the lock), ``async``
(PostgreSQL answers before its log is written; needs crashes).
"""

import argparse
import os
import subprocess
import sys

DATABASES = ("sqlite", "postgres")
HEADS = ("database", "control", "kills", "crashes", "answered", "broken", "entries", "acknowledged",
         "lost", "doubled", "wrong", "skipped", "stuck", "95 %", "seconds")  # fmt: skip
ROW = "{:<9} {:<7} {:>6} {:>7} {:>9} {:>7} {:>8} {:>13} {:>5} {:>8} {:>6} {:>8} {:>6} {:>8} {:>8}\n"


def main(arguments: list[str]) -> int:
    """Run what was asked for; return 0 when nothing was lost, doubled, wrong or skipped."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.chaos.sync", description=__doc__)
    parser.add_argument("--kills", type=int, default=500, help="workers to kill, per database")
    parser.add_argument("--crashes", type=int, default=20, help="of PostgreSQL")
    parser.add_argument("--devices", type=int, default=8)
    parser.add_argument("--patients", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--control", choices=("serial", "async"), help="take a guard away")
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--here", choices=DATABASES, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.here:
        from tests.proofs.chaos.sync.trial import trial

        return trial(asked)
    sys.stdout.write(ROW.format(*HEADS))
    sys.stdout.flush()
    # Settings are read once a process, so each database needs its own.
    return max(
        subprocess.run(
            [sys.executable, "-m", "tests.proofs.chaos.sync", *arguments, "--here", name],
            env=os.environ, check=False,
        ).returncode
        for name in asked.database or DATABASES
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
