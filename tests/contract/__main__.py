"""Hold the API against what was recorded, or record it anew.

``python -m tests.contract`` compares; ``python -m tests.contract --record`` writes ``schema.json``
and ``recorded/*.json`` from what the API answers now. Read every difference before it is committed.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Run the tests of this folder, which write instead of comparing where they are asked to."""
    reader = argparse.ArgumentParser(prog="tests.contract", description=__doc__)
    reader.add_argument("--record", action="store_true", help="write the files anew")
    asked = reader.parse_args()
    env = dict(os.environ) | ({"BETWEEN_CONTRACT": "record"} if asked.record else {})
    command = [sys.executable, "-m", "pytest", "-n0", "-q", "-p", "no:randomly", str(HERE)]
    # Some requests are made from the schema, so that it is written first.
    parts = [["-k", "schema"], []] if asked.record else [[]]
    return max(
        subprocess.run([*command, *part], check=False, cwd=HERE.parents[1], env=env).returncode
        for part in parts
    )


if __name__ == "__main__":
    raise SystemExit(main())
