"""Hours of treatment of a patient, by day and week of the clinic's calendar; to be printed."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from backend.kit.errors import InvalidInput
from backend.kit.timezones import local_day
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import User
from care.people.patients import patient_name
from care.sessions.hours import NOT_RECORDED, DayHours, hours_of_patient, period_of_hours
from journaling import formatting
from web.access import clinician_page
from web.form_fields import DayField, DayInput, PageForm
from web.rendering import add_form_errors, clinic_zone, render_page

#: The fields of the form by those of a refusal.
_FIELDS = {"from": "first", "to": "last"}


class PeriodForm(PageForm):
    """From which day to which; without them the last four weeks."""

    first = DayField(label="From", required=False, widget=DayInput())
    last = DayField(label="To", required=False, widget=DayInput())


@clinician_page
@require_GET
def hours_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show minutes, services and shortfalls by day and week."""
    zone = clinic_zone(viewer)
    form, (first, last) = _period(request, local_day(now, zone))
    chart = open_chart(viewer=viewer, patient_id=patient_id, what=DataCategory.ATTENDANCE, now=now)
    hours = hours_of_patient(chart=chart, first=first, last=last, zone=zone, now=now)
    return render_page(
        request, "web/hours.html", viewer=viewer, here="caseload", form=form,
        status=400 if form.errors else 200, patient_id=patient_id,
        name=patient_name(patient_id=patient_id), first=first, last=last, weeks=hours.weeks,
        days=[(one, _kinds_text(one.kinds), _reasons_text(one)) for one in hours.days],
        minutes=sum(one.minutes for one in hours.days),
        shortfall=sum(one.shortfall for one in hours.days),
    )  # fmt: skip


def _period(request: HttpRequest, today: date) -> tuple[PeriodForm, tuple[date, date]]:
    """Return the form with its faults, and the days; with a fault those without a choice."""
    standing = period_of_hours(first=None, last=None, today=today)
    form = PeriodForm(request.GET or None, initial={"first": standing[0], "last": standing[1]})
    if not form.is_bound or not form.is_valid():
        return form, standing
    sent = form.cleaned_data
    try:
        return form, period_of_hours(first=sent["first"], last=sent["last"], today=today)
    except InvalidInput as refusal:
        add_form_errors(form, refusal, _FIELDS)
    return form, standing


def _kinds_text(kinds: Mapping[str, int]) -> str:
    """Return kinds of session with how many there were: "group 2, individual 1"."""
    return ", ".join(f"{formatting.humanize(kind)} {count}" for kind, count in kinds.items())


def _reasons_text(hours: DayHours) -> str:
    """Return why time is missing, in words."""
    words = {NOT_RECORDED: "attendance not recorded"}
    return ", ".join(words.get(code, formatting.humanize(code)) for code in hours.reasons)
