"""What may stand on one line, what is blank, and which spellings are one name."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.kit import text

NEWER_THAN_OUR_TABLE = "\U0001fae9"  # a face of Unicode 16
WRITTEN = {
    "persian-with-a-joiner": "علی\u200cرضا",
    "family": "👨\u200d👩\u200d👧\u200d👦",
    "no-break-space": "Café\u00a0Central",
    "narrow-no-break-space": "12\u202fg",
    "newer-emoji": f"home {NEWER_THAN_OUR_TABLE}",
    "not-assigned-yet": "\U000323b0",
    "private-use": "\ue000",
    "marks-of-direction": "\u200fאבא\u200e (dad)",
    "variation": "❤\ufe0f",
    "flag-of-scotland": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "soft-hyphen": "Selbst\u00adhilfe",
    "combining": "e\u0301\u0323",
}
NOT_ON_A_LINE = {
    "nul": "a\x00b", "newline": "a\nb", "tab": "a\tb", "escape": "a\x1bb", "delete": "a\x7fb",
    "next-line": "a\x85b", "line-separator": "a\u2028b", "paragraph-separator": "a\u2029b",
    "embedding": "a\u202ab", "embedding-rtl": "a\u202bb", "pop": "a\u202cb",
    "override-ltr": "a\u202db", "override": "a\u202eb", "isolate-ltr": "a\u2066b",
    "isolate": "a\u2067b", "isolate-first": "a\u2068b", "pop-isolate": "a\u2069b",
    "half-a-pair": "a\ud83db",
}  # fmt: skip
UNSEEN = {
    "nothing": "", "spaces": " \t\n", "no-break": "\u00a0\u2007\u202f", "joiners": "\u200d\u200c",
    "zero-width": "\u200b\ufeff\u2060", "hangul-filler": "\u3164\u115f", "braille-blank": "\u2800",
    "variation-alone": "\ufe0f", "marks-alone": "\u200e\u200f", "ideographic-space": "\u3000",
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_what_people_write_stands_on_a_line(name: str) -> None:
    assert text.is_one_line(WRITTEN[name])
    assert not text.is_blank(WRITTEN[name])


@pytest.mark.parametrize("name", NOT_ON_A_LINE)
def test_what_hides_or_rearranges_does_not(name: str) -> None:
    assert not text.is_one_line(NOT_ON_A_LINE[name])


@pytest.mark.parametrize("name", UNSEEN)
def test_what_nobody_sees_is_blank(name: str) -> None:
    assert text.is_blank(UNSEEN[name])


@pytest.mark.parametrize(
    "spellings",
    [
        ("Alcohol", "alcohol", "ALCOHOL", "ａｌｃｏｈｏｌ", " alcohol ", "alco\u200bhol"),
        ("Café", "cafe\u0301", "CAFÉ"),
        ("Straße", "STRASSE", "strasse"),
        ("Online shopping", "online\u00a0Shopping", "online  shopping"),
        ("Ⅳ", "iv"),
    ],
)
def test_spellings_of_one_name_have_one_key(spellings: tuple[str, ...]) -> None:
    assert len(set(map(text.fold_name, spellings))) == 1


def test_other_names_have_another_key() -> None:
    assert len(set(map(text.fold_name, ("beer", "bear", "resume", "résumé", "wine", "")))) == 6


@settings(derandomize=True, deadline=None)
@given(st.text())
def test_folding_twice_changes_nothing(name: str) -> None:
    once = text.fold_name(name)

    assert text.fold_name(once) == once
    assert text.fold_name(unicodedata.normalize("NFD", name)) == once


def test_names_are_counted_whatever_their_spelling() -> None:
    found = text.count_folded_names(["Alcohol", "alcohol", "ALCOHOL", "alcohol", "beer"])

    assert found == [("alcohol", 4), ("beer", 1)]


def test_of_spellings_as_frequent_the_last_one_is_shown() -> None:
    assert text.count_folded_names(["Wine", "wine", "beer", "beer"]) == [("beer", 2), ("wine", 2)]
    assert text.count_folded_names(["wine", "Wine"]) == [("Wine", 2)]
