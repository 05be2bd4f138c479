"""The lessons that a clinic adds of its own, which its patients read beside those that ship.

Every version is kept, with who wrote it. The question keeps the place of its right answer, as
readings name an answer by its place: what asks something else is another lesson. Withdrawn, a
lesson is shown to no patient and given to nobody; what was given and read stays on record.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from backend.kit.db.versions import next_version
from backend.kit.errors import ChangedMeanwhile, FieldError, InvalidInput, enforce_limit
from backend.kit.languages import ENGLISH, LANGUAGES, SPANISH, Sentence
from care.models import Clinic, User
from care.models.people import logged_name
from journaling.education.lessons import (
    ANSWERS,
    OWN_PREFIX,
    SLUG,
    TOPICS,
    Lesson,
    LessonSource,
    RecallQuestion,
)
from journaling.models import ClinicLesson

#: Ours: more is no list to read, and no lesson of a few minutes.
MOST_LESSONS, MOST_PARAGRAPHS, MOST_SOURCES, MOST_MINUTES = 50, 12, 10, 15
#: Readings keep a version as a small number.
MOST_VERSIONS = 999


class LessonChanged(ChangedMeanwhile):
    """The lesson has another revision than the caller read; nothing was changed."""


@dataclass(frozen=True, slots=True)
class LessonWords:
    """A lesson in one language; ``why`` says why the right answer is right."""

    title: str
    paragraphs: tuple[str, ...]
    question: str
    answers: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicLessonDetails:
    """A whole lesson, in one language at least; ``right`` is the place of the right answer."""

    topic: str
    minutes: int
    right: int
    sources: tuple[LessonSource, ...]
    en: LessonWords | None = None
    es: LessonWords | None = None
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class ClinicLessonVersion:
    """One version of a lesson, with when and by whom; ``version`` counts its words alone."""

    slug: str
    rev: int
    version: int
    details: ClinicLessonDetails
    at: datetime
    written_by: str

    @property
    def lesson(self) -> Lesson:
        """Return it as a patient reads it: what is said in one language alone stands for both."""
        details = self.details
        in_english, in_spanish = details.en or details.es, details.es or details.en
        if in_english is None or in_spanish is None:
            raise ValueError(f"{self.slug} has no words")
        return Lesson(
            slug=self.slug, topic=details.topic, minutes=details.minutes, version=self.version,
            title=Sentence(in_english.title, in_spanish.title),
            paragraphs=tuple(map(Sentence, in_english.paragraphs, in_spanish.paragraphs)),
            question=RecallQuestion(
                text=Sentence(in_english.question, in_spanish.question),
                answers=tuple(map(Sentence, in_english.answers, in_spanish.answers)),
                right=details.right, why=Sentence(in_english.why, in_spanish.why),
            ),
            sources=details.sources,
        )  # fmt: skip


def clinic_lessons(*, clinic_id: UUID) -> Sequence[ClinicLessonVersion]:
    """Read the clinic's own lessons as they stand, also withdrawn ones; by slug."""
    return list(map(_version, newest_lessons(ClinicLesson.objects.filter(clinic_id=clinic_id))))


def lessons_of_patients_clinic(*, patient_id: UUID) -> Sequence[ClinicLessonVersion]:
    """Read the own lessons of a patient's clinic, also withdrawn ones; by slug."""
    rows = ClinicLesson.objects.filter(clinic__users=patient_id)
    return list(map(_version, newest_lessons(rows)))


def clinic_lesson_history(*, clinic_id: UUID, slug: str) -> Sequence[ClinicLessonVersion]:
    """Read every version of a lesson of the clinic, the newest first; none where it has none."""
    rows = ClinicLesson.objects.filter(clinic_id=clinic_id, slug=slug).order_by("-rev")
    return list(map(_version, rows))


def clinic_lesson_titles(*, slugs: Iterable[str], user_id: UUID) -> dict[str, str]:
    """Return how staff read the clinic's own lessons among these; no statement without one."""
    own = [slug for slug in slugs if slug.startswith(OWN_PREFIX)]
    if not own:
        return {}
    rows = ClinicLesson.objects.filter(clinic__users=user_id, slug__in=own)
    return {row.slug: _version(row).lesson.title.en for row in newest_lessons(rows)}


def newest_lessons(rows: "QuerySet[ClinicLesson]") -> "QuerySet[ClinicLesson]":
    """Narrow versions to the newest of each lesson, by slug."""
    later = ClinicLesson.objects.filter(
        clinic_id=OuterRef("clinic_id"), slug=OuterRef("slug"), rev__gt=OuterRef("rev")
    )
    return rows.filter(~Exists(later)).order_by("slug")


