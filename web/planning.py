"""Planning a session, moving or cancelling it, and noting who came."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from backend.kit.errors import InvalidInput
from backend.kit.zones import at_local, local_day, zone
from care.access import NoSuchChart
from care.actions import programme, series
from care.actions.programme import Mark, NoSuchSession, SessionChanged
from care.actions.series import Weekly
from care.models import Attendance, TreatmentSession, User
from care.queries import groups as reading
from care.queries.attending import Expected, expected_at
from journaling import wording
from notifications import actions as reminding
from web import parsing
from web.forms import ChangeForm, MarkForm, PlanForm
from web.gate import clinicians
from web.showing import go, posted, show, tell

STALE = "Somebody changed this session meanwhile. Here it is as it stands now."
#: What the rooms call the fields of these forms.
NAMES = {
    "ends_at": "minutes", "starts_at": "day", "patient": "whom", "group": "whom",
    "repeats.days": "days", "repeats.until": "until",
}  # fmt: skip


@clinicians
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """Plan a session with one of the clinician's patients or groups."""
    people = [(f"patient:{pk}", name) for pk, name in reading.treated_by(viewer=viewer, now=now)]
    groups = [
        (f"group:{one.id}", one.name)
        for one in reading.groups_led(viewer=viewer)
    ]  # fmt: skip
    if request.method == "GET":
        form = PlanForm(people=people, groups=groups, initial=_suggested(request, viewer, now))
        return _plan_page(request, viewer, form)
    form = PlanForm(request.POST, people=people, groups=groups)
    if not form.is_valid():
        return _plan_page(request, viewer, form, status=400)
    try:
        session = _planned(form.cleaned_data, viewer, now)
    except InvalidInput as refusal:
        tell(form, refusal, NAMES)
        return _plan_page(request, viewer, form, status=400)
    except NoSuchChart:
        raise Http404 from None
    reminding.session_changed(session_id=session.pk, now=now)
    day = local_day(session.starts_at, viewer.clinic.time_zone)
    return go("today", said="planned", query={"day": day.isoformat()})


@clinicians
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, *, viewer: User, now: datetime, session_id: UUID) -> HttpResponse:
    """Move a session, rename it, cancel it or let it take place again."""
    session = _own(viewer, session_id, now)
    repeats = session.series_id is not None
    if request.method == "GET":
        form = ChangeForm(repeats=repeats, initial=_as_it_stands(session, viewer))
        return _change_page(request, viewer, session, form)
    if "cancelled" in request.POST:
        changes: dict[str, Any] = {"cancelled": request.POST["cancelled"] == "yes"}
        form = ChangeForm(repeats=repeats, initial=_as_it_stands(session, viewer))
        sent = {"rev": request.POST.get("rev", ""), "scope": request.POST.get("scope", "this")}
    else:
        form = ChangeForm(request.POST, repeats=repeats)
        if not form.is_valid():
            return _change_page(request, viewer, session, form, status=400)
        changes = _moved(form.cleaned_data, viewer)
        sent = {"rev": str(form.cleaned_data["rev"]), "scope": form.cleaned_data.get("scope", "")}
    return _change(request, viewer, session, form, changes=changes, sent=sent, now=now)


