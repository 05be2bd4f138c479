"""Medicine and physical health of a patient: what is taken, screenings, and bounds of readings."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from backend.kit.errors import InvalidInput
from backend.kit.parsing import InvalidClockTime, format_clock_minute, parse_clock_time
from backend.kit.timezones import local_day
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.medical.medications import (
    MAX_NAME_LENGTH,
    MOST_TIMES,
    MedicationChanged,
    MedicationView,
    add_medication,
    change_medication,
    end_medication,
    medications_of,
)
from care.medical.regimen import EVERY_DAY, Regimen
from care.medical.screenings import (
    MAX_KIND_LENGTH,
    MAX_RESULT_LENGTH,
    note_screening,
    screenings_of,
)
from care.models import User
from care.people.patients import patient_name
from journaling import formatting
from web.access import clinician_page
from web.form_fields import DayField, DayInput, LineField, PageForm, RevField, rev_or_zero
from web.rendering import (
    add_form_errors,
    posted_data,
    redirect_to,
    render_confirmation,
    render_page,
)
from web.templatetags.bidi import bdi

CHANGED_NOTE = "It was changed meanwhile. It stands below as it is now; yours was not stored."
#: The fields of a form by those of a refusal.
_FIELDS = {"reminder": "has_reminder"}


class MedicationForm(PageForm):
    """A medicine or agreed supplement, as it is to be taken."""

    name = LineField(label="Name", max_length=MAX_NAME_LENGTH)
    kind = forms.ChoiceField(
        label="Kind", choices=[("", "Choose"), ("medicine", "Medicine"),
                               ("supplement", "Supplement")],
    )  # fmt: skip
    dose = LineField(
        label="Dose", max_length=MAX_NAME_LENGTH, help_text="As the prescriber worded it."
    )
    times = forms.CharField(
        label="Times", required=False, max_length=60,
        help_text="By the patient’s clock: 08:00, 20:00. Leave it empty for “as needed”.",
    )  # fmt: skip
    weekdays = forms.MultipleChoiceField(
        label="Days", choices=[(str(n), name) for n, name in enumerate(formatting.WEEKDAYS)],
        required=False, widget=forms.CheckboxSelectMultiple, help_text="None chosen is every day.",
    )  # fmt: skip
    starts_on = DayField(label="From", widget=DayInput())
    ends_on = DayField(label="To", required=False, widget=DayInput())
    prescriber = LineField(label="Prescribed by", required=False, max_length=MAX_NAME_LENGTH)
    refill_by = DayField(label="Refill by", required=False, widget=DayInput())
    has_reminder = forms.BooleanField(
        label="Remind on the phone at these times", required=False,
        help_text="The phone shows no name and no dose.",
    )  # fmt: skip
    rev = RevField(required=False)

    def clean_times(self) -> tuple[int, ...]:
        """Return the minutes of the day."""
        typed = self.cleaned_data["times"].replace(",", " ").split()
        try:
            times = [parse_clock_time(one) for one in typed]
        except InvalidClockTime:
            raise forms.ValidationError("Write times such as 08:00, 20:00.") from None
        if len(times) > MOST_TIMES:
            raise forms.ValidationError(f"At most {MOST_TIMES} times a day.")
        return tuple(sorted(at.hour * 60 + at.minute for at in times))

    def regimen(self) -> Regimen:
        """Return how it is to be taken."""
        sent = self.cleaned_data
        days = sum(1 << int(day) for day in sent["weekdays"]) or EVERY_DAY
        same = ("name", "kind", "dose", "starts_on", "ends_on", "prescriber", "refill_by",
                "has_reminder")  # fmt: skip
        return Regimen(**{name: sent[name] for name in same}, minutes=sent["times"], weekdays=days)


class ScreeningForm(PageForm):
    """A screening that was asked for, or done."""

    kind = LineField(label="Screened for", max_length=MAX_KIND_LENGTH)
    asked_on = DayField(label="Asked on", widget=DayInput())
    done_on = DayField(
        label="Done on", required=False, widget=DayInput(), help_text="Empty while it is due."
    )
    result = forms.CharField(
        label="Result", required=False, max_length=MAX_RESULT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


@clinician_page
@require_http_methods(["GET", "POST"])
def medications_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show what a patient takes by agreement, and write down another."""
    is_sent = request.method == "POST"
    chart = _open(viewer, patient_id, now, to_write=is_sent)
    form = MedicationForm(
        posted_data(request), initial={"starts_on": local_day(now, viewer.clinic.time_zone)}
    )
    if is_sent and form.is_valid():
        try:
            add_medication(chart=chart, regimen=form.regimen(), now=now)
        except InvalidInput as refusal:
            add_form_errors(form, refusal, _FIELDS)
        else:
            return redirect_to("medications", said="medicine", patient_id=patient_id)
    return render_page(
        request, "web/medications.html", viewer=viewer, here="caseload", form=form,
        status=400 if form.errors else 200, patient_id=patient_id,
        name=patient_name(patient_id=patient_id),
        taken=medications_of(chart=chart),
    )  # fmt: skip


