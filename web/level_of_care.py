"""The level of care: admission, steps and discharge, and the physician's certification."""

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
from care.programme import episodes
from care.programme.episodes import DISCHARGE
from care.programme.placement import (
    ASAM_CODES,
    ENDINGS,
    LEVELS,
    REFERRAL_KINDS,
    AsamLevel,
    Ending,
    Placement,
    Referral,
)
from care.programme.read import LevelOfCareView, read_level_of_care
from journaling import formatting
from journaling.formatting import humanize
from web.access import clinician_page
from web.form_fields import (
    Choices,
    DayField,
    DayInput,
    LineField,
    PageForm,
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

INTENSIVE_OUTPATIENT = Episode.LevelOfCare.INTENSIVE_OUTPATIENT


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
    asam = forms.ChoiceField(
        label="ASAM level", required=False,
        choices=[
            ("", "Not noted"),
            *((f"{edition} {code}", f"Edition {edition}: {code}")
              for edition, codes in ASAM_CODES.items() for code in codes),
        ],
    )  # fmt: skip
    referral_kind = forms.ChoiceField(
        label="Referred by", required=False,
        choices=[("", "Not noted"), *((one, humanize(one).capitalize()) for one in REFERRAL_KINDS)],
    )  # fmt: skip
    referral_name = LineField(label="Name of who referred", max_length=120, required=False)
    outcome = forms.ChoiceField(
        label="How the episode ended", required=False, help_text="Only at discharge.",
        choices=[("", "Not noted"), *((one, humanize(one).capitalize()) for one in ENDINGS)],
    )  # fmt: skip
    receiving = LineField(
        label="Programme that goes on", max_length=200, required=False,
        help_text="Only after a transfer; it is told to the patient as a disclosure.",
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
            del self.fields["referral_kind"], self.fields["referral_name"]
        else:
            field.choices = with_empty_choice(levels)
            del self.fields["reason"], self.fields["outcome"], self.fields["receiving"]


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
                ending=_ending(form.cleaned_data),
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
    asam = AsamLevel(*sent["asam"].split()) if sent["asam"] else None
    referral = None
    if sent.get("referral_kind"):
        referral = Referral(sent["referral_kind"], sent["referral_name"])
    hours = sent["planned_hours_per_week"]
    return Placement(sent["to"], sent["on"], hours, answers, asam, referral)


def _ending(sent: Mapping[str, Any]) -> Ending | None:
    """Return how the episode ended.

    :raises InvalidInput: a programme goes on, and nobody said that it was a transfer.
    """
    if sent.get("receiving") and not sent["outcome"]:
        raise InvalidInput.of("outcome", "required", "Tell how the episode ended.")
    if not sent.get("outcome"):
        return None
    return Ending(sent["outcome"], sent["receiving"] or None)


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
