"""What is agreed to is data with a date: whole, in each language, and in force from its day on."""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from backend.kit.languages import LANGUAGES
from care.access.data_categories import CONSENT_SCOPES
from care.consents.texts import (
    SHIPPED,
    InvalidTexts,
    VersionNotInForce,
    are_as_filed,
    read_texts,
    signed_text,
    text_in_force,
    texts,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
#: What 42 CFR 2.31 wants said of each purpose, by words of each language.
EVERYWHERE = {
    "en": ("sign this", "clinic", "take (this|it) back", "in writing", "42 CFR part 2",
           "depends? on"),
    "es": ("firma esto", "clínica", "retirar", "por escrito", "42 CFR parte 2", "depende"),
}  # fmt: skip
OF_TREATMENT = {
    "en": ("your treatment, its payment, and running the programme", "health plan", "HIPAA",
           "civil, criminal, administrative or legislative proceedings", "no end date"),
    "es": ("su tratamiento, el pago de este y el funcionamiento del programa", "seguro médico",
           "HIPAA", "civiles, penales, administrativos o legislativos", "No tiene fecha de fin"),
}  # fmt: skip


def text(**changes: Any) -> dict[str, Any]:
    return {
        "purpose": "treatment", "version": "2026-01", "in_force_since": "2026-01-01",
        "en": ["First.", "Second."], "es": ["Primero.", "Segundo."],
    } | changes  # fmt: skip


OTHERS = [text(purpose="family_support"), text(purpose="counselling_notes")]


def write(path: Path, *rows: Any) -> Path:
    path.write_text(json.dumps({"texts": list(rows)}), encoding="utf-8")
    return path


@pytest.fixture
def file(tmp_path: Path, settings: Any) -> Path:
    """Serve the texts of a file of a clinic's own, with one to come on the first of December."""
    coming = text(version="2026-12", in_force_since="2026-12-01", en=["New."], es=["Nuevo."])
    path = write(tmp_path / "texts.json", coming, text(), *OTHERS)
    settings.CONSENT_TEXTS = str(path)
    return path


@pytest.mark.parametrize("purpose", CONSENT_SCOPES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_ships_has_what_the_rule_wants(purpose: str, language: str) -> None:
    words = text_in_force(purpose=purpose, now=NOON).words[language]
    wanted = EVERYWHERE[language] + (OF_TREATMENT[language] if purpose == "treatment" else ())

    assert [phrase for phrase in wanted if not re.search(phrase, words)] == []


def test_the_version_that_phones_send_is_in_force() -> None:
    assert {one.version for one in read_texts(SHIPPED)} == {"2026-01"}
    assert signed_text(purpose="treatment", version="2026-01", language="en", now=NOON)


def test_paragraphs_stand_side_by_side_in_both_languages() -> None:
    for one in read_texts(SHIPPED):
        assert len({words.count("\n\n") for words in one.words.values()}) == 1, one.purpose


@pytest.mark.parametrize(
    ("at", "version"),
    [
        (datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC), "2026-01"),
        (datetime(2026, 12, 1, tzinfo=UTC), "2026-12"),
    ],
)
def test_the_newest_whose_day_has_come_is_in_force(file: Path, at: datetime, version: str) -> None:
    other = {"2026-01": "2026-12", "2026-12": "2026-01"}[version]

    signed = signed_text(purpose="treatment", version=version, language="es", now=at)
    with pytest.raises(VersionNotInForce) as refusal:
        signed_text(purpose="treatment", version=other, language="es", now=at, field="x")

    assert (signed.version, signed.language) == (version, "es")
    assert signed.words == {"2026-01": "Primero.\n\nSegundo.", "2026-12": "Nuevo."}[version]
    assert refusal.value.errors[0].field == "x"
    assert version in refusal.value.errors[0].detail


def test_a_file_that_was_edited_is_told_until_it_is_read(file: Path) -> None:
    assert texts()[1].in_force_since == date(2026, 1, 1)
    assert are_as_filed(now=NOON)

    write(file, text(en=["Another."]), *OTHERS)
    assert not are_as_filed(now=NOON)
    assert text_in_force(purpose="treatment", now=NOON).words["en"] == "First.\n\nSecond."

    file.write_text("{")
    assert not are_as_filed(now=NOON)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "no text of treatment"),
        ([text()], "no text of family_support"),
        ([text(in_force_since="2026-11-25"), *OTHERS], "no text of treatment that is in force"),
        ([text(), text(in_force_since="2026-02-01"), *OTHERS], "twice"),
        ([text(), text(version="2026-02"), *OTHERS], "twice"),
        ([text(purpose="gossip"), *OTHERS], "no purpose of ours in text 0"),
        ([text(version=""), *OTHERS], "a version of 1 to 40 characters in text 0"),
        ([text(version="x" * 41), *OTHERS], "a version of 1 to 40 characters in text 0"),
        ([text(version="2026-01 "), *OTHERS], "a version of 1 to 40 characters in text 0"),
        ([text(in_force_since="January"), *OTHERS], "YYYY-MM-DD in text 0"),
        ([text(in_force_since=None), *OTHERS], "YYYY-MM-DD in text 0"),
        ([text(es=[]), *OTHERS], "paragraphs in 'es' of text 0"),
        ([text(en=["First.", " "]), *OTHERS], "paragraphs in 'en' of text 0"),
        ([text(en="First."), *OTHERS], "paragraphs in 'en' of text 0"),
        ([*OTHERS, text(more=1)], "in text 2, and nothing else"),
        ([*OTHERS, "text"], "in text 2, and nothing else"),
    ],
)
def test_a_text_that_lacks_something_is_refused_and_named(
    tmp_path: Path, rows: list[Any], said: str
) -> None:
    with pytest.raises(InvalidTexts, match=said):
        read_texts(write(tmp_path / "texts.json", *rows), today=NOON.date())


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"texts": 7}', '{"texts": null}'])
def test_what_is_no_file_of_texts_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "texts.json"
    path.write_text(content)

    with pytest.raises(InvalidTexts, match="names no file of texts"):
        read_texts(path)
    with pytest.raises(InvalidTexts, match="names no file of texts"):
        read_texts(tmp_path / "gone.json")
