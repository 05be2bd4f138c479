"""The lessons of a clinic's own, as its administrators write them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Self

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.errors import NotFound
from api.http.fields import ListOf, OneOf, WholeNumber, YesNo
from api.http.inputs import Input, if_match_rev, validated_body
from api.http.permissions import Closed, IsAdmin
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.text_fields import OneLine, Text
from api.skills.lessons import LessonSourceOut
from journaling.education.clinic_lessons import (
    MOST_MINUTES,
    MOST_PARAGRAPHS,
    MOST_SOURCES,
    ClinicLessonDetails,
    ClinicLessonVersion,
    LessonWords,
    clinic_lesson_history,
    clinic_lessons,
    write_clinic_lesson,
)
from journaling.education.lessons import ANSWERS, TOPICS, LessonSource


class LessonSourceIn(Input):
    """A publication that the lesson keeps to."""

    title: Annotated[str, OneLine(200)]
    publisher: Annotated[str, OneLine(120)]
    year: Annotated[int, WholeNumber(1950, 2099)]


class LessonWordsIn(Input):
    """The lesson in one language; ``why`` says why the right answer is right."""

    title: Annotated[str, OneLine(120)]
    paragraphs: Annotated[list[Annotated[str, Text(2_000)]], ListOf(MOST_PARAGRAPHS)]
    question: Annotated[str, OneLine(300)]
    answers: Annotated[
        list[Annotated[str, OneLine(200)]],
        ListOf(ANSWERS),
        Field(description="Three that differ; a change keeps their meaning and their order."),
    ]
    why: Annotated[str, OneLine(500)]

    def words(self) -> LessonWords:
        """Return what shall be read."""
        return LessonWords(
            self.title, tuple(self.paragraphs), self.question, tuple(self.answers), self.why
        )


class ClinicLessonIn(Input):
    """A whole lesson, in one language at least: what is said in one alone stands for both."""

    topic: Annotated[str, OneOf(TOPICS)]
    minutes: Annotated[int, WholeNumber(1, MOST_MINUTES)]
    right: Annotated[
        int,
        WholeNumber(0, ANSWERS - 1),
        Field(description="The place of the right answer, from 0. It can't be changed later."),
    ]
    sources: Annotated[list[LessonSourceIn], ListOf(MOST_SOURCES)]
    en: LessonWordsIn | None = None
    es: LessonWordsIn | None = None
    withdrawn: YesNo = False

    def details(self) -> ClinicLessonDetails:
        """Return what shall stand."""
        return ClinicLessonDetails(
            topic=self.topic, minutes=self.minutes, right=self.right,
            sources=tuple(LessonSource(**one.model_dump()) for one in self.sources),
            en=self.en.words() if self.en else None, es=self.es.words() if self.es else None,
            is_withdrawn=self.withdrawn,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClinicLessonWordsOut:
    """The lesson in one language."""

    title: str
    paragraphs: Sequence[str]
    question: str
    answers: Sequence[str]
    why: str

    @classmethod
    def of(cls, words: LessonWords | None) -> Self | None:
        """Show them, or that there are none."""
        if words is None:
            return None
        return cls(words.title, words.paragraphs, words.question, words.answers, words.why)


@dataclass(frozen=True, slots=True)
class ClinicLessonOut:
    """One version of a lesson, and who wrote it; ``version`` counts changes of its words alone."""

    slug: str
    topic: Annotated[str, OneOf(TOPICS)]
    minutes: int
    version: int
    right: int
    sources: Sequence[LessonSourceOut]
    en: ClinicLessonWordsOut | None
    es: ClinicLessonWordsOut | None
    withdrawn: bool
    rev: int
    updated_at: datetime
    updated_by: str

    @classmethod
    def of(cls, one: ClinicLessonVersion) -> Self:
        """Show a version."""
        details = one.details
        return cls(
            one.slug, details.topic, details.minutes, one.version, details.right,
            list(map(LessonSourceOut.of, details.sources)),
            ClinicLessonWordsOut.of(details.en), ClinicLessonWordsOut.of(details.es),
            details.is_withdrawn, one.rev, one.at, one.written_by,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClinicLessonsOut(Page):
    """Each lesson as it stands, by slug; or every version of one, the newest first."""

    results: Sequence[ClinicLessonOut]

    @classmethod
    def of(cls, versions: Sequence[ClinicLessonVersion]) -> Self:
        """Show them."""
        return cls(list(map(ClinicLessonOut.of, versions)))


class ClinicLessons(APIView):
    """The lessons of the clinic's own."""

    permission_classes = [IsAdmin]

    @extend_schema(operation_id="list_clinic_lessons", responses=ClinicLessonsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List each as it stands, also withdrawn ones."""
        return json_response(ClinicLessonsOut.of(clinic_lessons(clinic_id=request.user.clinic_id)))


class OneClinicLesson(APIView):
    """One lesson of the clinic's own."""

    permission_classes = [Closed]

    def get_permissions(self) -> list[Any]:
        """Return the permission: administrators alone, who write and read the history."""
        return [IsAdmin()]

    @extend_schema(operation_id="list_clinic_lesson_history", responses=ClinicLessonsOut)
    def get(self, request: SignedIn, lesson: str) -> HttpResponse:
        """List every version, the newest first."""
        versions = clinic_lesson_history(clinic_id=request.user.clinic_id, slug=lesson)
        if not versions:
            raise NotFound
        return json_response(ClinicLessonsOut.of(versions))

    @extend_schema(
        operation_id="write_clinic_lesson", request=ClinicLessonIn, responses=ClinicLessonOut
    )
    def put(self, request: SignedIn, lesson: str) -> HttpResponse:
        """Add it, or replace it as a whole. Needs ``If-Match``, "0" before the first version.

        Its slug begins with ``own-``. Withdrawn, it is shown to no patient and given to nobody.
        """
        sent, rev = validated_body(ClinicLessonIn, request), if_match_rev(request)
        version = write_clinic_lesson(
            admin=request.user, slug=lesson, rev=rev, details=sent.details(), now=timezone.now()
        )
        return json_response(ClinicLessonOut.of(version), rev=version.rev)
