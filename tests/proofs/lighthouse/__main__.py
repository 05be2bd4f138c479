"""Measure the client with Lighthouse: its first run, and Today of somebody who is signed in.

``python -m tests.proofs.lighthouse [--prefix FOLDER] [--runs 3]``. Lighthouse 12.2.3 runs with
Node 20; ``npm install --prefix FOLDER lighthouse@12.2.3`` puts it into a folder outside of this.
Each page is measured several times, and the median counts: other work on the machine makes scores
of performance worse. Without Node or Lighthouse it says so in one line.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.prerequisites import browser as missing_browser
from tests.proofs.lighthouse.report import QUIET_INDEX, Report, median_scores, missed_goals
from tests.proofs.lighthouse.runner import VERSION, browser, find_lighthouse, measure, served

PAGES = {"first run": False, "Today": True}


def main(arguments: list[str]) -> int:
    """Measure, print every score, and return 1 where a median is below its goal."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.lighthouse", description=__doc__)
    parser.add_argument("--prefix", type=Path, help="where npm installed it")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--slowdown", type=float, default=4, help="of the processor")
    asked = parser.parse_args(arguments)
    command = find_lighthouse(asked.prefix)
    if command is None or missing_browser():
        sys.stdout.write(
            missing_browser() or f"Lighthouse {VERSION} is not here: nothing was measured."
        )
        sys.stdout.write("\n")
        return 0
    missed = []
    with tempfile.TemporaryDirectory(prefix="between-lighthouse-") as name:
        folder = Path(name)
        with served(folder) as address:
            for page, is_signed_in in PAGES.items():
                with browser(folder, address, is_signed_in=is_signed_in) as port:
                    reports = [
                        measure(
                            command, address, port=port, keeps_storage=is_signed_in,
                            slowdown=asked.slowdown, output=folder / f"{number}.json",
                        )
                        for number in range(asked.runs)
                    ]  # fmt: skip
                missed += [f"{page}: {fault}" for fault in missed_goals(_tell(page, reports))]
    sys.stdout.write("".join(f"below the goal: {one}\n" for one in missed))
    return 1 if missed else 0


def _tell(page: str, reports: list[Report]) -> dict[str, int]:
    """Print every run of a page and its medians; return the medians."""
    for report in reports:
        busy = "" if report.benchmark_index >= QUIET_INDEX else ", a busy or slow machine"
        sys.stdout.write(
            f"{page:<10} {_scores(report.scores)}  benchmark index {report.benchmark_index:.0f}"
            f"{busy}{'; ' if report.faults else ''}{', '.join(report.faults)}\n"
        )
    scores = median_scores(reports)
    sys.stdout.write(
        f"{page:<10} {_scores(scores)}  median of {len(reports)}, load {os.getloadavg()[0]:.1f}\n"
    )
    sys.stdout.flush()
    return scores


def _scores(scores: Mapping[str, int]) -> str:
    return "  ".join(f"{name} {score:>3}" for name, score in scores.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
