"""A session of one's own, and noting who came to it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from backend.kit.zones import local_day
from care.actions import programme
from care.actions.programme import Mark
from care.models import Attendance, TreatmentSession, User
from care.queries.attending import Expected, expected_at
from journaling import wording
from web.forms import MarkForm
from web.gate import clinicians
from web.showing import go, posted, show

Row = tuple[Expected, MarkForm]


@clinicians
@require_http_methods(["GET", "POST"])
def attendance(
    request: HttpRequest, *, viewer: User, now: datetime, session_id: UUID
) -> HttpResponse:
    """Note who came to a session that has begun, and for how long."""
    session = own_session(viewer, session_id, now)
    expected = expected_at(viewer=viewer, session=session, now=now)
    sent = posted(request)
    rows = _rows(expected, sent)
    if session.starts_at > now:
        return _page(request, viewer, session, rows, has_begun=False)
    is_whole = sent is not None and all(form.is_valid() for _, form in rows)
    if is_whole and "all" in request.POST:
        # It is filled in and shown, to be looked at before it is noted of anybody.
        return _page(request, viewer, session, _filled(rows, session), is_filled=True)
    marks = _marks(rows) if is_whole else []
    if marks:
        programme.take_attendance(clinician=viewer, session_id=session.pk, marks=marks, now=now)
        return go("today", said="attendance", query={"day": _day(session, viewer).isoformat()})
    return _page(request, viewer, session, rows, nothing=is_whole)


def _rows(expected: Sequence[Expected], sent: Any) -> list[Row]:
    return [
        (
            who,
            MarkForm(
                sent,
                prefix=str(who.patient_id),
                initial={"status": who.status, "minutes": who.minutes},
            ),
        )
        for who in expected
    ]


def _filled(rows: Sequence[Row], session: TreatmentSession) -> list[Row]:
    """Put down whoever was not noted as present for the whole time, without noting it."""
    present = {"status": Attendance.Status.PRESENT.value, "minutes": long_of(session)}
    return [
        (
            who,
            MarkForm(
                prefix=str(who.patient_id),
                initial=form.cleaned_data if form.cleaned_data["status"] else present,
            ),
        )
        for who, form in rows
    ]


def _marks(rows: Sequence[Row]) -> list[Mark]:
    return [
        Mark(who.patient_id, form.cleaned_data["status"], form.cleaned_data["minutes"])
        for who, form in rows
        if form.cleaned_data["status"]
    ]


def _page(
    request: HttpRequest, viewer: User, session: TreatmentSession, rows: Sequence[Row], *,
    has_begun: bool = True, is_filled: bool = False, nothing: bool = False,
) -> HttpResponse:  # fmt: skip
    is_refused = request.method == "POST" and not is_filled
    return show(
        request, "web/attendance.html", viewer=viewer, status=400 if is_refused else 200,
        session=session, told=told_of(session, viewer), rows=rows, nothing=nothing,
        is_filled=is_filled, has_begun=has_begun, long=long_of(session),
        day=_day(session, viewer),
    )  # fmt: skip


def _day(session: TreatmentSession, viewer: User) -> Any:
    return local_day(session.starts_at, viewer.clinic.time_zone)


def long_of(session: TreatmentSession) -> int:
    """Tell how many minutes a session lasts."""
    return round((session.ends_at - session.starts_at).total_seconds() / 60)


def told_of(session: TreatmentSession, viewer: User) -> str:
    """Say which session it is, by the clinic's clock, without naming anybody."""
    kind = f"{wording.spoken(session.kind)} session".capitalize()
    return f"{kind}, {wording.moment(session.starts_at, viewer.clinic.time_zone)}"


def own_session(viewer: User, session_id: UUID, now: datetime) -> TreatmentSession:
    """Find a session that the clinician holds, or answer as where nothing is."""
    return programme.own_session(clinician=viewer, session_id=session_id, now=now)
