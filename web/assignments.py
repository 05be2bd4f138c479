"""Skill assignments (homework) of a patient."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST

from backend.kit.errors import InvalidInput
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import User
from care.people.patients import patient_name
from journaling import formatting
from journaling.skills import catalogue
from journaling.skills.assign import (
    AlreadyAssigned,
    AlreadyClosed,
    AssignmentChanged,
    end_assignment,
)
from journaling.skills.catalogue import Skill
from journaling.skills.patient_skills import (
    assign_skill,
    assignments_with_offer,
    close_assignment,
    list_assignments,
)
from web.access import clinician_page
from web.error_pages import error_page
from web.form_fields import DayField, DayInput, PageForm, rev_or_zero, uuid_or_none
from web.rendering import (
    add_form_errors,
    is_partial,
    posted_data,
    redirect_to,
    render_confirmation,
    render_page,
)
from web.templatetags.bidi import bdi, isolate

#: How homework ends, in words.
OUTCOME_TEXTS = {
    "discussed": "discussed",
    "kept": "kept up",
    "changed": "changed",
    "dropped": "dropped",
}


class AssignmentForm(PageForm):
    """A skill to practise as homework."""

    skill = forms.ChoiceField(label="Skill")
    per_week = forms.IntegerField(label="Times a week", initial=3, min_value=1, max_value=21)
    until = DayField(
        label="Until", required=False, widget=DayInput(), help_text="Leave it empty to go on."
    )
    note = forms.CharField(
        label="Note", required=False, max_length=280, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The patient reads it beside the skill.",
    )  # fmt: skip

    def __init__(
        self, *args: Any, modules: Mapping[str, Iterable[tuple[str, str]]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["skill"]
        field.choices = [
            ("", "Choose a skill"),
            *((name, list(of)) for name, of in modules.items()),
        ]


@clinician_page
@require_http_methods(["GET", "POST"])
def assign_skill_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show a patient's assignments, and assign a skill."""
    is_sent = request.method == "POST"
    chart = open_chart(
        viewer=viewer, patient_id=patient_id, what=DataCategory.SKILLS, now=now, to_write=is_sent
    )
    read = assignments_with_offer(chart=chart, now=now)
    skills = read.offered
    sought = request.GET.get("q", "").strip()[:60]
    # The search narrows the list that is shown, not what may be sent.
    form = AssignmentForm(
        posted_data(request), modules=skills_by_module(skills, "" if is_sent else sought)
    )
    if is_sent and form.is_valid():
        try:
            assign_skill(chart=chart, now=now, **form.cleaned_data)
        except InvalidInput as refusal:
            add_form_errors(form, refusal)
        except AlreadyAssigned:
            form.add_error("skill", "This skill is assigned already.")
        else:
            return redirect_to("assign", said="assigned", patient_id=patient_id)
    return render_page(
        request, "web/assign.html", viewer=viewer, here="caseload", patient_id=patient_id,
        status=400 if form.errors else 200, form=form, homework=read.assignments,
        name=patient_name(patient_id=patient_id), sought=sought,
        found=sum(
            catalogue.is_search_match(skill, text=sought, module=None) for skill in skills.values()
        ),
    )  # fmt: skip


@clinician_page
@require_http_methods(["GET", "POST"])
def end_assignment_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, assignment_id: UUID
) -> HttpResponse:
    """End an assignment, after a confirmation; its progress stays."""
    is_sent = request.method == "POST"
    chart = open_chart(
        viewer=viewer, patient_id=patient_id, what=DataCategory.SKILLS, now=now, to_write=is_sent
    )
    if not is_sent:
        return _confirm_ending(request, viewer, chart, assignment_id, now)
    try:
        end_assignment(
            chart=chart, assignment_id=assignment_id, now=now,
            rev=rev_or_zero(request.POST.get("rev", "")),
        )  # fmt: skip
    except AssignmentChanged:
        return redirect_to("assign", patient_id=patient_id)
    return redirect_to("assign", said="unassigned", patient_id=patient_id)


def _confirm_ending(
    request: HttpRequest, viewer: User, chart: Chart, assignment_id: UUID, now: datetime
) -> HttpResponse:
    given = list_assignments(chart=chart, now=now)
    assignment = next((assignment for assignment in given if assignment.id == assignment_id), None)
    if assignment is None:
        raise Http404
    name = patient_name(patient_id=chart.patient_id)
    return render_confirmation(
        request, viewer=viewer, button="Yes, end it now", fields={"rev": assignment.rev},
        back=reverse("web:assign", kwargs={"patient_id": chart.patient_id}),
        question=format_html("End the homework “{}” of {}?", bdi(assignment.name),
                             bdi(name)),
        detail="Its reminders end as well. What was practised stays on record.",
    )  # fmt: skip


@clinician_page
@require_POST
def close_assignment_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, assignment_id: UUID
) -> HttpResponse:
    """Close homework from a brief, in one tap; beside the answer it can be assigned again."""
    chart = open_chart(
        viewer=viewer, patient_id=patient_id, what=DataCategory.SKILLS, now=now, to_write=True
    )
    outcome = request.POST.get("outcome", "")
    if outcome not in OUTCOME_TEXTS:
        return error_page(request, 400, title="This form is out of date.")
    try:
        closed = close_assignment(
            chart=chart, assignment_id=assignment_id, outcome=outcome, note="", now=now
        )
    except AlreadyClosed:
        return redirect_to("assign", said="closed_before", patient_id=patient_id)
    if is_partial(request):
        return render_page(
            request, "web/closed_homework.html", viewer=viewer, patient_id=patient_id,
            name=closed.name, outcome=OUTCOME_TEXTS[outcome],
        )  # fmt: skip
    back = request.POST.get("session", "")
    if session_id := uuid_or_none(back):
        return redirect_to("session", said="closed", session_id=session_id)
    return redirect_to("patient_brief", said="closed", patient_id=patient_id)


def skills_by_module(
    skills: Mapping[str, Skill], sought: str = ""
) -> dict[str, list[tuple[str, str]]]:
    """List the skills that match by module, each with the other names that it is known by."""
    modules: dict[str, list[tuple[str, str]]] = {}
    for skill in skills.values():
        if catalogue.is_search_match(skill, text=sought, module=None):
            is_other = skill.also_known_as.casefold() not in {"", skill.name.casefold()}
            also = f" ({skill.also_known_as})" if is_other else ""
            name = formatting.humanize(skill.module).capitalize()
            modules.setdefault(name, []).append((skill.slug, isolate(f"{skill.name}{also}")))
    return modules