def write_clinic_lesson(
    *, admin: User, slug: str, rev: int, details: ClinicLessonDetails, now: datetime
) -> ClinicLessonVersion:
    """Add a version after revision ``rev`` (0: there was none yet).

    What stands already makes no new version, whatever ``rev`` names, so that a request whose answer
    was lost can be sent again.

    :raises backend.kit.errors.InvalidInput: naming every field at fault, or the clinic has as many
        as it may.
    :raises LessonChanged: ``rev`` is not the newest.
    """
    _validate(slug, details)
    with next_version(LessonChanged):
        Clinic.objects.select_for_update().only("pk").get(pk=admin.clinic_id)
        newest = next(iter(clinic_lesson_history(clinic_id=admin.clinic_id, slug=slug)), None)
        if newest is not None and details == newest.details:
            return newest
        if rev != (0 if newest is None else newest.rev):
            raise LessonChanged
        version = _next_version_number(newest, details)
        if not details.is_withdrawn and (newest is None or newest.details.is_withdrawn):
            _enforce_limit(admin)
        words = asdict(details)
        row = ClinicLesson(
            clinic_id=admin.clinic_id, slug=slug, rev=rev + 1, version=version,
            is_withdrawn=words.pop("is_withdrawn"), details=words, at=now, written_by=admin.pk,
            written_by_name=logged_name(admin),
        )  # fmt: skip
        row.save(force_insert=True)
    return _version(row)


def _next_version_number(newest: ClinicLessonVersion | None, details: ClinicLessonDetails) -> int:
    if newest is None:
        return 1
    if details.right != newest.details.right:
        detail = "The right answer keeps its place: what asks something else is another lesson."
        raise InvalidInput.of("right", "fixed", detail)
    if replace(details, is_withdrawn=newest.details.is_withdrawn) == newest.details:
        return newest.version
    enforce_limit(newest.version, most=MOST_VERSIONS, what="versions of a lesson")
    return newest.version + 1


def _enforce_limit(admin: User) -> None:
    standing = newest_lessons(ClinicLesson.objects.filter(clinic_id=admin.clinic_id))
    count = standing.filter(is_withdrawn=False).count()
    enforce_limit(count, most=MOST_LESSONS, what="lessons of a clinic's own")


def _validate(slug: str, details: ClinicLessonDetails) -> None:
    faults = []
    if not SLUG.fullmatch(slug) or not slug.startswith(OWN_PREFIX):
        detail = f"{OWN_PREFIX} and then lower case letters, digits and dashes."
        faults.append(FieldError("slug", "invalid", detail))
    if details.topic not in TOPICS:
        faults.append(FieldError("topic", "invalid_choice", "Must be one of ours."))
    if not 1 <= details.minutes <= MOST_MINUTES:
        faults.append(FieldError("minutes", "out_of_range", f"From 1 to {MOST_MINUTES}."))
    if not 0 <= details.right < ANSWERS:
        faults.append(FieldError("right", "out_of_range", f"From 0 to {ANSWERS - 1}."))
    if not 1 <= len(details.sources) <= MOST_SOURCES:
        faults.append(FieldError("sources", "out_of_range", f"From 1 to {MOST_SOURCES}."))
    faults += _word_faults(details)
    if faults:
        raise InvalidInput(faults)


def _word_faults(details: ClinicLessonDetails) -> Iterator[FieldError]:
    if details.en is None and details.es is None:
        yield FieldError("en", "required", "Write it in one language at least.")
    for language, words in ((ENGLISH, details.en), (SPANISH, details.es)):
        if words is None:
            continue
        if not 1 <= len(words.paragraphs) <= MOST_PARAGRAPHS:
            detail = f"From 1 to {MOST_PARAGRAPHS} paragraphs."
            yield FieldError(f"{language}.paragraphs", "out_of_range", detail)
        if len(words.answers) != ANSWERS or len(set(words.answers)) < ANSWERS:
            detail = f"{ANSWERS} answers that differ."
            yield FieldError(f"{language}.answers", "invalid", detail)
    if details.en and details.es and len(details.en.paragraphs) != len(details.es.paragraphs):
        yield FieldError("es.paragraphs", "unequal", "As many paragraphs as in English.")


def _version(row: ClinicLesson) -> ClinicLessonVersion:
    stored: Mapping[str, Any] = row.details
    details = ClinicLessonDetails(
        topic=stored["topic"], minutes=stored["minutes"], right=stored["right"],
        sources=tuple(LessonSource(**one) for one in stored["sources"]),
        is_withdrawn=row.is_withdrawn,
        **{tag: _words(stored[tag]) for tag in LANGUAGES},
    )  # fmt: skip
    return ClinicLessonVersion(row.slug, row.rev, row.version, details, row.at, row.written_by_name)


def _words(stored: Mapping[str, Any] | None) -> LessonWords | None:
    if stored is None:
        return None
    lists = {name: tuple(stored[name]) for name in ("paragraphs", "answers")}
    return LessonWords(**{**stored, **lists})
