"""Knock at every door as every role with generated input, and hold the answers against the schema.

``python -m tests.proofs.fuzz [--examples 200] [--role own] [--database sqlite|postgres]``; each
role and database gets a process of its own and a throw-away database. Half of the examples are such
as the schema allows, half such as it does not. Nothing may answer 5xx or what the schema does not
say, take what the schema does not allow, or let anybody in who is not signed in.
"""

import argparse
import logging
import os
import sys
import time
import warnings

from tests.proofs import scratch_database
from tests.proofs.scratch_database import DATABASES

ROLES = (
    "nobody", "own", "other", "team", "stranger", "former", "unconsented", "admin", "supporter",
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Run what was asked for; return 0 when nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=200, help="for each door, of either sort")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--role", choices=ROLES, action="append")
    parser.add_argument("--door", default="", help="only doors whose name has this in it")
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--here", choices=DATABASES, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.here:
        with scratch_database.database():
            return _report(asked, asked.role[0])
    rest = ["--examples", str(asked.examples), "--seed", str(asked.seed), "--door", asked.door]
    return max(
        scratch_database.in_a_process(
            "tests.proofs.fuzz",
            name,
            [*rest, "--role", role],
            name=f"test_between_fuzz_{os.getpid()}",
        )
        for name in asked.database or DATABASES
        for role in asked.role or ROLES
    )


def _report(asked: argparse.Namespace, role: str) -> int:
    from tests import cast
    from tests.api import world
    from tests.proofs.fuzz.schema_fuzzer import trial

    # What a view raises is told below, with its door and an example.
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    started = time.monotonic()
    found = trial(
        world.build(cast.enter()), role, examples=asked.examples, seed=asked.seed,
        door=asked.door, tell=sys.stdout.write,
    )  # fmt: skip
    took = time.monotonic() - started
    answers = ", ".join(f"{count} × {status}" for status, count in sorted(found.answers.items()))
    sys.stdout.write(
        f"{asked.here} as {role}: {found.answers.total()} requests ({answers}), "
        f"{len(found.faults)} different faults, {took:.0f} s\n"
    )
    sys.stdout.flush()
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
