"""Skills given as homework."""

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from backend.kit.errors import InvalidInput
from care.access import DataClass
from care.models import User
from care.queries.names import name_of
from care.queries.patients import today_of
from journaling import actions, queries, wording
from notifications import actions as reminding
from web import parsing
from web.forms import AssignForm
from web.gate import clinicians
from web.patient import chart_of
from web.showing import go, posted, show, tell


@clinicians
@require_http_methods(["GET", "POST"])
def assign(request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID) -> HttpResponse:
    """Show a patient's homework, and give a skill to practise."""
    is_sent = request.method == "POST"
    chart = chart_of(viewer, patient_id, DataClass.SKILLS, now, to_write=is_sent)
    skills = queries.skills_of_clinic(clinic_id=viewer.clinic_id)
    today = today_of(chart=chart, now=now)
    modules: dict[str, list[tuple[str, str]]] = {}
    for skill in skills.values():
        name = wording.spoken(skill.module).capitalize()
        modules.setdefault(name, []).append((skill.slug, skill.name))
    form = AssignForm(posted(request), modules=modules)
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
    )  # fmt: skip


@clinicians
@require_POST
def end(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, assignment_id: UUID
) -> HttpResponse:
    """End an assignment; what was practised stays."""
    chart = chart_of(viewer, patient_id, DataClass.SKILLS, now, to_write=True)
    try:
        actions.end_assignment(
            chart=chart, assignment_id=assignment_id, now=now,
            rev=parsing.rev(request.POST.get("rev", "")),
        )  # fmt: skip
    except queries.NoSuchAssignment:
        raise Http404 from None
    except actions.AssignmentChanged:
        return go("assign", patient_id=patient_id)
    reminding.homework_changed(chart=chart, assignment_id=assignment_id, now=now)
    return go("assign", said="unassigned", patient_id=patient_id)
