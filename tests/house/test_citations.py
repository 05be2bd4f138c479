"""Whoever follows a citation of CLINICAL, SECURITY or PEER-BUGS finds the rule, and its place."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.house.test_docs import DOCUMENTS
from tests.house.test_peer_bugs import TESTS
from tests.house.tree import ROOT, files, named

CITED = {
    "CLINICAL": "docs/clinical.md",
    "SECURITY": "docs/security.md",
    "PEER-BUGS": "docs/peer-bugs.md",
}
_ITEM = r"(?:§\d+(?:\.\d+(?:-\d+\.\d+)?)?|[RBE]\d+)"
_CITATION = re.compile(
    rf"\b({'|'.join(CITED)})((?:[\s,;#:]+(?:and\s+)?{_ITEM}(?![\w§]))+)", re.ASCII
)
#: In the first lines of a test the number stands alone.
_ALONE = re.compile(r"\b[RBE]\d{1,2}\b")
_PLACE = re.compile(r"`([\w.-]+(?:/[\w.-]+)*\.py)::([\w.]+)`")


@cache
def rules_of(document: str) -> frozenset[str]:
    """List what a document has: sections by their heading, rows by their anchor."""
    text = (ROOT / document).read_text(encoding="utf-8")
    sections = re.findall(r"^## (§\d+) ", text, re.MULTILINE)
    rows = re.findall(r'^\| <a id="([a-z\d-]+)"></a>(\S+) \|', text, re.MULTILINE)
    found = [*sections, *(f"§{name}" if name[0].isdigit() else name for _, name in rows)]
    assert len(found) == len(set(found)), document
    assert all(anchor in {name.lower(), f"s{name.replace('.', '-')}"} for anchor, name in rows)
    return frozenset(found)


def citations_in(text: str) -> Iterator[tuple[str, str]]:
    """Find each rule that a text cites, with the name it is cited by."""
    for name, items in _CITATION.findall(text):
        for item in re.findall(_ITEM, items):
            for end in item.removeprefix("§").split("-"):
                yield name, f"§{end}" if item.startswith("§") else end


def sources() -> list[Path]:
    """List all that may cite: the product, its pages, the tests and the documents."""
    pages = [path for room in ("api", "web") for path in sorted((ROOT / room).rglob("*.html"))]
    migrations = sorted(ROOT.glob("*/migrations/*.py"))
    return [*files(), *files("tests"), *migrations, *pages, *DOCUMENTS]


def missing_citations(text: str) -> list[str]:
    return [
        f"{name} {rule}" for name, rule in citations_in(text) if rule not in rules_of(CITED[name])
    ]


@cache
def names_in(path: str) -> frozenset[str]:
    """List the functions, classes and constants of a file, and what its classes hold."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(_names(tree.body, ""))


def _names(body: list[ast.stmt], prefix: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield prefix + node.name
        if isinstance(node, ast.ClassDef):
            yield from _names(node.body, f"{prefix}{node.name}.")
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for inner in (one for target in targets for one in ast.walk(target)):
                if isinstance(inner, ast.Name):
                    yield prefix + inner.id


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("(CLINICAL §2, §6).", ["CLINICAL §2", "CLINICAL §6"]),
        ("CLINICAL §3, table", ["CLINICAL §3"]),
        ("SECURITY §1.1-1.3, R5)", ["SECURITY §1.1", "SECURITY §1.3", "SECURITY R5"]),
        ("SECURITY §5, E18", ["SECURITY §5", "SECURITY E18"]),
        ("SECURITY §1.1 and §1.3", ["SECURITY §1.1", "SECURITY §1.3"]),
        ("(PEER-BUGS B30)", ["PEER-BUGS B30"]),
        ("SECURITY DEFINER SET", []),
    ],
)  # fmt: skip
def test_a_citation_is_read_with_all_its_numbers(text: str, cited: list[str]) -> None:
    assert [" ".join(one) for one in citations_in(text)] == cited


@pytest.mark.parametrize("text", ["CLINICAL §99", "SECURITY R1, R99", "SECURITY §1.99, R1"])
def test_a_rule_that_is_not_there_is_missed(text: str) -> None:
    assert len(missing_citations(text)) == 1


def test_whatever_is_cited_is_there() -> None:
    missing = {
        named(path): absent
        for path in sources()
        if path.name != "test_citations.py"
        and (absent := missing_citations(path.read_text(encoding="utf-8")))
    }

    assert missing == {}


def test_the_first_lines_of_tests_cite_what_is_there() -> None:
    rules = frozenset().union(*map(rules_of, CITED.values()))

    missing = {}
    for path in files("tests"):
        told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if absent := [one for one in _ALONE.findall(told) if one not in rules]:
            missing[named(path)] = absent

    assert missing == {}


def test_the_documents_have_all_their_numbers() -> None:
    security = rules_of(CITED["SECURITY"])

    assert rules_of(CITED["CLINICAL"]) == {f"§{n}" for n in range(1, 10)}
    assert {f"R{n}" for n in range(1, 43)} < security
    assert {f"§1.{n}" for n in range(1, 13)} < security
    assert {f"§{n}" for n in range(1, 6)} < security
    assert rules_of(CITED["PEER-BUGS"]) == {f"B{n}" for n in range(1, 37)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_name_in_a_file_that_is_told_exists(document: Path) -> None:
    told = _PLACE.findall(document.read_text(encoding="utf-8"))

    missing = [
        f"{path}::{name}"
        for path, name in told
        if not (ROOT / path).is_file() or name not in names_in(path)
    ]

    assert missing == []


def test_a_bugs_row_names_the_files_of_its_tests() -> None:
    text = (ROOT / CITED["PEER-BUGS"]).read_text(encoding="utf-8")

    for bug, (_, tests) in TESTS.items():
        row = re.search(rf'^\| <a id="{bug.lower()}"></a>.*$', text, re.MULTILINE)
        assert row is not None, bug
        told = re.findall(r"`(tests/[\w/]+\.py)`", row[0].rsplit(" | ", 1)[1])
        assert set(told) == {test.split("::")[0] for test in tests}, bug
