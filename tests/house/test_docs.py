"""What the documents say is there, is there."""

import re

import pytest

from tests.house.tree import ROOT, files

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PLACES = re.compile(
    r"`((?:api|backend|care|journaling|notifications|tests|web|docs)/[\w./-]*|\.ci/run)`"
)


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
