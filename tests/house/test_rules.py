"""Rules of the house that no linter knows."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files, named

#: Where the clock may be read (CONTRIBUTING: everything below takes ``now``).
CLOCK_ROOMS = ("api/", "web/")
CLOCK_FILES = re.compile(
    r"(tasks\.py|management/commands/\w+\.py|cli/\w+\.py|backend/settings_checks\.py)$"
)
CLOCK = re.compile(r"timezone\.now\(|datetime\.now\(|datetime\.utcnow\(|date\.today\(|time\.time\(")


def found_in(pattern: str, *rooms: str) -> list[str]:
    return [named(path) for path in files(*rooms) if re.search(pattern, path.read_text())]


def test_only_the_edges_read_the_clock() -> None:
    readers = [named(path) for path in files() if CLOCK.search(path.read_text())]

    assert [
        name
        for name in readers
        if not name.startswith(CLOCK_ROOMS) and not CLOCK_FILES.search(name)
    ] == []


@pytest.mark.parametrize(
    ("library", "allowed"),
    [
        (r"^\s*(from|import) rest_framework", r"^api/"),
        (r"^\s*(from|import) firebase_admin", r"^notifications/push/fcm\w*\.py$"),
        (
            r"^\s*(from|import) celery",
            r"^(notifications/tasks|backend/celery)\.py$",
        ),
        (r"^\s*(from|import) cryptography", r"^backend/kit/"),
        (r"^\s*(from|import) backend\.settings\b", r"^$"),
    ],
)
def test_a_library_is_known_in_one_place(library: str, allowed: str) -> None:
    users = [
        named(path) for path in files() if re.search(library, path.read_text(), flags=re.MULTILINE)
    ]

    assert [name for name in users if not re.search(allowed, name)] == []


def test_there_are_no_signals_no_save_overrides_and_no_orderings() -> None:
    assert found_in(r"django\.db\.models\.signals|@receiver") == []
    assert found_in(r"def save\(self", "care", "journaling", "notifications") == []
    assert found_in(r"^\s+ordering\s*=", "care", "journaling", "notifications") == []


def test_a_row_that_exists_is_saved_by_its_fields() -> None:
    bare = []
    for path in files():
        for node in ast.walk(ast.parse(path.read_text())):
            is_save = (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "save"
            )
            if is_save and not {k.arg for k in node.keywords} & {"update_fields", "force_insert"}:  # type: ignore[attr-defined] # a Call, seen above
                bare.append(f"{named(path)}:{node.lineno}")  # type: ignore[attr-defined] # the same

    assert bare == []


def test_no_log_line_is_filled_in_with_data() -> None:
    filled = re.compile(r"\blog(ger)?\.\w+\(\s*(f\"|f'|[^\"'\s)])")

    offenders = [
        named(path)
        for path in files("care", "journaling", "notifications", "api", "web")
        if filled.search(path.read_text())
    ]

    assert offenders == []


def tracked() -> list[Path]:
    skipped = {".git", "data", "__pycache__", ".venv", ".mypy_cache", ".ruff_cache"}
    return [
        path
        for path in ROOT.rglob("*")
        if path.is_file() and not skipped & set(path.relative_to(ROOT).parts)
    ]


def test_lock_files_name_no_registry_and_pin_every_hash() -> None:
    for name, least in (
        ("requirements.txt", 20),
        ("requirements-dev.txt", 20),
        ("requirements-uv.txt", 1),
    ):
        text = (ROOT / name).read_text()
        pins = re.findall(r"^([\w.\[\]-]+)==", text, flags=re.MULTILINE)

        assert "://" not in re.sub(r"#.*", "", text)
        assert len(pins) >= least
        assert text.count("--hash=sha256:") >= len(pins)


def test_there_is_no_unfinished_work() -> None:
    word = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|not imple" r"mented)\b")

    offenders = [
        named(path)
        for path in tracked()
        if path.suffix in {".py", ".md", ".html", ".css", ".js", ".toml"}
        and word.search(path.read_text(encoding="utf-8"))
    ]

    assert offenders == []


def test_passwords_are_hashed_and_compared_in_one_spelling_only() -> None:
    hashers = r"auth import hashers|auth\.hashers import .*(make|check)_password"

    # Erasure stores a hash that no password has.
    assert found_in(hashers) == ["care/accounts/passwords.py", "care/privacy/erasure.py"]


def test_strangers_dates_and_json_are_read_in_one_place() -> None:
    """What reads them elsewhere raises what nobody catches: a 500 for a year, a depth, a row."""
    edges = ("api", "web")

    assert found_in(
        r"fromisoformat|(?<!_)parse_date|\bjson\.loads|serializers\.DateField\(.*required", *edges
    ) == [
        # What was refused, read once more for help alone, within its own try.
        "api/http/json_parser.py",
    ]
