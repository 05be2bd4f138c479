"""``python -m backend.cli.pip_audit``: is a pinned package known to be vulnerable?

Where no advisory service answers, that is said and nothing fails: a check that cannot look must not
claim to have looked.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from backend.cli.paths import ROOT

_PIP_AUDIT = ("-m", "pip_audit", "--requirement", "requirements.txt", "--require-hashes",
        "--disable-pip", "--progress-spinner", "off", "--timeout", "5",
        "--format", "json")  # fmt: skip
_TIMEOUT = 120


def main() -> int:
    """Check requirements.txt; return 1 when something is vulnerable."""
    try:
        done = subprocess.run(
            [sys.executable, *_PIP_AUDIT],
            cwd=ROOT,
            capture_output=True,
            check=False,
            timeout=_TIMEOUT,
        )
        packages = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return _print_lines(["Not looked: no advisory service answers."], code=0)
    return _print_lines(*summarize_advisories(packages))


def summarize_advisories(packages: Sequence[dict[str, Any]]) -> tuple[list[str], int]:
    """Return the lines and the exit code for pip-audit's answer."""
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    vulnerable = [
        f"{package['name']} {package['version']}: {fault['id']}, mended in "
        f"{', '.join(fault['fix_versions']) or 'no version yet'}"
        for package in packages
        for fault in package.get("vulns", ())
    ]
    if len(unknown) == len(packages):
        return ["Not looked: no advisory service answers."], 0
    lines = [f"Not known to the service: {', '.join(unknown)}."] if unknown else []
    return [*vulnerable, *lines], int(bool(vulnerable))


def _print_lines(lines: Sequence[str], code: int) -> int:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
