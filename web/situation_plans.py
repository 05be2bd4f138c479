"""Situation plans of a patient: looked at together, agreed, changed and taken away in a session."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from backend.kit.errors import InvalidInput
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import User
from care.people.patients import patient_name
from journaling.skills.agreed_plans import (
    PlansInSession,
    ShownPlan,
    agree_plan,
    change_agreed_plan,
    plans_in_session,
    remove_agreed_plan,
)
from journaling.skills.catalogue import Skill
from journaling.skills.situation_plans import (
    MAX_PLAN_WORDS_LENGTH,
    MAX_SITUATION_LENGTH,
    MOST_PLANS,
    SituationPlansChanged,
    WantedPlan,
)
from web.access import clinician_page
from web.assignments import skills_by_module
from web.form_fields import LineField, PageForm, RevField, rev_or_zero
from web.rendering import (
    add_form_errors,
    posted_data,
    redirect_to,
    render_confirmation,
    render_page,
)
from web.templatetags.bidi import bdi

LIST_CHANGED_NOTE = (
    "The list was changed meanwhile, by the patient or a colleague. It stands here as it is now; "
    "what you wrote below is not stored yet."
)


class SituationPlanForm(PageForm):
    """One plan as it was agreed."""

    situation = LineField(
        label="When this happens", max_length=MAX_SITUATION_LENGTH,
        help_text="In the patient’s words: “walking past the bar on Fifth”.",
    )  # fmt: skip
    skill = forms.ChoiceField(label="They do this")
    words = forms.CharField(
        label="How, in the patient’s words", required=False, max_length=MAX_PLAN_WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}), help_text="The phone shows it in large letters.",
    )  # fmt: skip
    rev = RevField(required=False)

    def __init__(
        self, *args: Any, skills: Mapping[str, Skill], kept: ShownPlan | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["skill"]
        field.choices = [("", "Choose a skill"), *skills_by_module(skills).items()]
        if kept is not None and kept.plan.skill not in skills:
            # The clinic withdrew it since; a plan that stands may keep it.
            field.choices = [*field.choices, (kept.plan.skill, kept.skill_name)]

    def clean_words(self) -> str | None:
        """Return the words with ``\\n`` as line ends, or None."""
        return str(self.cleaned_data["words"]).replace("\r\n", "\n").strip() or None

    def wanted(self, viewer: User, plan_id: UUID | None = None) -> WantedPlan:
        """Return the plan as it shall stand, agreed with the viewer."""
        sent = self.cleaned_data
        return WantedPlan(sent["situation"], sent["skill"], sent["words"], viewer.pk, plan_id)


@clinician_page
@require_http_methods(["GET", "POST"])
def situation_plans_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show a patient's plans with their use, and add one that was agreed."""
    is_sent = request.method == "POST"
    chart = _open(viewer, patient_id, now, to_write=is_sent)
    read = plans_in_session(chart=chart, now=now)
    form = SituationPlanForm(posted_data(request), skills=read.offered)
    if is_sent and form.is_valid():
        try:
            agree_plan(chart=chart, wanted=form.wanted(viewer), now=now)
        except InvalidInput as refusal:
            _add_errors(form, refusal)
        else:
            return redirect_to("situations", said="situation_agreed", patient_id=patient_id)
    return _page(request, viewer, chart, read, form)


