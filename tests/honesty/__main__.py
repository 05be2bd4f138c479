"""Simulate patients and print what is claimed of them: ``python -m tests.honesty --people 2000``.

The upper rows are people with nothing to find, so every claim is false; the lower ones have one
thing to find. Deterministic: the same number of people gives the same table.
"""

import argparse
import os
import sys

ROW = "{:<36}" + " {:>11}" * 7 + "\n"


def main(arguments: list[str]) -> int:
    """Print the table; return 0 when no bound of CLINICAL §6 is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.honesty", description=__doc__)
    parser.add_argument("--people", type=int, default=2_000)
    people = parser.parse_args(arguments).people

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()

    from tests.honesty.bounds import BOUNDS
    from tests.honesty.claims import CLAIMS, shares
    from tests.honesty.patients import NULLS, PLANTED

    sys.stdout.write(ROW.format(f"share of {people} patients", *CLAIMS))
    broken = []
    for name, truth in {**NULLS, **PLANTED}.items():
        found = shares(truth, people=people)
        told = [f"{100 * found.of(claim):.1f} %" for claim in CLAIMS]
        sys.stdout.write(ROW.format(name, *told))
        sys.stdout.flush()
        broken += [bound for bound in BOUNDS if bound.is_about(name) and not bound.holds(found)]
    for bound in broken:
        sys.stdout.write(f"broken: {bound.told}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
