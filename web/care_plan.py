"""The plan of care, the level of care and the physician's certification."""

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
from backend.kit.timezones import local_day
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import Admission, Episode, User
from care.people.patients import patient_name
from care.programme import care_plan, episodes
from care.programme.care_plan import CarePlanChanged, PlannedProblem
from care.programme.episodes import DISCHARGE
from care.programme.placement import LEVELS, Placement
from care.programme.plan_outline import BadOutline, format_outline, parse_outline
from care.programme.read import LevelOfCareView, programme_status, read_level_of_care
from journaling import formatting
from web.access import clinician_page
from web.form_fields import (
    Choices,
    DayField,
    DayInput,
    PageForm,
    RevField,
    choices_in_words,
    person_choices,
    with_empty_choice,
)
from web.rendering import (
    add_form_errors,
    posted_data,
    redirect_to,
    render_confirmation,
    render_page,
)
from web.templatetags.bidi import bdi

PLAN_CHANGED_NOTE = (
    "Somebody wrote another version meanwhile. It stands below; yours was not stored."
)
#: Ours: more is no plan that anybody reads.
MOST_LINES, MAX_LINE_LENGTH = 60, 500
INTENSIVE_OUTPATIENT = Episode.LevelOfCare.INTENSIVE_OUTPATIENT


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


