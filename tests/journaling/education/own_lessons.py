"""Lessons of a clinic's own, for tests."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from care.models import User
from journaling.education.clinic_lessons import (
    ClinicLessonDetails,
    ClinicLessonVersion,
    LessonWords,
    write_clinic_lesson,
)
from journaling.education.lessons import LessonSource
from tests.journaling.education.given_lessons import NOW

OWN = "own-group-rules"
ENGLISH_WORDS = LessonWords(
    "How our groups run", ("Everybody comes on time.", "What is said here stays here."),
    "What stays here?", ("What is said", "The coats", "The cups"), "So that all can speak.",
)  # fmt: skip
SPANISH_WORDS = LessonWords(
    "Cómo son nuestros grupos", ("Todos llegan a tiempo.", "Lo que se dice aquí queda aquí."),
    "¿Qué queda aquí?", ("Lo que se dice", "Los abrigos", "Las tazas"), "Para que todos hablen.",
)  # fmt: skip
DETAILS = ClinicLessonDetails(
    topic="mental_health", minutes=3, right=0, en=ENGLISH_WORDS,
    sources=(LessonSource("House rules", "Harbor Clinic", 2026),),
)  # fmt: skip


def own_lesson(
    admin: User, slug: str = OWN, *, rev: int = 0, at: datetime = NOW, **changes: Any
) -> ClinicLessonVersion:
    """Let a clinic write a lesson of its own, or the next version of one."""
    details = replace(DETAILS, **changes)
    return write_clinic_lesson(admin=admin, slug=slug, rev=rev, details=details, now=at)
