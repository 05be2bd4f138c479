"""Record that a patient read a lesson, and their answer to its question."""

from datetime import datetime

from django.db import transaction

from backend.kit.db.claims import claim
from backend.kit.errors import InvalidInput
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_write
from journaling.education.lessons import ANSWERS
from journaling.education.read import PatientLesson, as_patient_has, find_lesson_of
from journaling.models import LessonReading


class OnlyPatientsRead(Exception):
    """Nobody reads a lesson in a patient's place."""


def record_reading(*, chart: Chart, slug: str, answer: int | None, now: datetime) -> PatientLesson:
    """Record that the patient read a lesson, and how they answer its question, if they do.

    The first reading stands, and so does the first answer: it alone tells what was recalled, and
    what is right is told with it. Whatever comes later changes nothing, as from a phone that sends
    again, and is answered with what stands.

    :raises journaling.education.lessons.NoSuchLesson: none of that slug ships, and
        the clinic has none.
    :raises backend.kit.errors.InvalidInput: there is no such answer.
    :raises OnlyPatientsRead: through somebody else's chart.
    """
    if not chart.is_own:
        raise OnlyPatientsRead
    # A phone without a connection may have read what was withdrawn meanwhile.
    lesson = find_lesson_of(chart=chart, slug=slug, with_withdrawn=True)
    if answer is not None and not 0 <= answer < ANSWERS:
        raise InvalidInput.of("answer", "out_of_range", f"Must be from 0 to {ANSWERS - 1}.")
    own = LessonReading.objects.filter(patient_id=chart.patient_id, lesson=slug)
    with transaction.atomic():
        is_changed = not own.exists()
        if is_changed:
            first = LessonReading(
                patient_id=chart.patient_id, lesson=slug, version=lesson.version, read_at=now
            )
            LessonReading.objects.bulk_create([first], ignore_conflicts=True)
        if answer is not None:
            is_right = answer == lesson.question.right
            is_changed |= bool(
                claim(
                    own.filter(answer__isnull=True),
                    answer=answer, is_recalled=is_right, answered_at=now,
                )
            )  # fmt: skip
        if is_changed:
            log_write(chart=chart, what=DataCategory.SKILLS, now=now)
    return as_patient_has(lesson, chart=chart, now=now)
