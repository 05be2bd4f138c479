"""The education lessons that ship with this version, in every language; a wrong file is refused.

``data/lessons/<slug>.json`` holds a short text in our own words, one question about it, and the
public sources that it keeps to. ``version`` goes up with its words. The question and its answers
keep their meaning and their order, as readings name an answer by its place: what asks something
else is another lesson, with a slug of its own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import orjson

from backend.kit.errors import NotThere
from backend.kit.languages import ENGLISH, LANGUAGES, Sentence
from backend.kit.strict_json import Json

_FOLDER = Path(__file__).parent.parent / "data" / "lessons"
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,58}[a-z0-9]|[a-z0-9]")
#: How slugs of a clinic's own lessons begin, and none that ships ever does.
OWN_PREFIX = "own-"
#: What lessons are about, in the order in which they are listed.
TOPICS = ("substance_use", "mental_health", "nutrition", "sleep", "medicines")
ANSWERS = 3
_PARAGRAPHS = range(4, 8)
_MINUTES = range(1, 16)
_YEARS = range(1950, 2100)
_PARTS = frozenset(
    ("slug", "topic", "minutes", "version", "title", "paragraphs", "question", "sources")
)


class InvalidLesson(Exception):
    """A file of a lesson that can't be used: a language or a source is missing, or it errs."""


class NoSuchLesson(NotThere):
    """No lesson of that slug ships with this version, and the clinic has none of its own."""


@dataclass(frozen=True, slots=True)
class LessonSource:
    """A publication that a lesson keeps to."""

    title: str
    publisher: str
    year: int


@dataclass(frozen=True, slots=True)
class RecallQuestion:
    """The question at the end of a lesson; ``right`` is the place of the right answer."""

    text: Sentence
    answers: tuple[Sentence, ...]
    right: int
    why: Sentence


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson in every language."""

    slug: str
    topic: str
    minutes: int
    version: int
    title: Sentence
    paragraphs: tuple[Sentence, ...]
    question: RecallQuestion
    sources: tuple[LessonSource, ...]


@cache
def all_lessons() -> "MappingProxyType[str, Lesson]":
    """Read all files once; by slug, in the order of topics, then of slugs.

    :raises InvalidLesson: naming the file and what is wrong with it.
    """
    shipped = [load_lesson_file(path) for path in sorted(_FOLDER.glob("*.json"))]
    shipped.sort(key=lambda one: (TOPICS.index(one.topic), one.slug))
    return MappingProxyType({one.slug: one for one in shipped})


def find_lesson(slug: str) -> Lesson:
    """Find a lesson.

    :raises NoSuchLesson: none of that slug ships.
    """
    try:
        return all_lessons()[slug]
    except KeyError:
        raise NoSuchLesson from None


def lesson_title(slug: str, language: str = ENGLISH) -> str:
    """Return the title of a lesson, or its slug where it ships no more."""
    lesson = all_lessons().get(slug)
    return slug.replace("-", " ") if lesson is None else lesson.title.spoken(language)


def load_lesson_file(path: Path) -> Lesson:
    """Read one file; its name is the lesson's slug.

    :raises InvalidLesson: naming the file and what is wrong with it.
    """
    try:
        lesson = parse_lesson(orjson.loads(path.read_bytes()))
        _require(path.stem == lesson.slug, "the file must be named for the slug")
    except InvalidLesson as fault:
        raise InvalidLesson(f"{path.name}: {fault}") from None
    except ValueError as error:
        raise InvalidLesson(f"{path.name}: {type(error).__name__} {error}") from error
    return lesson


def parse_lesson(raw: Json) -> Lesson:
    """Build a lesson from the content of its file.

    :raises InvalidLesson: saying what is wrong.
    """
    parts = _mapping(raw, "the lesson")
    _require(set(parts) == _PARTS, f"its parts must be {', '.join(sorted(_PARTS))}")
    slug, topic = _text(parts["slug"], "slug"), _text(parts["topic"], "topic")
    _require(bool(SLUG.fullmatch(slug)), "slug must be lower case letters, digits and dashes")
    _require(not slug.startswith(OWN_PREFIX), f"{OWN_PREFIX} is for lessons of a clinic's own")
    _require(topic in TOPICS, f"topic must be one of {', '.join(TOPICS)}")
    paragraphs = _list(parts["paragraphs"], "paragraphs")
    _require(len(paragraphs) in _PARAGRAPHS, "paragraphs must be 4 to 7")
    sources = _list(parts["sources"], "sources")
    _require(bool(sources), "no source")
    return Lesson(
        slug=slug,
        topic=topic,
        minutes=_number(parts["minutes"], "minutes", _MINUTES),
        version=_number(parts["version"], "version", range(1, 1000)),
        title=_sentence(parts["title"], "title"),
        paragraphs=tuple(_sentence(one, f"paragraph {n}") for n, one in enumerate(paragraphs, 1)),
        question=_question(parts["question"]),
        sources=tuple(map(_source, sources)),
    )


def _question(raw: Json) -> RecallQuestion:
    parts = _mapping(raw, "question")
    _require(set(parts) == {"text", "answers", "right", "why"}, "question: its parts")
    answers = _list(parts["answers"], "answers")
    _require(len(answers) == ANSWERS, f"answers must be {ANSWERS}")
    offered = tuple(_sentence(one, f"answer {n}") for n, one in enumerate(answers))
    for language in LANGUAGES:
        said = {one.spoken(language) for one in offered}
        _require(len(said) == ANSWERS, f"answers must differ in {language}")
    return RecallQuestion(
        text=_sentence(parts["text"], "question"),
        answers=offered,
        right=_number(parts["right"], "right", range(ANSWERS)),
        why=_sentence(parts["why"], "why"),
    )


def _source(raw: Json) -> LessonSource:
    parts = _mapping(raw, "source")
    _require(set(parts) == {"title", "publisher", "year"}, "source: title, publisher and year")
    return LessonSource(
        _text(parts["title"], "title of a source"),
        _text(parts["publisher"], "publisher of a source"),
        _number(parts["year"], "year of a source", _YEARS),
    )


def _sentence(raw: Json, what: str) -> Sentence:
    parts = _mapping(raw, what)
    _require(set(parts) == set(LANGUAGES), f"{what} must be said in {' and '.join(LANGUAGES)}")
    return Sentence(**{tag: _text(said, f"{what} in {tag}") for tag, said in parts.items()})


def _mapping(raw: Json, what: str) -> Mapping[str, Json]:
    if not isinstance(raw, dict):
        raise InvalidLesson(f"{what} must be an object")
    return raw


def _list(raw: Json, what: str) -> Sequence[Json]:
    if not isinstance(raw, list):
        raise InvalidLesson(f"{what} must be a list")
    return raw


def _text(raw: Json, what: str) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise InvalidLesson(f"{what} is missing")
    return raw.strip()


def _number(raw: Json, what: str, allowed: range) -> int:
    if type(raw) is not int or raw not in allowed:
        raise InvalidLesson(f"{what} must be from {allowed.start} to {allowed.stop - 1}")
    return raw


def _require(holds: bool, detail: str) -> None:  # noqa: FBT001 (reads as a sentence)
    if not holds:
        raise InvalidLesson(detail)
