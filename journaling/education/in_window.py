"""Which lessons were given and read in the window of a brief, as rows of its one statement."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, IntegerField, OuterRef, Value, When

from journaling.education.clinic_lessons import clinic_lesson_titles
from journaling.education.lessons import lesson_title
from journaling.models import LessonAssignment, LessonReading


class LessonSign(IntEnum):
    """What one row says of a lesson; far below zero, as no other number of those rows is."""

    GIVEN_BEFORE = -11
    GIVEN = -12
    READ = -13
    RECALLED = -14
    NOT_RECALLED = -15


@dataclass(frozen=True, slots=True)
class LessonsInWindow:
    """What was given and is not ended, and what was read, by slug.

    What was read before the window is in neither. ``read`` has whether the question was answered
    rightly, None where it was not answered. ``has_new`` is whether anything was given or read in
    the window itself. ``titles`` are those of the clinic's own lessons.
    """

    given: tuple[str, ...] = ()
    read: Mapping[str, bool | None] = field(default_factory=dict)
    has_new: bool = False
    titles: Mapping[str, str] = field(default_factory=dict)

    def title(self, slug: str) -> str:
        """Return how staff read a lesson."""
        return self.titles.get(slug) or lesson_title(slug)


def lesson_rows(patient_id: UUID, *, since: Any, until: Any) -> tuple[Any, Any]:
    """Select what was given and what was read, each as ``lesson`` with its ``sign``."""
    read = LessonReading.objects.filter(patient_id=patient_id)
    read_before = LessonReading.objects.filter(
        patient_id=OuterRef("patient_id"), lesson=OuterRef("lesson"), read_at__lt=since
    )
    given = LessonAssignment.objects.filter(
        ~Exists(read_before), patient_id=patient_id, ended_at__isnull=True, assigned_at__lt=until
    )
    return (
        given.annotate(
            sign=_sign(
                When(assigned_at__gte=since, then=Value(LessonSign.GIVEN.value)),
                otherwise=LessonSign.GIVEN_BEFORE,
            )
        ),
        read.filter(read_at__gte=since, read_at__lt=until).annotate(
            sign=_sign(
                # An answer of later than the window was not there yet.
                When(answered_at__gte=until, then=Value(LessonSign.READ.value)),
                When(is_recalled=True, then=Value(LessonSign.RECALLED.value)),
                When(is_recalled=False, then=Value(LessonSign.NOT_RECALLED.value)),
                otherwise=LessonSign.READ,
            )
        ),
    )


def lessons_in_window(rows: Iterable[tuple[str, int]], *, patient_id: UUID) -> LessonsInWindow:
    """Read lessons with their signs; rows that say something else are passed over.

    One statement where a lesson of the clinic's own is among them, and none otherwise.
    """
    signs = {sign.value for sign in LessonSign}
    told = sorted((slug, LessonSign(sign)) for slug, sign in rows if sign in signs)
    given = (LessonSign.GIVEN_BEFORE, LessonSign.GIVEN)
    answers = {LessonSign.RECALLED: True, LessonSign.NOT_RECALLED: False}
    return LessonsInWindow(
        given=tuple(slug for slug, sign in told if sign in given),
        read={slug: answers.get(sign) for slug, sign in told if sign not in given},
        has_new=any(sign is not LessonSign.GIVEN_BEFORE for _, sign in told),
        titles=clinic_lesson_titles(slugs={slug for slug, _ in told}, user_id=patient_id),
    )


def _sign(*cases: When, otherwise: LessonSign) -> Case:
    return Case(*cases, default=Value(otherwise.value), output_field=IntegerField())