class AdmissionForm(PageForm):
    """What admission to intensive outpatient care asks."""

    prefix = "admission"
    physician = forms.ChoiceField(label="Physician who certifies", required=False)
    symptoms = forms.ChoiceField(
        label="Symptoms",
        choices=[("", "Not judged"), *choices_in_words(Admission.Symptoms)],
        required=False,
    )
    complies = forms.ChoiceField(
        label="Can keep to the plan", required=False,
        choices=[("", "Not judged"), *choices_in_words(Admission.Compliance)],
    )  # fmt: skip
    lower_level_insufficient = forms.BooleanField(
        label="A lower level of care would not be enough", required=False
    )
    tolerates_intensity = forms.BooleanField(
        label="Can take part, and tolerates the intensity", required=False
    )
    co_occurring_manageable = forms.BooleanField(
        label="Other conditions are manageable at this level", required=False
    )
    not_at_imminent_risk = forms.BooleanField(label="Is not at imminent risk", required=False)

    def __init__(self, *args: Any, physicians: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["physician"]
        nobody = "Choose" if physicians else "None on the care team yet"
        field.choices = [("", nobody), *physicians]


class LevelOfCareForm(PageForm):
    """A level of care from a day on."""

    to = forms.ChoiceField(label="Level of care")
    on = DayField(label="From", widget=DayInput())
    planned_hours_per_week = forms.DecimalField(
        label="Hours a week", max_digits=4, decimal_places=1, min_value=0, max_value=100,
        required=False,
    )  # fmt: skip
    reason = forms.CharField(
        label="Reason", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), required=False
    )

    def __init__(self, *args: Any, is_step: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        levels = [(value, formatting.humanize(value).capitalize()) for value in LEVELS]
        field: Any = self.fields["to"]
        if is_step:
            field.choices = with_empty_choice([*levels, (episodes.DISCHARGE, "Discharge")])
            self.fields["reason"].required = True
        else:
            field.choices = with_empty_choice(levels)
            del self.fields["reason"]


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


@clinician_page
@require_http_methods(["GET", "POST"])
def level_of_care_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Admit a patient, step them up or down, or discharge them."""
    chart = open_chart(viewer=viewer, patient_id=patient_id, what=DataCategory.PROGRAMME, now=now)
    level = read_level_of_care(chart=chart, zone_name=viewer.clinic.time_zone, now=now)
    physicians = _physician_choices(level, viewer, now)
    sent = posted_data(request)
    is_step = level.status.episode is not None
    suggested = {
        "on": local_day(now, viewer.clinic.time_zone),
        "planned_hours_per_week": None if is_step else 9,
    }
    form = LevelOfCareForm(sent, is_step=is_step, initial=suggested)
    asks = AdmissionForm(sent, physicians=physicians)
    is_whole = sent is not None and form.is_valid() and asks.is_valid()
    # Discharge ends groups and consents with the episode, and nothing on these pages undoes it.
    must_ask = is_whole and form.cleaned_data["to"] == DISCHARGE and "sure" not in request.POST
    if is_whole and not must_ask:
        try:
            episodes.admit_or_change_level(
                clinician=viewer, patient_id=patient_id, episode=level.status.episode,
                placement=_placement(form.cleaned_data, asks),
                reason=form.cleaned_data.get("reason", ""), now=now,
            )  # fmt: skip
        except InvalidInput as refusal:
            add_admission_errors(form, asks, refusal)
        except (episodes.EpisodeOver, episodes.EpisodeOpen):
            return redirect_to("level", patient_id=patient_id)
        else:
            said = _placement_notice(is_step=is_step, level=form.cleaned_data["to"])
            return redirect_to("patient", said=said, patient_id=patient_id)
    return render_page(
        request, "web/level.html", viewer=viewer, here="caseload", form=form, asks=asks,
        status=409 if must_ask else 400 if form.errors or asks.errors else 200,
        must_ask=must_ask, name=patient_name(patient_id=patient_id), patient_id=patient_id,
        standing=level.status, steps=level.changes,
        is_physician=any(pk == str(viewer.pk) for pk, _ in physicians),
    )  # fmt: skip


@clinician_page
@require_http_methods(["GET", "POST"])
def certify_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Certify the need for the open episode, as a physician of the care team."""
    certified_on = local_day(now, viewer.clinic.time_zone)
    if request.method == "GET":
        return _confirm_certifying(request, viewer, patient_id, now)
    try:
        episodes.certify_episode(
            physician=viewer, patient_id=patient_id, certified_on=certified_on, now=now
        )
    except (episodes.NotPhysician, episodes.EpisodeOver):
        raise Http404 from None
    return redirect_to("level", said="certified", patient_id=patient_id)


def _confirm_certifying(
    request: HttpRequest, viewer: User, patient_id: UUID, now: datetime
) -> HttpResponse:
    chart = open_chart(viewer=viewer, patient_id=patient_id, what=DataCategory.PROGRAMME, now=now)
    read = read_level_of_care(chart=chart, zone_name=viewer.clinic.time_zone, now=now)
    episode = read.status.episode
    if episode is None or viewer.pk not in {member.clinician_id for member in read.physicians}:
        raise Http404
    level = formatting.humanize(episode.level_of_care)
    name = patient_name(patient_id=patient_id)
    return render_confirmation(
        request, viewer=viewer, button="I certify it",
        back=reverse("web:level", kwargs={"patient_id": patient_id}),
        question=format_html("Certify that {} needs {} care?", bdi(name),
        level),
        detail="It is recorded as of today, under your name, and holds for 60 days.",
    )  # fmt: skip


def _physician_choices(
    level: LevelOfCareView, viewer: User, now: datetime
) -> list[tuple[str, str]]:
    physicians = [(member.clinician_id, member.name) for member in level.physicians]
    return person_choices(physicians, viewer=viewer, now=now)


def add_admission_errors(form: LevelOfCareForm, asks: AdmissionForm, refusal: InvalidInput) -> None:
    """Add errors of ``admission`` to its form, and all others to the level's form."""
    of_asks = [fault for fault in refusal.errors if fault.field.startswith("admission")]
    add_form_errors(
        asks, InvalidInput(of_asks), {f"admission.{name}": name for name in asks.fields}
    )
    add_form_errors(form, InvalidInput([fault for fault in refusal.errors if fault not in of_asks]))


def _placement(sent: Mapping[str, Any], asks: AdmissionForm) -> Placement:
    answers = _admission_answers(asks) if sent["to"] == INTENSIVE_OUTPATIENT else None
    return Placement(sent["to"], sent["on"], sent["planned_hours_per_week"], answers)


def _placement_notice(*, is_step: bool, level: str) -> str:
    if not is_step:
        return "admitted"
    return "discharged" if level == DISCHARGE else "stepped"


def _admission_answers(asks: AdmissionForm) -> dict[str, Any]:
    """Return the answers of the admission form.

    :raises InvalidInput: for what was not judged or chosen.
    """
    sent = asks.cleaned_data
    missing = [name for name in ("physician", "symptoms", "complies") if not sent[name]]
    if missing:
        raise InvalidInput(
            fault
            for name in missing
            for fault in InvalidInput.of(
                f"admission.{name}", "required", "Admission to this level asks for it."
            ).errors
        )
    return {**sent, "physician": UUID(sent["physician"])}


def _current_values(plan: care_plan.CarePlanView, viewer: User, now: datetime) -> dict[str, Any]:
    return {
        "rev": plan.rev,
        "hours_per_week": plan.hours_per_week,
        "goals": format_outline(plan.problems),
        "reviewed_on": local_day(now, viewer.clinic.time_zone),
    }
