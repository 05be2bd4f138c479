"""Skills given as homework."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from backend.kit.errors import InvalidInput
from care.access import Chart, DataClass
from care.models import User
from care.queries.names import name_of
from care.queries.patients import today_of
from journaling import actions, catalogue, queries, wording
from journaling.catalogue import Skill
from notifications import actions as reminding
from web import parsing
from web.forms import AssignForm
from web.gate import clinicians
from web.patient import chart_of
from web.showing import ask, go, posted, show, tell
from web.templatetags.text import bdi, isolate


@clinicians
@require_http_methods(["GET", "POST"])
def assign(request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID) -> HttpResponse:
    """Show a patient's homework, and give a skill to practise."""
    is_sent = request.method == "POST"
    chart = chart_of(viewer, patient_id, DataClass.SKILLS, now, to_write=is_sent)
    skills = queries.skills_of_clinic(clinic_id=viewer.clinic_id)
    today = today_of(chart=chart, now=now)
    sought = request.GET.get("q", "").strip()[:60]
    # What is sought narrows the list that is shown, never what may be sent.
    form = AssignForm(posted(request), modules=_modules(skills, "" if is_sent else sought))
    if is_sent and form.is_valid():
        try:
            assignment_id = actions.assign_skill(
                chart=chart, skills=skills, today=today, now=now, **form.cleaned_data
            )
        except InvalidInput as refusal:
            tell(form, refusal)
        except actions.AlreadyAssigned:
            form.add_error("skill", "This skill is assigned already.")
        else:
            reminding.homework_changed(chart=chart, assignment_id=assignment_id, now=now)
            return go("assign", said="assigned", patient_id=patient_id)
    return show(
        request, "web/assign.html", viewer=viewer, here="caseload", patient_id=patient_id,
        status=400 if form.errors else 200, form=form, name=name_of(chart=chart),
        homework=queries.assignments_of(chart=chart, skills=skills, today=today),
        sought=sought, found=sum(catalogue.is_found(skill, text=sought, module=None)
                                 for skill in skills.values()),
    )  # fmt: skip


@clinicians
@require_http_methods(["GET", "POST"])
def end(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, assignment_id: UUID
) -> HttpResponse:
    """End an assignment, once it was asked whether that is meant; what was practised stays."""
    is_sent = request.method == "POST"
    chart = chart_of(viewer, patient_id, DataClass.SKILLS, now, to_write=is_sent)
    if not is_sent:
        return _ask_ending(request, viewer, chart, assignment_id, now)
    try:
        actions.end_assignment(
            chart=chart, assignment_id=assignment_id, now=now,
            rev=parsing.rev(request.POST.get("rev", "")),
        )  # fmt: skip
    except actions.AssignmentChanged:
        return go("assign", patient_id=patient_id)
    reminding.homework_changed(chart=chart, assignment_id=assignment_id, now=now)
    return go("assign", said="unassigned", patient_id=patient_id)


def _ask_ending(
    request: HttpRequest, viewer: User, chart: Chart, assignment_id: UUID, now: datetime
) -> HttpResponse:
    skills = queries.skills_of_clinic(clinic_id=viewer.clinic_id)
    today = today_of(chart=chart, now=now)
    given = queries.assignments_of(chart=chart, skills=skills, today=today)
    one = next((one for one in given if one.id == assignment_id), None)
    if one is None:
        raise Http404
    return ask(
        request, viewer=viewer, button="Yes, end it now", fields={"rev": one.rev},
        back=reverse("web:assign", kwargs={"patient_id": chart.patient_id}),
        question=format_html("End the homework “{}” of {}?", bdi(one.name),
                             bdi(name_of(chart=chart))),
        detail="Its reminders end as well. What was practised stays on record.",
    )  # fmt: skip


def _modules(skills: Mapping[str, Skill], sought: str) -> dict[str, list[tuple[str, str]]]:
    """List the skills by module, each with the other names that it is known by."""
    modules: dict[str, list[tuple[str, str]]] = {}
    for skill in skills.values():
        if catalogue.is_found(skill, text=sought, module=None):
            is_other = skill.also_known_as.casefold() not in {"", skill.name.casefold()}
            also = f" ({skill.also_known_as})" if is_other else ""
            name = wording.spoken(skill.module).capitalize()
            modules.setdefault(name, []).append((skill.slug, isolate(f"{skill.name}{also}")))
    return modules
