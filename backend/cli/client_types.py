"""Check the types of the patients' client, where node and TypeScript's compiler are there."""

import shutil
import subprocess
import sys

from backend.cli.paths import ROOT

#: Which compiler CONTRIBUTING.md says how to install.
COMPILER = "typescript@5.9.3"
PROJECTS = ("web/app/tsconfig.json", "web/app/tsconfig.worker.json")
SKIPPED = f"Not checked: tsc is missing (npm install --no-save {COMPILER})."


def find_compiler() -> str | None:
    """Return the path of ``tsc``, this tree's own first, or None where it or node is missing."""
    if shutil.which("node") is None:
        return None
    return shutil.which("tsc", path=str(ROOT / "node_modules" / ".bin")) or shutil.which("tsc")


def check_client_types() -> int:
    """Compile nothing, check everything; return 0 also where there is no compiler, saying so."""
    compiler = find_compiler()
    if compiler is None:
        print(SKIPPED)
        return 0
    codes = [
        subprocess.run([compiler, "-p", project], cwd=ROOT, check=False).returncode
        for project in PROJECTS
    ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(check_client_types())
