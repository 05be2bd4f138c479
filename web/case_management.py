"""Case management of a patient: needs, the tasks of both sides, and the plan for aftercare."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from backend.kit.errors import InvalidInput
from backend.kit.timezones import local_day
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import User
from care.people.patients import patient_name
from care.programme.aftercare_plan import (
    MAX_LINE_LENGTH,
    MOST_LINES,
    PARTS,
    AftercarePlanChanged,
    AftercarePlanView,
    aftercare_plan_of,
    write_aftercare_plan,
)
from care.programme.case_management import (
    MAX_TEXT_LENGTH,
    NEED_KINDS,
    CaseView,
    NeedView,
    TaskView,
    add_task,
    case_of,
    finish_task,
    note_need,
)
from journaling import formatting
from web.access import clinician_page
from web.form_fields import (
    DayField,
    DayInput,
    LinesField,
    PageForm,
    RevField,
    person_choices,
    uuid_or_none,
    with_empty_choice,
)
from web.rendering import add_form_errors, clinic_zone, posted_data, redirect_to, render_page
from web.templatetags.bidi import isolate

AFTERCARE_CHANGED_NOTE = (
    "It was changed meanwhile. It stands below as it is now; yours was not stored."
)


@dataclass(frozen=True, slots=True)
class ShownNeed:
    """One need, with who noted it and when, by the clinic's calendar."""

    kind: str
    code: str
    text: str
    noted_by: str
    noted_on: date
    met_on: date | None


@dataclass(frozen=True, slots=True)
class ShownTask:
    """One task, with whose it is and who did what when; ``owner`` is empty for the patient's."""

    id: UUID
    text: str
    owner: str
    due_on: date | None
    is_late: bool
    need: str
    made_by: str
    made_on: date
    done_by: str
    done_on: date | None


