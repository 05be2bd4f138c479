"""Text is cut between what a reader sees as characters, and nowhere else."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.kit.text import grapheme_clusters, truncate, truncate_to_code_points

ONE = {
    "family": "👨\u200d👩\u200d👧\u200d👦",
    "skin": "👍🏽",
    "skin-and-joiner": "👩🏾\u200d🚀",
    "heart-on-fire": "❤\ufe0f\u200d🔥",
    "flag": "🇩🇪",
    "flag-of-a-part": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "keycap": "1\ufe0f\u20e3",
    "decomposed": "e\u0301",
    "two-marks": "o\u0302\u0323",
    "jamo": "\u1112\u1161\u11ab",
    "syllable-and-final": "\uac00\u11ab",
    "devanagari-vowel": "कि",
    "devanagari-conjunct": "क्षि",
    "tamil": "நி",
    "thai": "กำ",
    "line-end": "\r\n",
}


@pytest.mark.parametrize("name", ONE)
def test_a_character_of_many_code_points_is_one(name: str) -> None:
    assert list(grapheme_clusters(ONE[name])) == [ONE[name]]
    assert list(grapheme_clusters(ONE[name] + "x" + ONE[name])) == [ONE[name], "x", ONE[name]]


def test_characters_side_by_side_are_several() -> None:
    assert list(grapheme_clusters("🇩🇪🇫🇷🇮")) == ["🇩🇪", "🇫🇷", "🇮"]
    assert list(grapheme_clusters("한국어")) == ["한", "국", "어"]
    assert list(grapheme_clusters("日本")) == ["日", "本"]
    assert list(grapheme_clusters("👍👍")) == ["👍", "👍"]
    assert list(grapheme_clusters("a\nb")) == ["a", "\n", "b"]


@settings(derandomize=True, deadline=None)
@given(
    st.text(alphabet=st.sampled_from("ab \n\u0301\u200d\ufe0f👩🏾🇩🇪क्षि\u1112\u1161한"), max_size=80)
)
def test_clusters_joined_are_the_text_and_none_begins_with_a_mark(said: str) -> None:
    found = list(grapheme_clusters(said))

    assert "".join(found) == said
    for cluster, before in zip(found[1:], found[:-1], strict=True):
        is_loose = before in {"\n", "\r"} or len(before) >= 32
        assert is_loose or unicodedata.category(cluster[0])[0] != "M"
        assert is_loose or cluster[0] != "\u200d"


def test_japanese_after_one_space_is_cut_at_the_limit() -> None:
    assert truncate("昨日 " + "日" * 180, longest=140) == "昨日 " + "日" * 137 + " …"


def test_words_are_kept_whole_near_the_limit() -> None:
    assert truncate("one two three four", longest=12) == "one two …"
    assert truncate("one two three four", longest=13) == "one two three …"


def test_a_space_far_from_the_limit_is_not_waited_for() -> None:
    assert truncate("a " + "b" * 200, longest=140) == "a " + "b" * 138 + " …"


def test_what_fits_by_its_characters_is_not_cut() -> None:
    families = ONE["family"] * 140

    assert truncate(families, longest=140) == families
    assert truncate(families + "x", longest=140) == families + " …"


def test_no_pile_of_marks_gets_around_the_limit() -> None:
    assert len(truncate("e" + "\u0301" * 100_000, longest=140)) <= 140 * 32 + 2


def test_a_column_keeps_whole_characters() -> None:
    assert truncate_to_code_points("ab" + ONE["family"], longest=5) == "ab"
    assert truncate_to_code_points("abc", longest=3) == "abc"
    assert truncate_to_code_points("e\u0301" * 3, longest=3) == "e\u0301"
    assert truncate_to_code_points("e" + "\u0301" * 40, longest=5) == "e" + "\u0301" * 4
