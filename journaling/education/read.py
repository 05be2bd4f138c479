"""Read the lessons as one patient has them: what was given to them, and what they read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from care.access.chart import Chart
from care.people.patients import patient_today
from journaling.education.lessons import Lesson, all_lessons, find_lesson
from journaling.models import LessonAssignment, LessonReading


@dataclass(frozen=True, slots=True)
class Reading:
    """That a patient read a lesson; their first answer to its question, None while there is none.

    ``is_recalled`` is whether that answer is the right one.
    """

    version: int
    read_at: datetime
    answer: int | None
    is_recalled: bool | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class PatientLesson:
    """A lesson, whether it is given to the patient now and until when, and how they read it."""

    lesson: Lesson
    is_assigned: bool = False
    until: date | None = None
    reading: Reading | None = None


def lessons_of(*, chart: Chart | None, now: datetime) -> list[PatientLesson]:
    """List every lesson as the patient has it, the given ones first; three statements.

    Without a chart it is the catalogue, in which nothing is given or read.
    """
    if chart is None:
        return [PatientLesson(lesson) for lesson in all_lessons().values()]
    given, read = _given(chart, now), _readings(chart)
    shown = [_patient_lesson(lesson, given, read) for lesson in all_lessons().values()]
    return sorted(shown, key=lambda one: not one.is_assigned)


def lessons_given_or_read(*, chart: Chart, now: datetime) -> list[PatientLesson]:
    """List the lessons that are given to the patient now or that they read; three statements."""
    return [one for one in lessons_of(chart=chart, now=now) if one.is_assigned or one.reading]


def lesson_of(*, chart: Chart | None, slug: str, now: datetime) -> PatientLesson:
    """Find one lesson as the patient has it, or as the catalogue does without a chart.

    :raises journaling.education.lessons.NoSuchLesson: none of that slug ships.
    """
    lesson = find_lesson(slug)
    if chart is None:
        return PatientLesson(lesson)
    return _patient_lesson(lesson, _given(chart, now, slug), _readings(chart, slug))


def open_lesson_condition(today: date) -> Q:
    """Build the condition under which a lesson is still given on a local day of the patient."""
    return Q(ended_at__isnull=True) & (Q(until__isnull=True) | Q(until__gte=today))


def _given(chart: Chart, now: datetime, *slugs: str) -> dict[str, date | None]:
    today = patient_today(chart=chart, now=now)
    rows = LessonAssignment.objects.filter(
        open_lesson_condition(today), patient_id=chart.patient_id
    )
    return dict(_only(rows, slugs).values_list("lesson", "until"))


def _readings(chart: Chart, *slugs: str) -> dict[str, Reading]:
    rows = _only(LessonReading.objects.filter(patient_id=chart.patient_id), slugs)
    columns = ("lesson", "version", "read_at", "answer", "is_recalled", "answered_at")
    return {slug: Reading(*values) for slug, *values in rows.values_list(*columns)}


def _only(rows: Any, slugs: Iterable[str]) -> Any:
    wanted = list(slugs)
    return rows.filter(lesson__in=wanted) if wanted else rows


def _patient_lesson(
    lesson: Lesson, given: Mapping[str, date | None], read: Mapping[str, Reading]
) -> PatientLesson:
    slug = lesson.slug
    return PatientLesson(lesson, slug in given, given.get(slug), read.get(slug))
