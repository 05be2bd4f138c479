"""Attendance: who came to a session of the viewer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from backend.kit.timezones import local_day
from care.models import Attendance, TreatmentSession, User
from care.sessions.attendance import (
    AttendanceMark,
    ExpectedPatient,
    expected_patients,
    record_attendance,
)
from care.sessions.plan import own_session
from journaling import formatting
from web.access import clinician_page
from web.form_fields import PageForm, choices_in_words
from web.rendering import posted_data, redirect_to, render_page


class AttendanceForm(PageForm):
    """One patient's attendance; without a status nothing is noted."""

    status = forms.ChoiceField(
        label="Attendance", required=False,
        choices=[("", "Not noted"), *choices_in_words(Attendance.Status)],
    )  # fmt: skip
    minutes = forms.IntegerField(label="Minutes", required=False, min_value=0, max_value=1440)


AttendanceRow = tuple[ExpectedPatient, AttendanceForm]


@clinician_page
@require_http_methods(["GET", "POST"])
def attendance(
    request: HttpRequest, *, viewer: User, now: datetime, session_id: UUID
) -> HttpResponse:
    """Record who came to a session that has begun, and for how long."""
    session = own_session(clinician=viewer, session_id=session_id, now=now)
    expected = expected_patients(viewer=viewer, session=session, now=now)
    sent = posted_data(request)
    rows = _rows(expected, sent)
    if session.starts_at > now:
        return _attendance_page(request, viewer, session, rows, has_begun=False)
    is_whole = sent is not None and all(form.is_valid() for _, form in rows)
    if is_whole and "all" in request.POST:
        # The form is filled in and shown again, to be checked before anything is recorded.
        return _attendance_page(
            request, viewer, session, _all_present(rows, session), is_filled=True
        )
    marks = _marks_of(rows) if is_whole else []
    if marks:
        record_attendance(clinician=viewer, session_id=session.pk, marks=marks, now=now)
        return redirect_to(
            "today", said="attendance", query={"day": _day(session, viewer).isoformat()}
        )
    return _attendance_page(request, viewer, session, rows, nothing=is_whole)


def _rows(expected: Sequence[ExpectedPatient], sent: Any) -> list[AttendanceRow]:
    return [
        (
            who,
            AttendanceForm(
                sent,
                prefix=str(who.patient_id),
                initial={"status": who.status, "minutes": who.minutes},
            ),
        )
        for who in expected
    ]


def _all_present(rows: Sequence[AttendanceRow], session: TreatmentSession) -> list[AttendanceRow]:
    """Return forms that have everybody without a status present for the whole time."""
    present = {"status": Attendance.Status.PRESENT.value, "minutes": session_minutes(session)}
    return [
        (
            who,
            AttendanceForm(
                prefix=str(who.patient_id),
                initial=form.cleaned_data if form.cleaned_data["status"] else present,
            ),
        )
        for who, form in rows
    ]


def _marks_of(rows: Sequence[AttendanceRow]) -> list[AttendanceMark]:
    return [
        AttendanceMark(who.patient_id, form.cleaned_data["status"], form.cleaned_data["minutes"])
        for who, form in rows
        if form.cleaned_data["status"]
    ]


def _attendance_page(
    request: HttpRequest, viewer: User, session: TreatmentSession, rows: Sequence[AttendanceRow], *,
    has_begun: bool = True, is_filled: bool = False, nothing: bool = False,
) -> HttpResponse:  # fmt: skip
    is_refused = request.method == "POST" and not is_filled
    return render_page(
        request, "web/attendance.html", viewer=viewer, status=400 if is_refused else 200,
        session=session, told=describe_session(session, viewer), rows=rows, nothing=nothing,
        is_filled=is_filled, has_begun=has_begun, long=session_minutes(session),
        day=_day(session, viewer),
    )  # fmt: skip


def _day(session: TreatmentSession, viewer: User) -> Any:
    return local_day(session.starts_at, viewer.clinic.time_zone)


def session_minutes(session: TreatmentSession) -> int:
    """Return how many minutes a session lasts."""
    return round((session.ends_at - session.starts_at).total_seconds() / 60)


def describe_session(session: TreatmentSession, viewer: User) -> str:
    """Return kind and start of a session, by the clinic's clock, without a patient's name."""
    kind = f"{formatting.humanize(session.kind)} session".capitalize()
    return f"{kind}, {formatting.format_datetime(session.starts_at, viewer.clinic.time_zone)}"
