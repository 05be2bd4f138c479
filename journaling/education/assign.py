"""Give a lesson to a patient to read, and end that: a clinician's call."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from backend.kit.db.claims import claim
from backend.kit.errors import InvalidInput, NotThere
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_write
from care.people.patients import patient_today
from journaling.education.lessons import Lesson, NoSuchLesson
from journaling.education.read import PatientLesson, as_patient_has, find_lesson_of
from journaling.models import LessonAssignment

MAX_LESSON_PERIOD = timedelta(days=366)


class OnlyCareTeamGivesLessons(Exception):
    """Patients don't give lessons to themselves; they read what they like without."""


class LessonAlreadyAssigned(Exception):
    """The lesson is given to this patient now; nothing was written."""


class NoSuchLessonAssignment(NotThere):
    """The lesson is not given to this patient now."""


def assign_lesson(*, chart: Chart, slug: str, until: date | None, now: datetime) -> PatientLesson:
    """Give a lesson to the patient, until a local day of theirs or until it is ended.

    It is given once at a time, also when two give it at the same moment; what was given until a day
    that has passed makes room. One that was read before may be given to be read again.

    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    :raises LessonAlreadyAssigned: it is given now.
    :raises OnlyCareTeamGivesLessons: through the patient's own chart.
    """
    _require_care_team(chart)
    lesson = _offered(chart, slug)
    today = patient_today(chart=chart, now=now)
    if until is not None and not today <= until <= today + MAX_LESSON_PERIOD:
        detail = "Must not lie before today, nor more than a year after it."
        raise InvalidInput.of("until", "out_of_range", detail)
    of_lesson = LessonAssignment.objects.filter(patient_id=chart.patient_id, lesson=slug)
    try:
        with transaction.atomic():
            of_lesson.filter(ended_at__isnull=True, until__lt=today).update(ended_at=now)
            LessonAssignment(
                patient_id=chart.patient_id, lesson=slug, until=until, assigned_at=now,
                assigned_by=chart.viewer_id,
            ).save(force_insert=True)  # fmt: skip
            log_write(chart=chart, what=DataCategory.SKILLS, now=now)
    except IntegrityError:
        if not of_lesson.filter(ended_at__isnull=True).exists():
            raise
        raise LessonAlreadyAssigned from None
    return as_patient_has(lesson, chart=chart, now=now)


def end_lesson_assignment(*, chart: Chart, slug: str, now: datetime) -> None:
    """End that a lesson is given; it stays on record, and so does the reading.

    :raises NoSuchLessonAssignment: it is not given now.
    :raises OnlyCareTeamGivesLessons: through the patient's own chart.
    """
    _require_care_team(chart)
    given = LessonAssignment.objects.filter(
        patient_id=chart.patient_id, lesson=slug, ended_at__isnull=True
    )
    with transaction.atomic():
        if not claim(given, ended_at=now):
            raise NoSuchLessonAssignment
        log_write(chart=chart, what=DataCategory.SKILLS, now=now)


def _offered(chart: Chart, slug: str) -> Lesson:
    try:
        return find_lesson_of(chart=chart, slug=slug)
    except NoSuchLesson:
        raise InvalidInput.of("lesson", "unknown_lesson", "There is no such lesson.") from None


def _require_care_team(chart: Chart) -> None:
    if chart.is_own:
        raise OnlyCareTeamGivesLessons
