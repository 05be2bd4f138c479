"""``./between check`` and ``./between fix``: what must hold of the code before it is shared."""

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from backend.launch import environment, processes, venv
from backend.launch.places import ROOT
from backend.launch.screen import Screen

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


def check(*, inherited: Mapping[str, str]) -> int:
    """Run every check, whatever the others say; 1 when any of them found a fault."""
    screen = Screen()
    python = venv.python_for(screen, inherited, has_tools=True)
    with tempfile.TemporaryDirectory(prefix="between-check-") as folder:
        wanted = _checks(python, Path(folder), inherited)
        results = _run_all(wanted, screen)
    for result in results:
        if result.code or (result.is_told and result.output):
            screen.say(f"\n── {result.name} ──\n{result.output.rstrip()}")
    failed = [result.name for result in results if result.code]
    screen.say(f"\n{'Failed: ' + ', '.join(failed) if failed else 'Everything holds.'}")
    return 1 if failed else 0


def fix(*, inherited: Mapping[str, str]) -> int:
    """Put right what the formatter and linter can put right by themselves."""
    python = venv.python_for(Screen(), inherited, has_tools=True)
    linted = processes.show([python, "-m", "ruff", "check", "--fix", "."], env=inherited)
    formatted = processes.show([python, "-m", "ruff", "format", "."], env=inherited)
    return linted or formatted


def _checks(python: str, folder: Path, inherited: Mapping[str, str]) -> list[_Check]:
    tests = environment.of_tests(inherited)
    clinic = environment.of_clinic(folder, inherited)
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
            [python, "-m", "backend.launch.advisories"],
            tests,
            is_told=True,
        ),
        _Check("imports go down (import-linter)", [python, "-c", _IMPORTS], tests),
        _Check("no missing migration", missing, clinic),
        _Check(
            "production settings", [*django, "check", "--deploy", "--fail-level", "WARNING"], clinic
        ),
        _Check("API schema", schema, clinic),
    ]


def _run_all(wanted: list[_Check], screen: Screen) -> list[_Result]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        running: list[Future[_Result]] = [pool.submit(_run, one) for one in wanted]
        results: list[_Result] = []
        for future in running:
            if screen.is_live:
                screen.progress("Checking", len(results), len(wanted))
            result = future.result()
            results.append(result)
            mark = "✗" if result.code else "✓"
            screen.say(f"{mark} {result.name:<34} {result.took:5.1f} s")
    return results


def _run(one: _Check) -> _Result:
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
