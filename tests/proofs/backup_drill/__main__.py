"""Back a whole clinic up, restore it where nothing is, verify it, and tell how long that took.

``python -m tests.proofs.backup_drill [--entries 1000000] [--database sqlite|postgres]``. What runs
is ``./between backup`` and ``./between restore``, which compares every table's row hash and walks
the access log's seals. Issue 6 asks for a million entries in at most fifteen minutes, in all.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.proofs.backup_drill.drill import Measured, drill
from tests.proofs.scratch_database import DATABASES

MOST_SECONDS = 15 * 60.0
ROW = "{:<9} {:>9} {:>9} {:>12} {:>10} {:>9} {:>18} {:>8}\n"
HEADS = ("database", "entries", "log rows", "database MB", "backup MB", "backup s",
         "restore, verify s", "in all s")  # fmt: skip


def main(arguments: list[str]) -> int:
    """Do what was asked for; return 0 where all was whole, and soon enough."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.proofs.backup_drill", description=__doc__
    )
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--database", choices=DATABASES, action="append")
    asked = parser.parse_args(arguments)
    sys.stdout.write(ROW.format(*HEADS))
    sys.stdout.flush()
    is_good = True
    for name in asked.database or DATABASES:
        with tempfile.TemporaryDirectory(prefix="between-drill-") as folder:
            found = drill(name, Path(folder), entries=asked.entries)
        sys.stdout.write(_row(found) + f"          {found.said}\n")
        sys.stdout.flush()
        is_good = is_good and found.is_whole and found.seconds <= MOST_SECONDS
    return 0 if is_good else 1


def _row(found: Measured) -> str:
    return ROW.format(
        found.database, found.entries, found.log_rows, f"{found.database_bytes / 1e6:.0f}",
        f"{found.backup_bytes / 1e6:.0f}", f"{found.backup_seconds:.1f}",
        f"{found.restore_seconds:.1f}", f"{found.seconds:.1f}",
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
