"""Read the lessons as one patient has them: what was given to them, and what they read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from care.access.chart import Chart
from care.people.patients import patient_today
from journaling.education.clinic_lessons import clinic_lessons, lessons_of_patients_clinic
from journaling.education.lessons import (
    OWN_PREFIX,
    TOPICS,
    Lesson,
    NoSuchLesson,
    all_lessons,
    find_lesson,
)
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
    """A lesson, whether it is given to the patient now and until when, and how they read it.

    ``is_withdrawn`` is whether the clinic withdrew it, of its own.
    """

    lesson: Lesson
    is_assigned: bool = False
    until: date | None = None
    reading: Reading | None = None
    is_withdrawn: bool = False


def lessons_of(
    *, chart: Chart | None, now: datetime, clinic_id: UUID | None = None
) -> list[PatientLesson]:
    """List every lesson as the patient has it, the given ones first; four statements.

    Without a chart it is the catalogue of ``clinic_id``, in which nothing is given or read. What a
    clinic withdrew of its own is listed to staff alone, where it is given or was read.
    """
    offered, withdrawn = _lessons_of_clinic(chart, clinic_id)
    if chart is None:
        return [PatientLesson(lesson) for lesson in offered]
    given, read = _given(chart, now), _readings(chart)
    shown = [_patient_lesson(lesson, given, read) for lesson in offered]
    if not chart.is_own:
        gone = (_patient_lesson(lesson, given, read) for lesson in withdrawn)
        shown += [replace(one, is_withdrawn=True) for one in gone if one.is_assigned or one.reading]
    return sorted(shown, key=lambda one: not one.is_assigned)


def lessons_given_or_read(*, chart: Chart, now: datetime) -> list[PatientLesson]:
    """List the lessons that are given to the patient now or that they read; four statements."""
    return [one for one in lessons_of(chart=chart, now=now) if one.is_assigned or one.reading]


def offered_lessons(*, clinic_id: UUID) -> dict[str, Lesson]:
    """Return what a clinic teaches from: the lessons that ship, and its own; by slug."""
    return {lesson.slug: lesson for lesson in _lessons_of_clinic(None, clinic_id)[0]}


def lesson_of(
    *, chart: Chart | None, slug: str, now: datetime, clinic_id: UUID | None = None
) -> PatientLesson:
    """Find one lesson as the patient has it, or as the catalogue does without a chart.

    :raises journaling.education.lessons.NoSuchLesson: none of that slug ships, and the clinic has
        none, or has withdrawn it and this is not a chart that staff opened.
    """
    with_withdrawn = chart is not None and not chart.is_own
    lesson = find_lesson_of(
        chart=chart, slug=slug, clinic_id=clinic_id, with_withdrawn=with_withdrawn
    )
    return PatientLesson(lesson) if chart is None else as_patient_has(lesson, chart=chart, now=now)


def as_patient_has(lesson: Lesson, *, chart: Chart, now: datetime) -> PatientLesson:
    """Return a lesson with whether it is given to the patient now, and how they read it."""
    slug = lesson.slug
    return _patient_lesson(lesson, _given(chart, now, slug), _readings(chart, slug))


def find_lesson_of(
    *, chart: Chart | None, slug: str, clinic_id: UUID | None = None, with_withdrawn: bool = False
) -> Lesson:
    """Find a lesson that ships, or one of the patient's clinic; of ``clinic_id`` without a chart.

    :raises journaling.education.lessons.NoSuchLesson: there is none.
    """
    if not slug.startswith(OWN_PREFIX):
        return find_lesson(slug)
    offered, withdrawn = _lessons_of_clinic(chart, clinic_id)
    for lesson in [*offered, *withdrawn] if with_withdrawn else offered:
        if lesson.slug == slug:
            return lesson
    raise NoSuchLesson


def _lessons_of_clinic(
    chart: Chart | None, clinic_id: UUID | None
) -> tuple[list[Lesson], list[Lesson]]:
    """Return what is offered, in the order of topics, and what the clinic withdrew of its own."""
    if chart is not None:
        own = lessons_of_patients_clinic(patient_id=chart.patient_id)
    else:
        own = [] if clinic_id is None else clinic_lessons(clinic_id=clinic_id)
    standing = [one.lesson for one in own if not one.details.is_withdrawn]
    # Sorting keeps the order of slugs, and what ships before a clinic's own.
    offered = sorted([*all_lessons().values(), *standing], key=lambda one: TOPICS.index(one.topic))
    return offered, [one.lesson for one in own if one.details.is_withdrawn]


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