class NeedForm(PageForm):
    """Something that is needed beside treatment, or that it is met."""

    kind = forms.ChoiceField(
        label="Kind",
        choices=with_empty_choice((code, formatting.humanize(code).capitalize())
                                  for code in NEED_KINDS),
    )  # fmt: skip
    text = forms.CharField(
        label="What is needed", max_length=MAX_TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    met = forms.BooleanField(required=False, widget=forms.HiddenInput)


class TaskForm(PageForm):
    """What is to be done, by whom and until when."""

    text = forms.CharField(
        label="What is to be done", max_length=MAX_TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    owner = forms.ChoiceField(label="Who does it")
    due_on = DayField(label="Due", required=False, widget=DayInput())
    need = forms.ChoiceField(label="For which need", required=False)

    def __init__(
        self, *args: Any, case: CaseView, patient: str, viewer: User, now: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        team = {member.clinician_id: member.name for member in case.team}
        owner: Any = self.fields["owner"]
        owner.choices = with_empty_choice(
            [("patient", isolate(patient)), *person_choices(team.items(), viewer=viewer, now=now)]
        )
        need: Any = self.fields["need"]
        needs = [one for one in case.needs if one.met_at is None]
        titles = [(str(one.id), isolate(_need_title(one))) for one in needs]
        need.choices = [("", "No need"), *titles]


class AftercareForm(PageForm):
    """The plan for the time after treatment, a line for each thing."""

    rev = RevField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in PARTS:
            self.fields[name] = LinesField(
                label=formatting.humanize(name).capitalize(), required=False, most=MOST_LINES,
                longest=MAX_LINE_LENGTH, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
                help_text="One on each line." if name == PARTS[0] else "",
            )  # fmt: skip


@clinician_page
@require_http_methods(["GET", "POST"])
def tasks_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show a patient's needs and the tasks about them, and write down another task."""
    is_sent = request.method == "POST"
    chart = _open(viewer, patient_id, now, to_write=is_sent)
    name = patient_name(patient_id=patient_id)
    case = case_of(chart=chart, now=now)
    form = TaskForm(posted_data(request), case=case, patient=name, viewer=viewer, now=now)
    if is_sent and form.is_valid():
        sent = form.cleaned_data
        try:
            add_task(
                chart=chart, text=sent["text"], due_on=sent["due_on"], now=now,
                owner_id=uuid_or_none(sent["owner"]), need_id=uuid_or_none(sent["need"]),
            )  # fmt: skip
        except InvalidInput as refusal:
            add_form_errors(form, refusal)
        else:
            return redirect_to("tasks", said="task", patient_id=patient_id)
    return _case_page(
        request, "web/tasks.html", viewer=viewer, chart=chart, case=case, form=form, now=now
    )


@clinician_page
@require_POST
def finish_task_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, task_id: UUID
) -> HttpResponse:
    """Mark one task as done; again changes nothing."""
    chart = _open(viewer, patient_id, now, to_write=True)
    finish_task(chart=chart, task_id=task_id, now=now)
    return redirect_to("tasks", said="task_done", patient_id=patient_id)


@clinician_page
@require_http_methods(["GET", "POST"])
def needs_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show what a patient needs beside treatment; note another, or that one is met."""
    is_sent = request.method == "POST"
    chart = _open(viewer, patient_id, now, to_write=is_sent)
    form = NeedForm(posted_data(request))
    if is_sent and form.is_valid():
        sent = form.cleaned_data
        try:
            note_need(
                chart=chart, kind=sent["kind"], text=sent["text"], is_met=sent["met"], now=now
            )
        except InvalidInput as refusal:
            add_form_errors(form, refusal)
        else:
            said = "need_met" if sent["met"] else "need"
            return redirect_to("needs", said=said, patient_id=patient_id)
    case = case_of(chart=chart, now=now)
    return _case_page(
        request, "web/needs.html", viewer=viewer, chart=chart, case=case, form=form, now=now
    )


@clinician_page
@require_http_methods(["GET", "POST"])
def aftercare_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show the plan for the time after treatment, and write its next version."""
    is_sent, problem = request.method == "POST", ""
    chart = _open(viewer, patient_id, now, to_write=is_sent)
    form = AftercareForm(posted_data(request))
    if is_sent and form.is_valid():
        parts = {name: form.cleaned_data[name] for name in PARTS}
        try:
            write_aftercare_plan(chart=chart, parts=parts, rev=form.cleaned_data["rev"], now=now)
        except AftercarePlanChanged:
            problem = AFTERCARE_CHANGED_NOTE
        else:
            return redirect_to("aftercare", said="aftercare", patient_id=patient_id)
    plan = aftercare_plan_of(chart=chart)
    if problem or not form.is_bound:
        form = AftercareForm(initial={"rev": plan.rev, **plan.parts})
    return render_page(
        request, "web/aftercare.html", viewer=viewer, here="caseload", form=form, plan=plan,
        status=409 if problem else 400 if form.errors else 200, problem=problem,
        name=patient_name(patient_id=patient_id), patient_id=patient_id,
        parts=_shown_parts(plan), written_on=_day(plan.at, viewer),
    )  # fmt: skip


def _open(viewer: User, patient_id: UUID, now: datetime, *, to_write: bool) -> Chart:
    what = DataCategory.PROGRAMME
    return open_chart(viewer=viewer, patient_id=patient_id, what=what, now=now, to_write=to_write)


def _case_page(
    request: HttpRequest, template: str, *, viewer: User, chart: Chart, case: CaseView,
    form: PageForm, now: datetime,
) -> HttpResponse:  # fmt: skip
    tasks = [_shown_task(one, case, viewer, now) for one in case.tasks]
    needs = [_shown_need(one, case.names, viewer) for one in case.needs]
    return render_page(
        request, template, viewer=viewer, here="caseload", form=form,
        status=400 if form.errors else 200, patient_id=chart.patient_id,
        name=patient_name(patient_id=chart.patient_id),
        open_tasks=[one for one in tasks if one.done_on is None],
        done_tasks=[one for one in tasks if one.done_on is not None],
        open_needs=[one for one in needs if one.met_on is None],
        met_needs=[one for one in needs if one.met_on is not None],
    )  # fmt: skip


def _shown_task(task: TaskView, case: CaseView, viewer: User, now: datetime) -> ShownTask:
    names = case.names
    today = local_day(now, clinic_zone(viewer))
    need = next((one for one in case.needs if one.id == task.need_id), None)
    return ShownTask(
        id=task.id, text=task.text, due_on=task.due_on,
        owner="" if task.owner_id is None else _name(names, task.owner_id),
        is_late=task.done_at is None and task.due_on is not None and task.due_on < today,
        need="" if need is None else _need_title(need),
        made_by=_name(names, task.made_by), made_on=local_day(task.made_at, clinic_zone(viewer)),
        done_by="" if task.done_by is None else _name(names, task.done_by),
        done_on=_day(task.done_at, viewer),
    )  # fmt: skip


def _shown_need(need: NeedView, names: Mapping[UUID, str], viewer: User) -> ShownNeed:
    return ShownNeed(
        kind=formatting.humanize(need.kind).capitalize(), code=need.kind, text=need.text,
        noted_by=_name(names, need.noted_by),
        noted_on=local_day(need.noted_at, clinic_zone(viewer)),
        met_on=_day(need.met_at, viewer),
    )  # fmt: skip


def _shown_parts(plan: AftercarePlanView) -> list[tuple[str, Any]]:
    """Return what was written, with its title; a part that is empty is left out."""
    return [
        (formatting.humanize(name).capitalize(), plan.parts[name])
        for name in PARTS
        if plan.parts[name]
    ]


def _need_title(need: NeedView) -> str:
    return f"{formatting.humanize(need.kind).capitalize()}: {need.text}"


def _name(names: Mapping[UUID, str], person: UUID) -> str:
    return names.get(person, "somebody whose account is gone")


def _day(at: datetime | None, viewer: User) -> date | None:
    return None if at is None else local_day(at, clinic_zone(viewer))