@clinician_page
@require_http_methods(["GET", "POST"])
def change_medication_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, medication_id: UUID
) -> HttpResponse:
    """Change how something is taken; what stood before stays on record."""
    is_sent, problem = request.method == "POST", ""
    chart = _open(viewer, patient_id, now, to_write=is_sent)
    known = _open_one(chart, medication_id)
    form = MedicationForm(posted_data(request), initial=_current(known))
    if is_sent and form.is_valid():
        try:
            change_medication(
                chart=chart, medication_id=medication_id, rev=form.cleaned_data["rev"] or 0,
                changes=asdict(form.regimen()), now=now,
            )  # fmt: skip
        except InvalidInput as refusal:
            add_form_errors(form, refusal, _FIELDS)
        except MedicationChanged:
            problem, form = CHANGED_NOTE, MedicationForm(initial=_current(known))
        else:
            return redirect_to("medications", said="medicine", patient_id=patient_id)
    return render_page(
        request, "web/medication.html", viewer=viewer, here="caseload", form=form, known=known,
        status=409 if problem else 400 if form.errors else 200, patient_id=patient_id,
        name=patient_name(patient_id=patient_id), problem=problem,
    )  # fmt: skip


@clinician_page
@require_http_methods(["GET", "POST"])
def end_medication_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, medication_id: UUID
) -> HttpResponse:
    """End it after a confirmation, with its reminders; what was logged stays."""
    is_sent = request.method == "POST"
    chart = _open(viewer, patient_id, now, to_write=is_sent)
    known = _open_one(chart, medication_id)
    if not is_sent:
        name = patient_name(patient_id=patient_id)
        return render_confirmation(
            request, viewer=viewer, button="Yes, end it now", fields={"rev": known.rev},
            back=reverse("web:medications", kwargs={"patient_id": patient_id}),
            question=format_html("End “{}” of {}?", bdi(known.regimen.name), bdi(name)),
            detail="Its reminders end as well. What was logged stays on record.",
        )  # fmt: skip
    try:
        end_medication(
            chart=chart, medication_id=medication_id, now=now,
            rev=rev_or_zero(request.POST.get("rev", "")),
        )  # fmt: skip
    except MedicationChanged:
        return redirect_to("medications", patient_id=patient_id)
    return redirect_to("medications", said="medicine_ended", patient_id=patient_id)


@clinician_page
@require_http_methods(["GET", "POST"])
def screenings_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show a patient's screenings, what is due first, and note one."""
    is_sent, today = request.method == "POST", local_day(now, viewer.clinic.time_zone)
    chart = _open(viewer, patient_id, now, to_write=is_sent)
    form = ScreeningForm(posted_data(request), initial={"asked_on": today})
    if is_sent and form.is_valid():
        try:
            note_screening(chart=chart, today=today, now=now, **form.cleaned_data)
        except InvalidInput as refusal:
            add_form_errors(form, refusal)
        else:
            return redirect_to("screenings", said="screening", patient_id=patient_id)
    return render_page(
        request, "web/screenings.html", viewer=viewer, here="caseload", form=form,
        status=400 if form.errors else 200, patient_id=patient_id,
        name=patient_name(patient_id=patient_id), screenings=screenings_of(chart=chart),
    )  # fmt: skip


def _open(viewer: User, patient_id: UUID, now: datetime, *, to_write: bool) -> Chart:
    return open_chart(
        viewer=viewer, patient_id=patient_id, what=DataCategory.MEDICAL, now=now, to_write=to_write
    )


def _open_one(chart: Chart, medication_id: UUID) -> MedicationView:
    found = next((one for one in medications_of(chart=chart) if one.id == medication_id), None)
    if found is None:
        raise Http404
    return found


def _current(known: MedicationView) -> Mapping[str, Any]:
    regimen = known.regimen
    days = [str(n) for n in range(7) if regimen.weekdays >> n & 1]
    return {
        **asdict(regimen),
        "times": ", ".join(map(format_clock_minute, regimen.minutes)),
        "weekdays": [] if regimen.weekdays == EVERY_DAY else days, "rev": known.rev,
    }  # fmt: skip
