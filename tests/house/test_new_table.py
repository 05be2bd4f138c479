"""A table about patients takes what ``new_table.md`` says, file by file, and nothing else."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import ROOMS, ROOT

pytestmark = pytest.mark.once
RECIPE = Path(__file__).with_name("new_table.md")
#: A step's heading, with the file or the command that writes one; and its blocks of text.
_STEP = re.compile(r"^## \d+\. .*?: `(.+)`$", re.MULTILINE)
_BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MOST_FILES = 8


def steps() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield each step: its file or command, and its blocks as their kind and text."""
    parts = _STEP.split(RECIPE.read_text(encoding="utf-8"))[1:]
    for place, text in zip(parts[::2], parts[1::2], strict=True):
        yield place, [(kind, block) for kind, block in _BLOCK.findall(text)]


class Copy:
    """A copy of the tree, in which the recipe is followed."""

    def __init__(self, top: Path) -> None:
        self.top = top
        for room in (*ROOMS, "tests"):
            ignored = shutil.ignore_patterns("__pycache__", "mutants")
            shutil.copytree(ROOT / room, top / room, ignore=ignored)
        for name in ("pyproject.toml", "docs", "between"):
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, top / name)

    def run(self, *module: str, **env: str) -> str:
        """Run a module of the copy; return what it said, which a fault shows."""
        clean = {name: value for name, value in os.environ.items()
                 if name not in {"BETWEEN_TEST_DATA", "PYTEST_XDIST_WORKER"}}  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", *module], cwd=self.top, capture_output=True, text=True,
            check=False,
            env={**clean, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(self.top),
                 "BETWEEN_TEST_NAME": "test_between_new_table", **env},
        )  # fmt: skip
        assert done.returncode == 0, (done.stdout + done.stderr)[-8000:]
        return done.stdout

    def pytest(self, *arguments: str, **env: str) -> str:
        """Run tests of the copy."""
        return self.run("pytest", "-n0", "-q", "-p", "no:randomly", *arguments, **env)

    def follow(self, place: str, blocks: list[tuple[str, str]]) -> None:
        """Do one step."""
        if place.startswith("./between migration"):
            *_, room, name = place.split()
            self.run("django", "makemigrations", room, "--name", name)
            (path,) = (self.top / room / "migrations").glob(f"*_{name}.py")
        else:
            path = self.top / place
        for kind, block in blocks:
            if kind == "diff":
                _apply(path, block)
            else:
                path.write_text(block, encoding="utf-8")


def _apply(path: Path, diff: str) -> None:
    lines = diff.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] == " ")
    after = "".join(line[1:] for line in lines)
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{path.name} has other lines than the recipe: {before!r}"
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_the_recipe_takes_eight_files_at_most() -> None:
    places = [place for place, _ in steps()]

    assert len(places) == len(set(places)) <= MOST_FILES
    assert sum(place.startswith("./between migration ") for place in places) == 1
    # Everything else that knows of tables learns of it from the declaration.
    assert all(blocks for _, blocks in steps())


def test_a_table_that_follows_the_recipe_is_handled_everywhere(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "tree")
    for place, blocks in steps():
        copy.follow(place, blocks)
    contract = "tests/contract/test_contract.py"
    copy.pytest(contract, "-k", "test_the_schema", BETWEEN_CONTRACT="record")
    copy.pytest(contract, "-k", "recorded and programme", BETWEEN_CONTRACT="record")

    copy.run("django", "makemigrations", "--check", "--dry-run")
    said = copy.pytest(
        "tests/api/programme/test_allergies.py",
        "tests/house/test_handling.py",
        "tests/house/test_tables.py",
        "tests/care/access/test_row_policies.py",
        "tests/care/privacy/test_sealed_columns.py::test_each_column_is_bound_to_itself",
        "tests/journaling/exports/test_export_files.py::test_no_part_has_a_row_of_anybody_else",
        contract,
        "tests/api/test_authorisation.py",
        "-k",
        "not (test_authorisation or test_contract) or allergies or test_every_door_stands or well",
    )

    assert re.search(r"\d{3} passed", said)
