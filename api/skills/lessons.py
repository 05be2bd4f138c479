"""Education lessons: those that patients are offered, what a patient was given, and read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.fields import Day, OneOf, WholeNumber
from api.http.inputs import Input, validated_body
from api.http.permissions import IsClinician, IsPatient, IsPatientOrStaff
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from api.http.text_fields import Text
from backend.kit.languages import ENGLISH
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.models import User
from journaling.education.assign import assign_lesson, end_lesson_assignment
from journaling.education.lessons import ANSWERS, TOPICS, LessonSource
from journaling.education.read import (
    PatientLesson,
    lesson_of,
    lessons_given_or_read,
    lessons_of,
)
from journaling.education.record import record_reading

Recalled = Annotated[
    bool | None,
    Field(description="Whether the first answer was the right one; null while there is none."),
]


class ReadIn(Input):
    """That the lesson was read; ``answer`` is the place of the chosen answer, from 0."""

    answer: Annotated[int, WholeNumber(0, ANSWERS - 1)] | None = None


class LessonAssignmentIn(Input):
    """A lesson to read, until a local day of the patient or without end."""

    lesson: Annotated[str, Text(60)]
    until: Day | None = None


@dataclass(frozen=True, slots=True)
class LessonOut:
    """A lesson without its text; staff are shown nobody's readings in the catalogue."""

    slug: str
    topic: Annotated[str, OneOf(TOPICS)]
    title: str
    minutes: int
    version: int
    assigned: bool
    until: date | None
    read_at: datetime | None
    recalled: Recalled

    @classmethod
    def of(cls, shown: PatientLesson, language: str) -> Self:
        """Show a lesson in one language."""
        lesson, reading = shown.lesson, shown.reading
        return cls(
            slug=lesson.slug,
            topic=lesson.topic,
            title=lesson.title.spoken(language),
            minutes=lesson.minutes,
            version=lesson.version,
            assigned=shown.is_assigned,
            until=shown.until,
            read_at=reading.read_at if reading else None,
            recalled=reading.is_recalled if reading else None,
        )


@dataclass(frozen=True, slots=True)
class LessonsOut(Page):
    """Lessons: those that are given first, then by topic."""

    results: Sequence[LessonOut]


@dataclass(frozen=True, slots=True)
class LessonQuestionOut:
    """One question about the text. ``right`` and ``why`` are null until the reader answered."""

    text: str
    answers: Sequence[str]
    right: int | None
    why: str | None


@dataclass(frozen=True, slots=True)
class LessonSourceOut:
    """A publication that the lesson keeps to."""

    title: str
    publisher: str
    year: int

    @classmethod
    def of(cls, source: LessonSource) -> Self:
        """Show one."""
        return cls(source.title, source.publisher, source.year)


@dataclass(frozen=True, slots=True)
class LessonTextOut:
    """A whole lesson; ``answer`` is the place of the answer that was given first."""

    slug: str
    topic: Annotated[str, OneOf(TOPICS)]
    title: str
    minutes: int
    version: int
    paragraphs: Sequence[str]
    question: LessonQuestionOut
    sources: Sequence[LessonSourceOut]
    assigned: bool
    until: date | None
    read_at: datetime | None
    answer: int | None
    recalled: Recalled

    @classmethod
    def of(cls, shown: PatientLesson, language: str, *, is_solved: bool = False) -> Self:
        """Show a lesson in one language; solved, with the right answer whoever answered."""
        lesson, reading = shown.lesson, shown.reading
        asked, answer = lesson.question, reading.answer if reading else None
        is_told = is_solved or answer is not None
        return cls(
            slug=lesson.slug,
            topic=lesson.topic,
            title=lesson.title.spoken(language),
            minutes=lesson.minutes,
            version=lesson.version,
            paragraphs=[one.spoken(language) for one in lesson.paragraphs],
            question=LessonQuestionOut(
                text=asked.text.spoken(language),
                answers=[one.spoken(language) for one in asked.answers],
                right=asked.right if is_told else None,
                why=asked.why.spoken(language) if is_told else None,
            ),
            sources=[LessonSourceOut.of(source) for source in lesson.sources],
            assigned=shown.is_assigned,
            until=shown.until,
            read_at=reading.read_at if reading else None,
            answer=answer,
            recalled=reading.is_recalled if reading else None,
        )


