"""Take guards out one by one, and print a table of whether tests missed them.

``python -m tests.proofs.mutants [--only NAME …] [--database sqlite|postgres]``; everything happens
in a throw-away copy of the tree. A mutant counts only where it is not stale, and where its tests
are green without it.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path

from tests.proofs.mutants import runner
from tests.proofs.mutants.accounts_and_admin import ADMINISTERING
from tests.proofs.mutants.authorisation import AUTHORISATION
from tests.proofs.mutants.clinic import INTRODUCING
from tests.proofs.mutants.consistency import CONSISTENCY
from tests.proofs.mutants.counselling import COUNSELLING
from tests.proofs.mutants.handovers import HANDING_OVER
from tests.proofs.mutants.late_entries import TELLING_LATE
from tests.proofs.mutants.mutant import Mutant, faults_of
from tests.proofs.mutants.ownership import OWNERSHIP
from tests.proofs.mutants.programme import PROGRAMME
from tests.proofs.mutants.reminder_mails import MAILING
from tests.proofs.mutants.reports import REPORTING
from tests.proofs.mutants.safety_support import HELPING
from tests.proofs.mutants.sign_in_and_audit import SIGNING_IN
from tests.proofs.mutants.support_persons import SUPPORTING
from tests.proofs.mutants.web_pages import ONCE, PAGES
from tests.proofs.scratch_database import DATABASES

AREAS = {
    "authorisation": (
        *AUTHORISATION,
        *OWNERSHIP,
        *SIGNING_IN,
        *COUNSELLING,
        *SUPPORTING,
        *ADMINISTERING,
        *INTRODUCING,
        *PROGRAMME,
        *HANDING_OVER,
        *REPORTING,
        *PAGES,
    ),
    "consistency": (*CONSISTENCY, *TELLING_LATE, *ONCE, *HELPING, *MAILING),
}
ROW = "{:<14} {:<44} {:<9} {:>7}  {}\n"
Say = Callable[[str], object]


def main(arguments: list[str]) -> int:
    """Run what was asked for; return 0 when every mutant was killed."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.mutants", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    asked = parser.parse_args(arguments)
    os.environ["BETWEEN_TEST_DATABASE"] = asked.database
    known = {mutant.name for mutants in AREAS.values() for mutant in mutants}
    if unknown := set(asked.only) - known:
        parser.error(f"no such mutant: {', '.join(sorted(unknown))}")
    chosen = {
        area: [mutant for mutant in mutants if not asked.only or mutant.name in asked.only]
        for area, mutants in AREAS.items()
    }
    with runner.copied() as tree:
        alive = {
            area: survivors(mutants, tree, say=_say) for area, mutants in chosen.items() if mutants
        }
    for area, left in alive.items():
        count = len(chosen[area])
        _say(f"{area}: {count - len(left)} of {count} killed\n")
    return 1 if any(alive.values()) else 0


def survivors(mutants: Collection[Mutant], tree: Path, *, say: Say) -> list[str]:
    """Name the mutants that were not killed, for whatever reason; a line of each is said."""
    whole = runner.run(tree, [test for mutant in mutants for test in mutant.tests])
    say(ROW.format("file", "without it", "it is", "seconds", "because"))
    alive = []
    for mutant in mutants:
        started = time.monotonic()
        why = _why_alive(mutant, tree, green=whole.green)
        took = f"{time.monotonic() - started:.1f}"
        place = mutant.file.rpartition("/")[2]
        say(ROW.format(place, mutant.name, "alive" if why else "killed", took, why))
        if why:
            alive.append(mutant.name)
    return alive


def _why_alive(mutant: Mutant, tree: Path, *, green: Collection[str]) -> str:
    """Tell why a mutant is not killed; the empty string where it is."""
    if faults := list(faults_of(mutant, tree)):
        return "; ".join(faults)
    if unsound := [test for test in mutant.tests if test not in green]:
        return f"not green without it: {', '.join(unsound)}"
    verdict = runner.judge(tree, mutant)
    if verdict.is_killed:
        return ""
    if not verdict.report.is_over:
        return "its tests came to no end"
    return f"not red with it: {', '.join(sorted(set(mutant.tests) - verdict.report.red))}"


def _say(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
