"""The plan of care."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from backend.kit.errors import InvalidInput
from backend.kit.timezones import local_day
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import User
from care.people.patients import patient_name
from care.programme import care_plan
from care.programme.care_plan import CarePlanChanged, PlannedProblem
from care.programme.plan_outline import BadOutline, format_outline, parse_outline
from care.programme.read import programme_status
from web.access import clinician_page
from web.form_fields import (
    DayField,
    DayInput,
    PageForm,
    RevField,
)
from web.rendering import (
    add_form_errors,
    posted_data,
    redirect_to,
    render_page,
)

PLAN_CHANGED_NOTE = (
    "Somebody wrote another version meanwhile. It stands below; yours was not stored."
)
#: Ours: more is no plan that anybody reads.
MOST_LINES, MAX_LINE_LENGTH = 60, 500


class CarePlanForm(PageForm):
    """The plan of care as it shall stand."""

    rev = RevField()
    hours_per_week = forms.DecimalField(
        label="Hours a week", max_digits=4, decimal_places=1, min_value=0, max_value=100,
        help_text="Intensive outpatient care has at least 9.",
    )  # fmt: skip
    goals = forms.CharField(
        label="Goals", widget=forms.Textarea(attrs={"rows": 10}), max_length=20_000, required=False,
        help_text="One on each line, in words that the patient would use: they read them too. A "
        "line with “# ” before it begins a problem; one with “- ” is a step towards the goal above,"
        " with what hangs on it: [skills: slow-breathing] [measures: phq-9] [interventions: …].",
    )  # fmt: skip
    reviewed_on = DayField(label="Reviewed on", widget=DayInput())

    def clean_goals(self) -> tuple[PlannedProblem, ...]:
        """Return the outline as problems with their goals."""
        lines = [line.strip() for line in self.cleaned_data["goals"].splitlines() if line.strip()]
        if len(lines) > MOST_LINES or any(len(line) > MAX_LINE_LENGTH for line in lines):
            raise forms.ValidationError("At most 60 lines, each of at most 500 characters.")
        try:
            return parse_outline(self.cleaned_data["goals"])
        except BadOutline as fault:
            raise forms.ValidationError(fault.detail) from None


@clinician_page
@require_http_methods(["GET", "POST"])
def care_plan_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show the plan of care, and write its next version."""
    chart = open_chart(viewer=viewer, patient_id=patient_id, what=DataCategory.PROGRAMME, now=now)
    problem = ""
    form = CarePlanForm(posted_data(request))
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            care_plan.write_care_plan(
                chart=chart, clinician=viewer, rev=sent["rev"], problems=sent["goals"],
                hours_per_week=sent["hours_per_week"], reviewed_on=sent["reviewed_on"], now=now,
            )  # fmt: skip
        except InvalidInput as refusal:
            add_form_errors(form, refusal)
        except CarePlanChanged:
            problem = PLAN_CHANGED_NOTE
        else:
            return redirect_to("care_plan", said="plan", patient_id=patient_id)
    standing = programme_status(chart=chart, zone_name=viewer.clinic.time_zone, now=now)
    if problem or not form.is_bound:
        form = CarePlanForm(initial=_current_values(standing.plan, viewer, now))
    return render_page(
        request, "web/care_plan.html", viewer=viewer, here="caseload", form=form,
        status=409 if problem else 400 if form.errors else 200, problem=problem,
        name=patient_name(patient_id=patient_id), patient_id=patient_id, standing=standing,
    )  # fmt: skip


def _current_values(plan: care_plan.CarePlanView, viewer: User, now: datetime) -> dict[str, Any]:
    return {
        "rev": plan.rev,
        "hours_per_week": plan.hours_per_week,
        "goals": format_outline(plan.problems),
        "reviewed_on": local_day(now, viewer.clinic.time_zone),
    }
