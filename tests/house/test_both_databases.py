"""Tests that ask which database they run on …"""

import re
from pathlib import Path

import pytest

from tests.both_databases import FILES, FOLDERS, TESTS, is_listed

_ASKS = re.compile(
    r"\bconnection\.vendor\b|\bpragma\b|\bsqlite_master\b|\bpg_[a-z]+\b", re.IGNORECASE
)
_ON_ONE = re.compile(r"mark\.(postgres|bare|once|browser|sweep)\b")


def files_that_ask() -> list[Path]:
    return [
        file
        for file in sorted(TESTS.rglob("test_*.py"))
        if _ASKS.search(file.read_text(encoding="utf-8")) and file.name != Path(__file__).name
    ]


@pytest.mark.parametrize("file", files_that_ask(), ids=lambda file: file.stem)
def test_run_on_both_unless_they_are_about_one(file: Path) -> None:
    assert is_listed(file) or _ON_ONE.search(file.read_text(encoding="utf-8"))


def test_there_are_some() -> None:
    assert len(files_that_ask()) > 5


@pytest.mark.parametrize("name", [*FOLDERS, *FILES])
def test_what_is_listed_is_there(name: str) -> None:
    assert (TESTS / name).exists()
