"""Lessons of a patient: what they read and recalled, and giving one to read."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from backend.kit.errors import InvalidInput
from backend.kit.timezones import local_day
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import User
from care.people.patients import patient_name
from journaling import formatting
from journaling.education.assign import (
    LessonAlreadyAssigned,
    NoSuchLessonAssignment,
    assign_lesson,
    end_lesson_assignment,
)
from journaling.education.read import PatientLesson, lesson_of, lessons_of
from web.access import clinician_page
from web.form_fields import DayField, DayInput, PageForm
from web.rendering import (
    add_form_errors,
    clinic_zone,
    posted_data,
    redirect_to,
    render_confirmation,
    render_page,
)
from web.templatetags.bidi import bdi

RECALL_TEXTS = {True: "recalled", False: "not recalled", None: "question not answered"}


class LessonForm(PageForm):
    """A lesson to read."""

    lesson = forms.ChoiceField(label="Lesson")
    until = DayField(
        label="Until", required=False, widget=DayInput(), help_text="Leave it empty to go on."
    )

    def __init__(self, *args: Any, lessons: list[PatientLesson], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by_topic: dict[str, list[tuple[str, str]]] = {}
        for one in lessons:
            if one.is_withdrawn:
                continue
            topic = formatting.humanize(one.lesson.topic).capitalize()
            by_topic.setdefault(topic, []).append((one.lesson.slug, one.lesson.title.en))
        field: Any = self.fields["lesson"]
        field.choices = [("", "Choose a lesson"), *by_topic.items()]


@clinician_page
@require_http_methods(["GET", "POST"])
def lessons_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show which lessons a patient was given and read, and give another."""
    is_sent = request.method == "POST"
    chart = open_chart(
        viewer=viewer, patient_id=patient_id, what=DataCategory.SKILLS, now=now, to_write=is_sent
    )
    lessons = lessons_of(chart=chart, now=now)
    form = LessonForm(posted_data(request), lessons=lessons)
    if is_sent and form.is_valid():
        sent = form.cleaned_data
        try:
            assign_lesson(chart=chart, slug=sent["lesson"], until=sent["until"], now=now)
        except InvalidInput as refusal:
            add_form_errors(form, refusal)
        except LessonAlreadyAssigned:
            form.add_error("lesson", "This lesson is given already.")
        else:
            return redirect_to("lessons", said="lesson", patient_id=patient_id)
    return render_page(
        request, "web/lessons.html", viewer=viewer, here="caseload", form=form,
        status=400 if form.errors else 200, patient_id=patient_id,
        name=patient_name(patient_id=patient_id),
        given=[(one, _reading_text(one, viewer)) for one in lessons if one.is_assigned],
        others=[
            (one, _reading_text(one, viewer))
            for one in lessons
            if one.reading and not one.is_assigned
        ],
    )  # fmt: skip


@clinician_page
@require_http_methods(["GET", "POST"])
def end_lesson_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, lesson: str
) -> HttpResponse:
    """End after a confirmation that a lesson is given; the reading stays."""
    is_sent = request.method == "POST"
    chart = open_chart(
        viewer=viewer, patient_id=patient_id, what=DataCategory.SKILLS, now=now, to_write=is_sent
    )
    if not is_sent:
        shown = lesson_of(chart=chart, slug=lesson, now=now).lesson
        return render_confirmation(
            request, viewer=viewer, button="Yes, end it now",
            back=reverse("web:lessons", kwargs={"patient_id": patient_id}),
            question=format_html(
                "End the lesson “{}” of {}?", shown.title.en,
                bdi(patient_name(patient_id=patient_id)),
            ),
            detail="What was read and answered stays on record.",
        )  # fmt: skip
    try:
        end_lesson_assignment(chart=chart, slug=lesson, now=now)
    except NoSuchLessonAssignment:
        return redirect_to("lessons", patient_id=patient_id)
    return redirect_to("lessons", said="lesson_ended", patient_id=patient_id)


def _reading_text(one: PatientLesson, viewer: User) -> str:
    """Return when a lesson was read and whether its question was answered rightly."""
    reading = one.reading
    if reading is None:
        return "Not read yet"
    day = formatting.format_day(local_day(reading.read_at, clinic_zone(viewer)))
    return f"Read on {day}, {RECALL_TEXTS[reading.is_recalled]}"
