"""docs/glossary.md has one word for each thing, and no name of ours has a word that it avoids."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files, named

#: Names that have an avoided word all the same, and why.
KEPT = {
    "HomeworkOut": "the name of a part of the schema, which phones are built from",
    "StayOut": "the same",
    "REASON_FAMILY_SUPPORT": "a reason that stands in rows of the access log",
}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def rows() -> list[tuple[str, str, str, str]]:
    """Return term, meaning, place and avoided words of each row."""
    found = []
    for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith("| term "):
            term, meaning, place, avoid = (cell.strip() for cell in line.strip("|").split("|"))
            found.append((term, meaning, place, avoid))
    return found


def words_of(name: str) -> str:
    """Return the words of a name between underscores: ``_safety_event_`` of ``SafetyEvent``."""
    return f"_{'_'.join(word.lower() for word in _WORD.findall(name))}_"


def public_names(path: Path) -> Iterator[str]:
    """Go through a file's place and its public symbols."""
    yield from named(path).removesuffix(".py").split("/")
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
        else:
            continue
        yield from (name for name in names if not name.startswith("_"))


def is_avoided(name: str, word: str) -> bool:
    """Whether a name has a word, or its plural."""
    return f"_{word}_" in words_of(name) or f"_{word}s_" in words_of(name)


NAMES = {(named(path), name) for path in files() for name in public_names(path)}
AVOIDED = sorted({word for *_, avoid in rows() for word in re.findall(r"`(\w+)`", avoid)})


def test_each_term_stands_once_with_a_place_and_a_word_to_avoid() -> None:
    terms = [term for term, *_ in rows()]

    assert len(terms) == len(set(terms)) >= 40
    for term, meaning, place, avoid in rows():
        assert meaning, term
        assert "`" in place, term
        assert "`" in avoid, term


@pytest.mark.parametrize("word", AVOIDED)
def test_no_file_and_no_public_symbol_has_an_avoided_word(word: str) -> None:
    wrong = [pair for pair in NAMES if is_avoided(pair[1], word) and pair[1] not in KEPT]

    assert wrong == []


def test_a_word_is_found_in_any_spelling_of_a_name() -> None:
    assert is_avoided("DutyCall", "duty")
    assert is_avoided("MOST_DOORS", "door")
    assert is_avoided("silent_because", "silent_because")
    assert not is_avoided("assorted", "sort")
    assert not is_avoided("Dutiful", "duty")
