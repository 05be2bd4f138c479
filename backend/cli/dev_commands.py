"""Commands on the code: check, fix, migration, bench, fake-fcm, lock and sbom.

``python -m backend.cli.dev_commands`` asks whether a pinned package is known to be vulnerable.
Where no advisory service answers, that is said and nothing fails: a check that cannot look must not
claim to have looked.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.cli import data_dir, packages, subprocesses, venv
from backend.cli.console import CliError, Console
from backend.cli.paths import ROOT

# Its own script names the folder that the environment was made in; this works after a move, too.
_IMPORTS = "from importlinter.cli import lint_imports_command as lint; lint()"
_BANDIT = ("--quiet", "--configfile", "pyproject.toml", "--severity-level", "medium", "--recursive",
           "api", "backend", "care", "journaling", "notifications", "web", "between")  # fmt: skip
_AT_ONCE = 2


@dataclass(frozen=True)
class _Check:
    name: str
    argv: list[str]
    env: Mapping[str, str]
    #: Whether what it says is shown although nothing failed.
    is_told: bool = False


@dataclass(frozen=True)
class _Result:
    name: str
    code: int
    took: float
    output: str
    is_told: bool


def run_checks(*, inherited: Mapping[str, str]) -> int:
    """Run every check, whatever the others say; 1 when any of them found a fault."""
    screen = Console()
    python = venv.ensure_venv(screen, inherited, has_tools=True)
    with tempfile.TemporaryDirectory(prefix="between-check-") as folder:
        wanted = _checks(python, Path(folder), inherited)
        results = _run_in_parallel(wanted, screen)
    for result in results:
        if result.code or (result.is_told and result.output):
            screen.say(f"\n── {result.name} ──\n{result.output.rstrip()}")
    failed = [result.name for result in results if result.code]
    screen.say(f"\n{'Failed: ' + ', '.join(failed) if failed else 'Everything holds.'}")
    return 1 if failed else 0


def apply_fixes(*, inherited: Mapping[str, str]) -> int:
    """Put right what the formatter and linter can put right by themselves."""
    python = venv.ensure_venv(Console(), inherited, has_tools=True)
    linted = subprocesses.run_on_terminal(
        [python, "-m", "ruff", "check", "--fix", "."], env=inherited
    )
    formatted = subprocesses.run_on_terminal([python, "-m", "ruff", "format", "."], env=inherited)
    return linted or formatted


def _checks(python: str, folder: Path, inherited: Mapping[str, str]) -> list[_Check]:
    tests = data_dir.env_for_tests(inherited)
    clinic = data_dir.env_for_clinic_checks(folder, inherited)
    django = [python, "-m", "django"]
    schema = [*django, "spectacular", "--fail-on-warn", "--validate", "--file", os.devnull]
    missing = [*django, "makemigrations", "--check", "--dry-run"]
    return [
        # The slowest first, since two run at once.
        _Check("types (mypy)", [python, "-m", "mypy"], tests),
        _Check("format (ruff)", [python, "-m", "ruff", "format", "--check", "."], tests),
        _Check("lint (ruff)", [python, "-m", "ruff", "check", "."], tests),
        _Check("dangerous calls (bandit)", [python, "-m", "bandit", *_BANDIT], tests),
        _Check(
            "known vulnerabilities (pip-audit)",
            [python, "-m", "backend.cli.dev_commands"],
            tests,
            is_told=True,
        ),
        _Check("imports go down (import-linter)", [python, "-c", _IMPORTS], tests),
        _Check("no missing migration", missing, clinic),
        _Check(
            "production settings", [*django, "check", "--deploy", "--fail-level", "WARNING"], clinic
        ),
        _Check("API schema", schema, clinic),
        _Check(
            "client types (tsc)", [python, "-m", "backend.cli.client_types"], tests, is_told=True
        ),
    ]


def _run_in_parallel(wanted: list[_Check], screen: Console) -> list[_Result]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        running: list[Future[_Result]] = [pool.submit(_run_check, one) for one in wanted]
        results: list[_Result] = []
        for future in running:
            if screen.is_live:
                screen.progress("Checking", len(results), len(wanted))
            result = future.result()
            results.append(result)
            mark = "✗" if result.code else "✓"
            screen.say(f"{mark} {result.name:<34} {result.took:5.1f} s")
    return results


def _run_check(one: _Check) -> _Result:
    began = time.monotonic()
    done = subprocess.run(
        one.argv,
        cwd=ROOT,
        env=dict(one.env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    took = time.monotonic() - began
    return _Result(one.name, done.returncode, took, done.stdout, one.is_told)


RUNTIME_INPUT, TOOLS_INPUT = "requirements.in", "requirements-dev.in"
INSTALLER_INPUT = "requirements-uv.in"
_MIGRATION_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")


def make_migration(app: str, name: str, *, inherited: Mapping[str, str]) -> int:
    """Write the migration that the models of a room are missing.

    :raises CliError: when the name does not tell what changes.
    """
    if not _MIGRATION_NAME.fullmatch(name) or "auto" in name.split("_"):
        raise CliError(f"{name} tells nothing: name what changes, such as add_sleep_quality.")
    python = venv.ensure_venv(Console(), inherited, has_tools=True)
    with tempfile.TemporaryDirectory(prefix="between-migration-") as data:
        env = data_dir.env_for_clinic_checks(Path(data), inherited)
        argv = [python, "-m", "django", "makemigrations", app, "--name", name]
        return subprocesses.run_on_terminal(argv, env=env)


def run_bench(arguments: Sequence[str], *, inherited: Mapping[str, str]) -> int:
    """Measure the paths that people wait for, as a share of what the machine can do."""
    python = venv.ensure_venv(Console(), inherited, has_tools=True)
    env = data_dir.env_for_tests(inherited)
    return subprocesses.run_on_terminal([python, "-m", "tests.proofs.bench", *arguments], env=env)


def run_fake_fcm(arguments: Sequence[str], *, inherited: Mapping[str, str]) -> int:
    """Stand in for Firebase Cloud Messaging, true to its protocol."""
    python = venv.ensure_venv(Console(), inherited, has_tools=True)
    env = data_dir.env_for_tests(inherited)
    return subprocesses.run_on_terminal([python, "-m", "tests.proofs.fcm", *arguments], env=env)


def lock_requirements(arguments: Sequence[str], *, inherited: Mapping[str, str]) -> int:
    """Write requirements*.txt anew from requirements*.in, exact and with hashes.

    Pins that still fit stay; ``--upgrade`` or ``--upgrade-package NAME`` moves them.

    :raises CliError: where uv, which makes them, does not run.
    """
    python = venv.ensure_venv(Console(), inherited, has_tools=True)
    uv = packages.find_uv(python)
    if uv is None:
        raise CliError(f"uv, which makes the pins, is not beside {python} or does not run here.")
    env, more = packages.uv_index_env(inherited, prefix=Path(python).parent.parent)
    compiled = [str(uv), "pip", "compile", "--generate-hashes", "--python-version", "3.11",
                "--no-emit-index-url", "--no-emit-find-links", "--no-header",
                "--no-annotate", "--quiet", *more]  # fmt: skip
    # The tools are locked together with what runs, so that one file installs both.
    for name, sources in (
        ("requirements", [RUNTIME_INPUT]),
        ("requirements-dev", [RUNTIME_INPUT, TOOLS_INPUT]),
        ("requirements-uv", [INSTALLER_INPUT]),
    ):
        files = [*sources, "--output-file", f"{name}.txt"]
        if code := subprocesses.run_on_terminal([*compiled, *arguments, *files], env=env):
            return code
        Console().say(f"{name}.txt fits.")
    return 0


def print_sbom(arguments: Sequence[str], *, inherited: Mapping[str, str]) -> int:
    """List what runs in production as a CycloneDX bill of materials, by default as JSON."""
    python = venv.ensure_venv(Console(), inherited, has_tools=True)
    listed = [python, "-m", "cyclonedx_py", "requirements", "requirements.txt",
              "--output-reproducible"]  # fmt: skip
    return subprocesses.run_on_terminal([*listed, *arguments], env=inherited)


_PIP_AUDIT = ("-m", "pip_audit", "--requirement", "requirements.txt", "--require-hashes",
        "--disable-pip", "--progress-spinner", "off", "--timeout", "5",
        "--format", "json")  # fmt: skip
_AUDIT_TIMEOUT_SECONDS = 120


def audit_pins() -> int:
    """Check requirements.txt; return 1 when something is vulnerable."""
    try:
        done = subprocess.run(
            [sys.executable, *_PIP_AUDIT],
            cwd=ROOT,
            capture_output=True,
            check=False,
            timeout=_AUDIT_TIMEOUT_SECONDS,
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
    raise SystemExit(audit_pins())