@dataclass(frozen=True, slots=True)
class LessonReadOut:
    """Since when the lesson is read, and the first answer with why the right one is right.

    ``answer``, ``recalled`` and ``why`` are null while the question was not answered.
    """

    read_at: datetime
    answer: int | None
    recalled: Recalled
    why: str | None


class Lessons(APIView):
    """The education lessons that ship, and those of the clinic's own."""

    permission_classes = [IsPatientOrStaff]

    @extend_schema(operation_id="list_lessons", responses=LessonsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them; a patient's given ones first, with what they read, in their language."""
        now = timezone.now()
        chart = _own_chart(request, now)
        lessons = lessons_of(chart=chart, now=now, clinic_id=request.user.clinic_id)
        return _lessons_response(lessons, _language(chart))


class OneLesson(APIView):
    """One education lesson."""

    permission_classes = [IsPatientOrStaff]

    @extend_schema(operation_id="read_lesson", responses=LessonTextOut)
    def get(self, request: SignedIn, lesson: str) -> HttpResponse:
        """Read the whole text; a patient is told the right answer once they gave one."""
        now = timezone.now()
        chart = _own_chart(request, now)
        shown = lesson_of(chart=chart, slug=lesson, now=now, clinic_id=request.user.clinic_id)
        return json_response(LessonTextOut.of(shown, _language(chart), is_solved=chart is None))


class ReadLesson(APIView):
    """That the signed-in patient read a lesson."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="mark_lesson_read", request=ReadIn, responses=LessonReadOut)
    def post(self, request: SignedIn, lesson: str) -> HttpResponse:
        """Mark it as read, with an answer to its question or without one.

        The first reading stands and so does the first answer: a later one changes nothing, and is
        answered with what stands. An answer may come later than the reading.
        """
        sent, now = validated_body(ReadIn, request), timezone.now()
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.SKILLS, now=now, to_write=True
        )
        shown = record_reading(chart=chart, slug=lesson, answer=sent.answer, now=now)
        told = LessonTextOut.of(shown, chart.language)
        return json_response(
            LessonReadOut(told.read_at or now, told.answer, told.recalled, told.question.why)
        )


class LessonsOfPatient(APIView):
    """The lessons of one patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="list_lessons_of_patient", responses=LessonsOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List what is given to the patient now, and what they read."""
        chart = open_patient_chart(request, patient_id, what=DataCategory.SKILLS)
        return _lessons_response(lessons_given_or_read(chart=chart, now=timezone.now()), ENGLISH)

    @extend_schema(
        operation_id="assign_lesson", request=LessonAssignmentIn, responses={201: LessonOut}
    )
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Give a lesson to read; one that is given already answers 409."""
        sent = validated_body(LessonAssignmentIn, request)
        chart = open_patient_chart(request, patient_id, what=DataCategory.SKILLS, to_write=True)
        given = assign_lesson(chart=chart, slug=sent.lesson, until=sent.until, now=timezone.now())
        return json_response(LessonOut.of(given, ENGLISH), status=201)


class OneLessonOfPatient(APIView):
    """One lesson that is given to a patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="end_lesson_assignment", responses={204: None})
    def delete(self, request: SignedIn, patient_id: UUID, lesson: str) -> HttpResponse:
        """End that it is given; it stays on record, and so does the reading."""
        chart = open_patient_chart(request, patient_id, what=DataCategory.SKILLS, to_write=True)
        end_lesson_assignment(chart=chart, slug=lesson, now=timezone.now())
        return HttpResponse(status=204)


def _own_chart(request: SignedIn, now: datetime) -> Chart | None:
    """Open a patient's own chart; staff are shown the catalogue alone."""
    if request.user.role != User.Role.PATIENT:
        return None
    return open_own_chart(viewer=request.user, what=DataCategory.SKILLS, now=now)


def _language(chart: Chart | None) -> str:
    return ENGLISH if chart is None else chart.language


def _lessons_response(lessons: Iterable[PatientLesson], language: str) -> HttpResponse:
    return json_response(LessonsOut([LessonOut.of(one, language) for one in lessons]))
