"""The caseload, and invitations of patients."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_http_methods

from backend.kit.errors import InvalidInput
from backend.kit.timezones import UnknownZone, get_zone, local_day
from care.access import roster
from care.access.data_categories import DataCategory
from care.access.open import check_team
from care.accounts.names import namesake_key
from care.models import TreatmentSession, User
from care.people.enrol import AlreadyEnrolled, invite_patient, renew_invitation
from care.people.patients import patient_name
from care.programme import care_team
from journaling import formatting
from journaling.briefs.caseload import Caseload, CaseloadPatient
from journaling.briefs.limits import SILENT_DAYS
from notifications.reminders.measures_asked import caseload_with_measures
from web.access import clinician_page
from web.form_fields import LineField, PageForm
from web.form_tokens import read_shown_once, store_shown_once
from web.patient_page import brief_url
from web.rendering import add_form_errors, redirect_to, render_confirmation, render_page
from web.templatetags.bidi import bdi
from web.week import hours_text

#: Where most patients of a US clinic live; the clinic's own zone is added.
COMMON_ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix",
    "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico",
)  # fmt: skip


class InviteForm(PageForm):
    """Whom to invite."""

    display_name = LineField(
        label="Name", max_length=120, help_text="The name that they want to be called by."
    )
    time_zone = forms.ChoiceField(
        label="Time zone", help_text="Their phone tells its own when they enrol."
    )

    def __init__(self, *args: Any, clinic_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].initial = clinic_zone
        names = dict.fromkeys((clinic_zone, *COMMON_ZONES))
        field: Any = self.fields["time_zone"]
        field.choices = [(name, name.replace("_", " ")) for name in names]

    def clean_time_zone(self) -> str:
        """Take a zone that exists."""
        name = str(self.cleaned_data["time_zone"])
        try:
            get_zone(name)
        except UnknownZone:
            raise forms.ValidationError("Choose a time zone of the list.") from None
        return name


@dataclass(frozen=True, slots=True)
class CaseloadRow:
    """One patient of the caseload, in words."""

    patient_id: UUID
    name: str
    level: str
    next_at: str
    is_in_group: bool
    brief_at: str
    entries: str
    silence: str
    is_silent: bool
    events: str
    spark: tuple[int | None, ...]
    known: int
    gap: str
    asked: str
    missing: str


@clinician_page
@require_GET
def caseload(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """List the caseload, most urgent first; each patient shown is logged."""
    people = roster.open_caseload_roster(viewer=viewer, now=now)
    read, asked = caseload_with_measures(viewer=viewer, roster=people, now=now)
    rows = [_row(case, viewer, now, read, asked.get(case.patient_id)) for case in read.patients]
    return render_page(
        request, "web/caseload.html", viewer=viewer, here="caseload", rows=rows,
        waiting=read.waiting,
    )  # fmt: skip


def _row(
    case: CaseloadPatient, viewer: User, now: datetime, read: Caseload, asked_on: date | None
) -> CaseloadRow:
    zone, coming = viewer.clinic.time_zone, case.next_session
    own, missing = (
        read.next_sessions.get(case.patient_id),
        read.missing_minutes.get(case.patient_id),
    )
    open_events = case.open_safety_events
    return CaseloadRow(
        patient_id=case.patient_id,
        name=case.name,
        level=formatting.humanize(case.level_of_care).capitalize() if case.level_of_care else "",
        next_at=formatting.format_datetime(coming.starts_at, zone) if coming else "",
        is_in_group=coming is not None and coming.kind == TreatmentSession.Kind.GROUP,
        brief_at=brief_url(case.patient_id, own),
        entries=_entries_text(case),
        silence=_silence_text(case, now, zone),
        is_silent=case.days_without_entries >= SILENT_DAYS,
        events=formatting.pluralize(open_events, "open safety event") if open_events else "",
        spark=case.craving_spark,
        known=sum(value is not None for value in case.craving_spark),
        gap=case.gap_text,
        asked=(
            f"Questionnaire asked for on {formatting.format_day(asked_on)}, not filled in"
            if asked_on
            else ""
        ),
        missing=f"{hours_text(missing)} short this week" if missing else "",
    )


def _entries_text(case: CaseloadPatient) -> str:
    n = case.entries_since_last_session
    return f"{formatting.pluralize(n, 'entry', 'entries')} since the last session"


def _silence_text(case: CaseloadPatient, now: datetime, zone: str) -> str:
    if case.last_entry_at is None:
        return "Nothing logged yet"
    if case.days_without_entries > 1:
        return f"Last entry {case.days_without_entries} days ago"
    is_today = local_day(case.last_entry_at, zone) == local_day(now, zone)
    return f"Last entry {'today' if is_today else 'yesterday'}"


@clinician_page
@require_http_methods(["GET", "POST"])
def invite_patient_page(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """Add a patient, and redirect to the page that shows the enrolment code once."""
    zone = viewer.clinic.time_zone
    if request.method == "GET":
        form = InviteForm(clinic_zone=zone)
        return render_page(request, "web/invite.html", viewer=viewer, here="caseload", form=form)
    form = InviteForm(request.POST, clinic_zone=zone)
    if not form.is_valid():
        return render_page(
            request, "web/invite.html", viewer=viewer, status=400, here="caseload", form=form
        )
    name = form.cleaned_data["display_name"]
    known = [
        pair
        for pair in care_team.patients_treated_by(viewer=viewer, now=now)
        if namesake_key(pair[1]) == namesake_key(name)
    ]
    if known and "sure" not in request.POST:
        return render_page(
            request, "web/invite.html", viewer=viewer, status=409, here="caseload", form=form,
            known=known,
        )  # fmt: skip
    try:
        patient, code = invite_patient(
            clinician=viewer, display_name=name, time_zone=form.cleaned_data["time_zone"], now=now
        )
    except InvalidInput as refusal:
        add_form_errors(form, refusal)
        return render_page(
            request, "web/invite.html", viewer=viewer, status=400, here="caseload", form=form
        )
    return _redirect_to_invitation(viewer, patient.pk, code)


@clinician_page
@require_http_methods(["GET", "POST"])
def invite_again_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Create a new code for a patient who has not enrolled yet; the one before stops working."""
    check_team(viewer=viewer, patient_id=patient_id, what=DataCategory.INVITATION, now=now)
    if request.method == "GET":
        name = patient_name(patient_id=patient_id)
        return render_confirmation(
            request, viewer=viewer, back=reverse("web:caseload"), button="Make a new code",
            question=format_html("Make a new code for {}?", bdi(name)),
            detail="The code that they have stops working at once.",
        )  # fmt: skip
    try:
        code = renew_invitation(patient_id=patient_id, clinician=viewer, now=now)
    except AlreadyEnrolled:
        return render_page(
            request, "web/invited.html", viewer=viewer, status=409, here="caseload",
            name=patient_name(patient_id=patient_id), patient_id=patient_id, is_enrolled=True,
        )  # fmt: skip
    return _redirect_to_invitation(viewer, patient_id, code)


@clinician_page
@require_GET
def show_invitation_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show the code that was just created, to whoever created it and for ten minutes."""
    check_team(viewer=viewer, patient_id=patient_id, what=DataCategory.INVITATION, now=now)
    return render_page(
        request, "web/invited.html", viewer=viewer, here="caseload", patient_id=patient_id,
        name=patient_name(patient_id=patient_id), code=read_shown_once(request, user=viewer),
    )  # fmt: skip


def _redirect_to_invitation(viewer: User, patient_id: UUID, code: str) -> HttpResponse:
    """Redirect to the page that shows the code, so that reloading it creates no other."""
    shown = store_shown_once(user=viewer, secret=code)
    return redirect_to("invited", query={"shown": shown}, patient_id=patient_id)