@clinician_page
@require_http_methods(["GET", "POST"])
def change_plan_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, plan_id: UUID
) -> HttpResponse:
    """Change a plan that staff wrote; one in the patient's words is only shown."""
    is_sent, problem = request.method == "POST", ""
    chart = _open(viewer, patient_id, now, to_write=is_sent)
    read = plans_in_session(chart=chart, now=now)
    kept = _own_of_staff(read, plan_id)
    form = SituationPlanForm(posted_data(request), skills=read.offered, kept=kept)
    if is_sent and form.is_valid():
        sent = form.cleaned_data
        try:
            change_agreed_plan(
                chart=chart, plan_id=plan_id, rev=sent["rev"] or 0,
                wanted=form.wanted(viewer, plan_id), now=now,
            )  # fmt: skip
        except InvalidInput as refusal:
            _add_errors(form, refusal)
        except SituationPlansChanged:
            problem = LIST_CHANGED_NOTE
            form = SituationPlanForm(
                initial={**sent, "rev": read.rev}, skills=read.offered, kept=kept
            )
        else:
            return redirect_to("situations", said="situation_changed", patient_id=patient_id)
    elif not form.is_bound:
        plan = kept.plan
        as_it_stands = {"situation": plan.situation, "skill": plan.skill, "words": plan.words or ""}
        form = SituationPlanForm(
            initial=as_it_stands | {"rev": read.rev}, skills=read.offered, kept=kept
        )
    return _page(request, viewer, chart, read, form, kept=kept, problem=problem)


@clinician_page
@require_http_methods(["GET", "POST"])
def remove_plan_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, plan_id: UUID
) -> HttpResponse:
    """Take a plan that staff wrote off the list, after a confirmation; its history keeps it."""
    is_sent = request.method == "POST"
    chart = _open(viewer, patient_id, now, to_write=is_sent)
    read = plans_in_session(chart=chart, now=now)
    kept = _own_of_staff(read, plan_id)
    if not is_sent:
        return _confirm_removing(request, viewer, chart, read, kept)
    try:
        remove_agreed_plan(
            chart=chart, plan_id=plan_id, rev=rev_or_zero(request.POST.get("rev", "")), now=now
        )
    except SituationPlansChanged:
        return redirect_to("situations", said="situation_meanwhile", patient_id=patient_id)
    return redirect_to("situations", said="situation_removed", patient_id=patient_id)


def _open(viewer: User, patient_id: UUID, now: datetime, *, to_write: bool) -> Chart:
    return open_chart(
        viewer=viewer, patient_id=patient_id, what=DataCategory.SITUATION_PLANS, now=now,
        to_write=to_write,
    )  # fmt: skip


def _own_of_staff(read: PlansInSession, plan_id: UUID) -> ShownPlan:
    """Return a plan that staff may change; to change another there is no page."""
    shown = read.find(plan_id)
    if not shown.is_by_staff:
        raise Http404
    return shown


def _confirm_removing(
    request: HttpRequest, viewer: User, chart: Chart, read: PlansInSession, kept: ShownPlan
) -> HttpResponse:
    name = patient_name(patient_id=chart.patient_id)
    return render_confirmation(
        request, viewer=viewer, button="Yes, take it off", fields={"rev": read.rev},
        back=reverse("web:situations", kwargs={"patient_id": chart.patient_id}),
        question=format_html("Take “{}” off the plans of {}?", bdi(kept.plan.situation),
                             bdi(name)),
        detail="It leaves their phone too. How often it was used stays on record.",
    )  # fmt: skip


def _add_errors(form: SituationPlanForm, refusal: InvalidInput) -> None:
    """Name each fault at the field of the one plan that the form holds."""
    names = {fault.field: fault.field.rpartition(".")[2] for fault in refusal.errors}
    add_form_errors(form, refusal, names)


def _page(
    request: HttpRequest, viewer: User, chart: Chart, read: PlansInSession,
    form: SituationPlanForm, *, kept: ShownPlan | None = None, problem: str = "",
) -> HttpResponse:  # fmt: skip
    return render_page(
        request, "web/situation_plans.html", viewer=viewer, here="caseload", form=form, kept=kept,
        plans=read.plans, is_full=len(read.plans) >= MOST_PLANS, problem=problem,
        status=409 if problem else 400 if form.errors else 200, patient_id=chart.patient_id,
        name=patient_name(patient_id=chart.patient_id),
    )  # fmt: skip
