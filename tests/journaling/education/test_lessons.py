"""The lessons that ship: whole in each language, plain, sourced; a wrong file is refused."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from backend.kit.languages import ENGLISH, LANGUAGES, SPANISH, Sentence
from journaling.education import lessons
from journaling.education.lessons import (
    TOPICS,
    InvalidLesson,
    Lesson,
    NoSuchLesson,
    all_lessons,
    find_lesson,
    lesson_title,
    load_lesson_file,
    parse_lesson,
)

SHIPPED = list(all_lessons().values())
#: Words that a sentence has on average, at most: what somebody of about 12 years reads.
LONGEST_AVERAGE = 16


def sentences_of(lesson: Lesson) -> list[Sentence]:
    asked = lesson.question
    return [lesson.title, *lesson.paragraphs, asked.text, *asked.answers, asked.why]


def content() -> dict[str, Any]:
    """Return the content of a right file, to be spoilt."""
    found: dict[str, Any] = orjson.loads((lessons._FOLDER / "sleep-habits.json").read_bytes())
    return found


def test_every_topic_has_a_lesson_and_the_most_is_about_substances() -> None:
    topics = [lesson.topic for lesson in SHIPPED]

    assert len(SHIPPED) >= 14
    assert set(topics) == set(TOPICS)
    assert topics == sorted(topics, key=TOPICS.index)
    assert topics.count("substance_use") == 7


@pytest.mark.parametrize("lesson", SHIPPED, ids=lambda lesson: lesson.slug)
def test_it_is_short_translated_and_without_addresses(lesson: Lesson) -> None:
    said = sentences_of(lesson)

    assert 2 <= lesson.minutes <= 5
    assert len({one.en for one in said}) == len(said)
    assert [one.en for one in said if one.en == one.es] == []
    for language in LANGUAGES:
        text = " ".join(one.spoken(language) for one in lesson.paragraphs)
        words, ends = len(text.split()), len(re.findall(r"[.?!:](?=\s|$)", text))
        assert words / ends <= LONGEST_AVERAGE, (language, words / ends)
        assert 180 <= words <= 500, (language, words)
        assert "!" not in text
        assert re.search(r"https?:|www\.", text) is None


#: Doses and amounts are a prescriber's to say.
DOSE = re.compile(r"\b\d+([.,]\d+)? ?(mg|ml|mcg|milligram\w*|miligramo\w*|grams?|gramos?)\b", re.I)
#: Spanish says usted: neither the verbs nor the words of tú or vos.
FAMILIAR = re.compile(
    r"\b(tú|ti|contigo|tus?|tuy[oa]s?|vos|puedes|tienes|quieres|eres|debes|podés|tenés)\b", re.I
)


@pytest.mark.parametrize("lesson", SHIPPED, ids=lambda lesson: lesson.slug)
def test_it_names_no_dose_and_speaks_to_usted(lesson: Lesson) -> None:
    for one in sentences_of(lesson):
        assert DOSE.search(one.en + one.es) is None, one
        assert FAMILIAR.search(one.es) is None, one


@pytest.mark.parametrize(
    ("slug", "names"),
    [
        ("opioids-tolerance-and-naloxone", ("911", "naloxon")),
        ("after-a-return-to-use", ("911", "naloxon")),
        ("withdrawal-when-to-get-help", ("911", "988")),
        ("stimulants-and-sleep", ("911", "988")),
        ("low-mood-and-doing", ("988",)),
        ("taking-medicines", ("911", "988", "1-800-222-1222")),
    ],
)
def test_where_it_may_be_an_emergency_it_says_whom_to_call(
    slug: str, names: tuple[str, ...]
) -> None:
    for language in LANGUAGES:
        text = " ".join(one.spoken(language) for one in find_lesson(slug).paragraphs).lower()
        assert all(name in text for name in names), language


@pytest.mark.parametrize("lesson", SHIPPED, ids=lambda lesson: lesson.slug)
def test_it_names_sources_of_its_time(lesson: Lesson) -> None:
    assert len(lesson.sources) >= 2
    assert all(1990 <= source.year <= 2026 for source in lesson.sources)


def test_the_right_answer_stands_in_no_habitual_place() -> None:
    places = [lesson.question.right for lesson in SHIPPED]

    assert set(places) == {0, 1, 2}
    assert max(places.count(place) for place in places) <= len(places) / 2


def test_a_title_is_told_also_of_a_lesson_that_ships_no_more() -> None:
    assert lesson_title("sleep-habits") == "Sleep habits"
    assert lesson_title("sleep-habits", SPANISH) == "Hábitos para dormir"
    assert lesson_title("long-gone", ENGLISH) == "long gone"
    with pytest.raises(NoSuchLesson):
        find_lesson("long-gone")


def without(part: str) -> dict[str, Any]:
    return {name: value for name, value in content().items() if name != part}


def asking(**changes: Any) -> dict[str, Any]:
    raw = content()
    return raw | {"question": raw["question"] | changes}


def both(text: str) -> dict[str, str]:
    return {"en": text, "es": f"{text} es"}


SPOILT: dict[str, tuple[Any, str]] = {
    "no object": ([], "must be an object"),
    "a part is missing": (without("minutes"), "its parts must be"),
    "a part that nobody knows": (content() | {"url": "x"}, "its parts must be"),
    "a slug with capitals": (content() | {"slug": "Sleep"}, "slug must be"),
    "a topic that there is not": (content() | {"topic": "weather"}, "topic must be"),
    "minutes in words": (content() | {"minutes": "3"}, "minutes must be"),
    "a yes for minutes": (content() | {"minutes": True}, "minutes must be"),
    "no version": (content() | {"version": 0}, "version must be"),
    "a title in one language": (content() | {"title": {"en": "Sleep"}}, "said in en and es"),
    "a title in three": (content() | {"title": both("Sleep") | {"fr": "x"}}, "said in en and es"),
    "an empty translation": (content() | {"title": both("Sleep") | {"es": " "}}, "title in es"),
    "three paragraphs": (content() | {"paragraphs": content()["paragraphs"][:3]}, "4 to 7"),
    "paragraphs of no list": (content() | {"paragraphs": "x"}, "must be a list"),
    "a paragraph without Spanish": (
        content() | {"paragraphs": [*content()["paragraphs"][:4], {"en": "x"}]}, "paragraph 5"
    ),
    "two answers": (asking(answers=[both("a"), both("b")]), "answers must be 3"),
    "one answer twice": (asking(answers=[both("a"), both("a"), both("b")]), "must differ in en"),
    "an answer that is not there": (asking(right=3), "right must be from 0 to 2"),
    "an answer below the first": (asking(right=-1), "right must be from 0 to 2"),
    "no why": (asking(why=None), "why must be an object"),
    "more in the question": (asking(hint=both("x")), "question: its parts"),
    "no source": (content() | {"sources": []}, "no source"),
    "a source without a year": (
        content() | {"sources": [{"title": "x", "publisher": "y"}]}, "title, publisher and year"
    ),
    "a source without a publisher": (
        content() | {"sources": [{"title": "x", "publisher": "", "year": 2020}]}, "publisher"
    ),
    "a source of no year": (
        content() | {"sources": [{"title": "x", "publisher": "y", "year": 20}]}, "year of a source"
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", SPOILT)
def test_a_faulty_file_is_refused(fault: str) -> None:
    raw, said = SPOILT[fault]

    with pytest.raises(InvalidLesson, match=re.escape(said)):
        parse_lesson(raw)


def test_a_right_one_is_taken_whole() -> None:
    lesson = parse_lesson(content())

    assert lesson == find_lesson("sleep-habits")
    assert isinstance(lesson.paragraphs[0], Sentence)


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("sleep-habits", b"{", "JSONDecodeError"),
        ("other-name", orjson.dumps(content()), "named for the slug"),
        ("sleep-habits", orjson.dumps(without("sources")), "its parts must be"),
    ],
)
def test_a_refusal_names_the_file(tmp_path: Path, name: str, raw: bytes, said: str) -> None:
    path = tmp_path / f"{name}.json"
    path.write_bytes(raw)

    with pytest.raises(InvalidLesson, match=rf"^{name}\.json: .*{said}"):
        load_lesson_file(path)
