"""The client says the same in both languages, plainly, and nothing that shames."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.app.modules import call
from tests.app.phone import Clinic
from web.app.shell import STATIC

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Never about people, in Spanish: as tests/house/words.py has it for English.
NEVER_IN_SPANISH = re.compile(
    r"\b(limpi[oa]s?|suci[oa]s?|adict[oa]s?|reca[ií]da|recay[óo]|fracas\w*|racha|medalla|alcohólic[oa]s?"
    r"|drogadict[oa]s?|abus\w+)\b",
    re.I,
)
PRAISE = re.compile(
    r"\b(great|awesome|well done|good job|congrat\w*|bravo|excelente|muy bien|felicidades)\b", re.I
)
#: Groups of words that are asked for by codes of the wire.
VOCABULARIES = ("triggers", "companies", "outcomes", "words", "about", "errors", "kinds", "scopes")


def leaves(words: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(words, str):
        yield path, words
        return
    pairs = words.items() if isinstance(words, dict) else enumerate(words)
    for name, inner in pairs:
        yield from leaves(inner, f"{path}.{name}" if path else str(name))


@pytest.fixture
def both(clinic: Clinic) -> tuple[dict[str, str], dict[str, str]]:
    """Return English and Spanish, by the place of each text."""
    page = clinic.phone().open().page
    english, spanish = (call(page, f"words/{tag}", "m.default") for tag in ("en", "es"))
    return dict(leaves(english)), dict(leaves(spanish))


def test_both_languages_say_the_same_things(both: tuple[dict[str, str], dict[str, str]]) -> None:
    english, spanish = both

    assert list(english) == list(spanish)
    assert len(english) > 400
    for place, text in english.items():
        names = re.findall(r"\{\w+\}", text)
        assert sorted(names) == sorted(re.findall(r"\{\w+\}", spanish[place])), place
        assert spanish[place].strip(), place


def test_nobody_is_praised_shouted_at_or_shamed(
    both: tuple[dict[str, str], dict[str, str]],
) -> None:
    found = [
        f"{place}: {text}"
        for texts in both
        for place, text in texts.items()
        if "!" in text or "¡" in text or NEVER_IN_SPANISH.search(text) or PRAISE.search(text)
    ]

    assert found == []


def test_spanish_is_translated(both: tuple[dict[str, str], dict[str, str]]) -> None:
    english, spanish = both
    same = {
        place for place, text in english.items()
        if text == spanish[place] and len(text.split()) > 2 and place != "help.spanish"
    }  # fmt: skip

    assert same == set()


def test_every_word_is_said_somewhere(both: tuple[dict[str, str], dict[str, str]]) -> None:
    paths = [path for path in STATIC.rglob("*.js") if path.parent.name not in {"words", "vendor"}]
    code = "\n".join(path.read_text() for path in paths)
    unsaid = []
    for place in both[0]:
        group, *rest = [part for part in place.split(".") if not part.isdigit()]
        if not rest or any(part in VOCABULARIES for part in (group, *rest[:-1])):
            continue
        if not re.search(rf"\.{rest[0]}\b", code):
            unsaid.append(place)

    assert unsaid == []
