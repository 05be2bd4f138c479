"""Tamper with the access log at random, and count how often that is found.

``python -m tests.proofs.audit [--rounds 200] [--database sqlite|postgres]``; every round writes a
log of its own, seals it, sees that nothing is wrong with it, changes it in one way, and verifies.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from tests.proofs import scratch_database
from tests.proofs.scratch_database import DATABASES


def main(arguments: list[str]) -> int:
    """Run what was asked for; return 0 when every tampering was found, and nothing else."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.audit", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--here", choices=DATABASES, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.here:
        with scratch_database.database():
            return _report(asked.here, asked.rounds)
    rounds = ["--rounds", str(asked.rounds)]
    return max(
        scratch_database.in_a_process("tests.proofs.audit", name, rounds, name="test_between_audit")
        for name in asked.database or DATABASES
    )


def _report(database: str, rounds: int) -> int:
    found, missed, false_alarms = run(rounds)
    told = ", ".join(f"{name} {count}" for name, count in sorted(found.items()))
    sys.stdout.write(
        f"{database}: {sum(found.values())} of {rounds} tamperings found ({told}); "
        f"missed {sum(missed.values())}; false alarms {false_alarms}; "
        f"missed rate < {3 / rounds:.1%} at 95 %\n"
    )
    for name, count in missed.items():
        sys.stdout.write(f"  missed {count} × {name}\n")
    return 1 if missed or false_alarms else 0


def run(rounds: int, *, seed: int = 1) -> tuple[Counter[str], Counter[str], int]:
    """Tamper so often; tell what was found, missed, and alarms that were false."""
    from django.conf import settings
    from django.utils import timezone

    from care.audit.seal import seal_access_log, verify_access_log
    from tests.database_roles import append_only_lifted
    from tests.proofs.audit import tampering

    dice = random.Random(seed)
    found: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    false_alarms = 0
    now = timezone.now()
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(rounds):
            settings.AUDIT_ANCHORS = Path(folder, f"anchors-{turn}.txt")
            with append_only_lifted():
                tampering.begin_anew(dice)
            for _ in range(dice.randint(2, 5)):
                tampering.wrote(dice.randint(2, 12), at=now - timedelta(minutes=5))
                seal_access_log(now=now)
            false_alarms += bool(verify_access_log(now=now).faults)
            way = dice.choice(tampering.WAYS)
            with append_only_lifted():
                way(dice)
            (found if verify_access_log(now=now).faults else missed)[way.__name__] += 1
    return found, missed, false_alarms


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
