"""Running tests in a throw-away copy of the tree, as it is and with one guard taken out."""

import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.house.tree import ROOT
from tests.proofs.mutants.mutant import Mutant

#: What no test needs, or what a copy makes for itself.
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", ".*_cache", ".hypothesis", ".ci", "__pycache__", "*.pyc", "node_modules"
)
#: A guard may keep something from going on for ever.
LONGEST_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the tests that were asked for: each by name, with its cases taken together.

    ``broken`` are those that never came to assert anything, such as for a module that does not
    load; ``is_over`` is False when they took too long.
    """

    green: frozenset[str]
    red: frozenset[str]
    broken: frozenset[str]
    is_over: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a mutant was missed by every test that it names."""

    mutant: Mutant
    report: Report

    @property
    def is_killed(self) -> bool:
        """Tell it: all of its tests ran and turned red."""
        return self.report.is_over and set(self.mutant.tests) <= self.report.red


@contextmanager
def copied() -> Iterator[Path]:
    """Copy the tree, and throw the copy away at the end."""
    with tempfile.TemporaryDirectory(prefix="between-mutants-") as folder:
        tree = Path(folder, "tree")
        shutil.copytree(ROOT, tree, ignore=LEFT_OUT, symlinks=True)
        yield tree


def judge(tree: Path, mutant: Mutant) -> Verdict:
    """Take one guard out of the copy, run its tests, and put it back."""
    whole = mutant.applied_to(tree)
    try:
        return Verdict(mutant, run(tree, mutant.tests))
    finally:
        (tree / mutant.file).write_text(whole, encoding="utf-8")


def run(tree: Path, tests: Iterable[str]) -> Report:
    """Run these tests in the copy, in a process and with a database of their own."""
    asked = sorted(set(tests))
    if not asked:
        # Asked for nothing, pytest would run everything.
        return _report([], [])
    with tempfile.TemporaryDirectory(prefix="between-told-") as folder:
        told = Path(folder, "told.xml")
        command = [
            sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
            f"--junitxml={told}", *asked,
        ]  # fmt: skip
        try:
            subprocess.run(
                command, cwd=tree, env=_environment(), check=False, timeout=LONGEST_SECONDS,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Report(frozenset(), frozenset(), frozenset(), is_over=False)
        cases = list(_cases(told)) if told.exists() else []
    return _report(asked, cases)


def _environment() -> dict[str, str]:
    environment = {"BETWEEN_TEST_NAME": "test_between_mutants", **os.environ}
    for name in [name for name in environment if name.startswith("PYTEST_")]:
        del environment[name]
    environment.pop("BETWEEN_TEST_DATA", None)
    # A file that was changed within the second it was compiled would be taken for the old one.
    return environment | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ""}


def _cases(told: Path) -> Iterator[tuple[str, str]]:
    """Read which case passed, failed or broke, by the name it is asked for with."""
    for case in ElementTree.parse(told).iter("testcase"):
        module = str(case.get("classname", "")).replace(".", "/")
        outcome = next(
            (child.tag for child in case if child.tag in {"failure", "error", "skipped"}), "passed"
        )
        yield f"{module}.py::{case.get('name')}", outcome


def _report(asked: Sequence[str], cases: Sequence[tuple[str, str]]) -> Report:
    outcomes: dict[str, set[str]] = {test: set() for test in asked}
    for name, outcome in cases:
        for test in asked:
            if name == test or name.startswith(f"{test}["):
                outcomes[test].add(outcome)
    return Report(
        green=frozenset(test for test, found in outcomes.items() if found == {"passed"}),
        red=frozenset(test for test, found in outcomes.items() if "failure" in found),
        broken=frozenset(test for test, found in outcomes.items() if not found or "error" in found),
    )