@clinicians
@require_http_methods(["GET", "POST"])
def attendance(
    request: HttpRequest, *, viewer: User, now: datetime, session_id: UUID
) -> HttpResponse:
    """Note who came to a session, and for how long."""
    session = _own(viewer, session_id, now)
    expected = expected_at(viewer=viewer, session=session, now=now)
    sent = posted(request)
    forms = [
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
    if sent is not None and all(form.is_valid() for _, form in forms):
        marks = _marks(forms, rest=_long(session) if "all" in sent else None)
        if marks:
            programme.take_attendance(clinician=viewer, session_id=session.pk, marks=marks, now=now)
            day = local_day(session.starts_at, viewer.clinic.time_zone)
            return go("today", said="attendance", query={"day": day.isoformat()})
    return show(
        request, "web/attendance.html", viewer=viewer, status=400 if sent is not None else 200,
        session=session, told=_told(session, viewer), rows=forms,
        nothing=sent is not None and all(form.is_valid() for _, form in forms),
        long=_long(session),
        day=local_day(session.starts_at, viewer.clinic.time_zone),
    )  # fmt: skip


def _marks(forms: Sequence[tuple[Expected, MarkForm]], *, rest: int | None) -> list[Mark]:
    """Read who came; with ``rest``, whoever was not noted was present for so many minutes."""
    sent = [(who.patient_id, form.cleaned_data) for who, form in forms]
    return [
        Mark(patient_id, mark["status"], mark["minutes"])
        if mark["status"]
        else Mark(patient_id, Attendance.Status.PRESENT, rest)
        for patient_id, mark in sent
        if mark["status"] or rest is not None
    ]


def _long(session: TreatmentSession) -> int:
    return round((session.ends_at - session.starts_at).total_seconds() / 60)


def _plan_page(
    request: HttpRequest, viewer: User, form: PlanForm, *, status: int = 200
) -> HttpResponse:
    return show(
        request, "web/plan.html", viewer=viewer, status=status, here="today", form=form,
        zone=viewer.clinic.time_zone,
    )  # fmt: skip


def _suggested(request: HttpRequest, viewer: User, now: datetime) -> dict[str, Any]:
    asked = [(what, parsing.uuid(request.GET.get(what, ""))) for what in ("patient", "group")]
    whom = [f"{what}:{who}" for what, who in asked if who is not None]
    is_group = "group" in request.GET
    return {
        "whom": whom[0] if whom else "",
        "kind": "group" if is_group else "individual",
        "day": local_day(now, viewer.clinic.time_zone) + timedelta(days=1),
        "minutes": 180 if is_group else 50,
    }


def _planned(sent: Mapping[str, Any], viewer: User, now: datetime) -> TreatmentSession:
    what, _, which = sent["whom"].partition(":")
    starts_at = at_local(sent["day"], sent["clock"], viewer.clinic.time_zone)
    wanted: dict[str, Any] = {
        "clinician": viewer,
        "kind": sent["kind"],
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=sent["minutes"]),
        "patient_id": UUID(which) if what == "patient" else None,
        "group_id": UUID(which) if what == "group" else None,
        "title": sent["title"],
        "place": sent["place"],
        "now": now,
    }
    if not sent["weekly"]:
        return programme.plan_session(**wanted)
    weekly = Weekly(tuple(sorted(map(int, sent["days"]))), 1, sent["until"])
    return series.plan_weekly(weekly=weekly, **wanted)


def _own(viewer: User, session_id: UUID, now: datetime) -> TreatmentSession:
    try:
        return programme.own_session(clinician=viewer, session_id=session_id, now=now)
    except NoSuchSession:
        raise Http404 from None


def _as_it_stands(session: TreatmentSession, viewer: User) -> dict[str, Any]:
    local = session.starts_at.astimezone(zone(viewer.clinic.time_zone))
    return {
        "day": local.date(),
        "clock": local.time(),
        "minutes": _long(session),
        "place": session.place,
        "title": session.title,
        "rev": session.rev,
        "scope": "this",
    }


def _moved(sent: Mapping[str, Any], viewer: User) -> dict[str, Any]:
    starts_at = at_local(sent["day"], sent["clock"], viewer.clinic.time_zone)
    return {
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=sent["minutes"]),
        "title": sent["title"],
        "place": sent["place"],
    }


def _change(
    request: HttpRequest,
    viewer: User,
    session: TreatmentSession,
    form: ChangeForm,
    *,
    changes: Mapping[str, Any],
    sent: Mapping[str, str],
    now: datetime,
) -> HttpResponse:
    follows = sent["scope"] == "following"
    act = series.change_following if follows else programme.change_session
    rev = parsing.rev(sent["rev"])
    try:
        changed = act(clinician=viewer, session_id=session.pk, rev=rev, changes=changes, now=now)
    except SessionChanged:
        session = _own(viewer, session.pk, now)
        form = ChangeForm(
            repeats=session.series_id is not None, initial=_as_it_stands(session, viewer)
        )
        return _change_page(request, viewer, session, form, status=409, problem=STALE)
    except InvalidInput as refusal:
        if not form.is_bound:
            return _change_page(
                request, viewer, session, form, status=400, problem=refusal.errors[0].detail
            )
        tell(form, refusal, NAMES)
        return _change_page(request, viewer, session, form, status=400)
    reminding.session_changed(session_id=changed.pk, now=now)
    said = {True: "cancelled", False: "restored"}.get(changes.get("cancelled", ""), "changed")
    day = local_day(changed.starts_at, viewer.clinic.time_zone)
    return go("today", said=said, query={"day": day.isoformat()})


def _change_page(
    request: HttpRequest,
    viewer: User,
    session: TreatmentSession,
    form: ChangeForm,
    *,
    status: int = 200,
    problem: str = "",
) -> HttpResponse:
    return show(
        request, "web/change.html", viewer=viewer, status=status, form=form, session=session,
        told=_told(session, viewer), problem=problem, zone=viewer.clinic.time_zone,
        day=local_day(session.starts_at, viewer.clinic.time_zone),
        is_cancelled=session.cancelled_at is not None, repeats=session.series_id is not None,
    )  # fmt: skip


def _told(session: TreatmentSession, viewer: User) -> str:
    kind = f"{wording.spoken(session.kind)} session".capitalize()
    return f"{kind}, {wording.moment(session.starts_at, viewer.clinic.time_zone)}"
