"""Simulate patients and print what is claimed of them.

``python -m tests.proofs.honesty --people 2000``

With ``--briefs`` the claims are those that the whole page makes, with ``--silence`` those about
weekdays without entries. The upper rows are people with
nothing to find, so every claim is false; the lower ones have one thing to find. Deterministic: the
same number of people gives the same table.
"""

import argparse
import os
import sys
from typing import Any


def main(arguments: list[str]) -> int:
    """Print the table; return 0 when no bound of CLINICAL §6 is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.honesty", description=__doc__)
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--briefs", action="store_true", help="claims of the whole brief")
    parser.add_argument("--silence", action="store_true", help="claims of silent weekdays")
    asked = parser.parse_args(arguments)
    people = asked.people

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()

    from tests.proofs.honesty import bounds, briefs, claims, patients, silence

    truths: Any = {**patients.NULLS, **patients.PLANTED}
    kept: tuple[bounds.Bound, ...] = bounds.BOUNDS
    names: tuple[str, ...] = tuple(claims.CLAIMS)
    shares: Any = claims.shares
    if asked.briefs:
        kept, names, shares = briefs.BOUNDS, briefs.CLAIMS, briefs.shares
    if asked.silence:
        truths = {**silence.NULLS, **silence.PLANTED}
        kept, names, shares = silence.BOUNDS, silence.CLAIMS, silence.shares
    row = "{:<36}" + " {:>15}" * len(names) + "\n"
    sys.stdout.write(row.format(f"share of {people} patients", *names))
    broken = []
    for name, truth in truths.items():
        found = shares(truth, people=people)
        told = [f"{100 * found.of(claim):.1f} %" for claim in names]
        sys.stdout.write(row.format(name, *told))
        sys.stdout.flush()
        broken += [bound for bound in kept if bound.is_about(name) and not bound.holds(found)]
    for bound in broken:
        sys.stdout.write(f"broken: {bound.told}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
