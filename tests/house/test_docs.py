"""What the documents say is there, is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.house.tree import ROOMS, ROOT, files

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PLACES = re.compile(
    r"`((?:api|backend|care|journaling|notifications|tests|web|docs)/[\w./-]*|\.ci/run)`"
)
#: A module of ours, and what follows it by dots: a symbol, and what that has.
DOTTED = re.compile(rf"(?<![\w./-])((?:{'|'.join((*ROOMS, 'tests'))})(?:\.[A-Za-z_]\w*)+)")
SPAN = re.compile(r"`([^`\n]+)`")
#: What a document may name in backticks that stands in a file of ours: code, pages, data, settings.
SOURCES = {".py", ".html", ".js", ".css", ".json", ".csv", ".txt", ".toml", ".lua", ""}


@cache
def symbols_of(path: Path) -> frozenset[str]:
    """Return what stands at the top of a module: classes, functions, constants and imports."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(name.asname or name.name) for name in node.names}
    return frozenset(names)


def is_there(dotted: str) -> bool:
    """Whether a dotted name leads to a module, to its symbol, or to a table by Django's label."""
    place, *rest = dotted.split(".")
    path = ROOT / place
    while rest and ((path / rest[0]).is_dir() or (path / f"{rest[0]}.py").is_file()):
        path /= rest.pop(0)
    module = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
    if not rest or rest[0] in symbols_of(module):
        return True
    tables = ROOT / place / "models" / "__init__.py"
    return path == ROOT / place and tables.is_file() and rest[0] in symbols_of(tables)


@cache
def known_words() -> frozenset[str]:
    """Return every word of our files, and of their names, but not of documents."""
    skipped = {"__pycache__", "node_modules"}
    words: set[str] = set()
    for top in (*(ROOT / room for room in (*ROOMS, "tests")), ROOT / "pyproject.toml"):
        for path in [top, *top.rglob("*")]:
            if path.is_file() and path.suffix in SOURCES and not skipped & set(path.parts[-3:-1]):
                words |= set(re.findall(r"\w+", path.read_text(encoding="utf-8", errors="ignore")))
                words |= set(re.findall(r"[a-z_]\w+", path.stem.lstrip("0123456789_")))
    return frozenset(words)


def test_every_setting_is_told_to_whoever_runs_it() -> None:
    settings = (ROOT / "backend" / "settings.py").read_text(encoding="utf-8")
    told = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    asked = set(re.findall(r"BETWEEN_[A-Z_]+[A-Z]", settings))
    assert len(asked) > 15
    assert {name for name in asked if name not in told} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_place_that_is_named_exists(document: object) -> None:
    text = document.read_text(encoding="utf-8")  # type: ignore[attr-defined] # a path

    missing = [name for name in PLACES.findall(text) if not (ROOT / name.rstrip("/")).exists()]

    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_module_and_symbol_that_is_named_exists(document: Path) -> None:
    names = DOTTED.findall(document.read_text(encoding="utf-8"))

    assert [name for name in names if not name.endswith(".py") and not is_there(name)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_name_and_file_in_backticks_is_ours(document: Path) -> None:
    text = without_avoided(document)

    spans = [span.removesuffix("()") for span in SPAN.findall(text)]
    assert [
        span
        for span in spans
        if re.fullmatch(r"[A-Za-z]\w*_\w+|[A-Z]+[a-z]\w*[A-Z]\w*", span)
        and span not in known_words()
    ] == []
    here = {path.name for path in [*files(), *files("tests")]}
    bare = [span for span in spans if re.fullmatch(r"\w+\.py", span)]
    assert [name for name in bare if name not in here] == []


def without_avoided(document: Path) -> str:
    """Return a document's text; of the glossary without the words that nothing may have."""
    lines = document.read_text(encoding="utf-8").splitlines()
    if document.name == "glossary.md":
        lines = [line.rstrip("| ").rpartition("|")[0] for line in lines]
    return "\n".join(lines)


def test_a_name_that_leads_nowhere_is_found() -> None:
    assert is_there("backend.kit.errors.NotThere")
    assert is_there("care.DeviceSession")
    assert is_there("notifications.engine")
    assert not is_there("backend.kit.errors.NoSuchThing")
    assert not is_there("backend.kit.no_such_module.claim")
    assert not is_there("care.NoSuchTable")


def test_every_verb_that_is_named_is_one() -> None:
    verbs = (ROOT / "backend" / "cli" / "commands.py").read_text(encoding="utf-8")

    for document in DOCUMENTS:
        for verb in re.findall(r"\./between ([a-z][a-z-]+)", document.read_text(encoding="utf-8")):
            assert f'"{verb}"' in verbs, f"{document.name}: ./between {verb}"


def test_no_document_and_no_code_names_one_machines_paths() -> None:
    paths = re.compile(r"/(?:work|farm|root)/")

    for path in [*DOCUMENTS, *files(), *files("tests")]:
        assert not paths.search(path.read_text(encoding="utf-8")) or path.name == "test_docs.py", (
            path
        )
