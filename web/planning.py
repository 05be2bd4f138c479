"""Planning a session, moving it and cancelling it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from backend.kit.errors import InvalidInput
from backend.kit.zones import at_local, local_day, zone
from care.actions import programme, series
from care.actions.programme import PlannedSession, SessionChanged, SessionDiffers
from care.actions.series import Weekly
from care.models import TreatmentSession, User
from care.queries import groups as reading
from care.queries.clashes import Planned
from journaling import wording
from notifications import actions as reminding
from web import parsing
from web.clashing import InTheWay, in_the_way_of
from web.forms import ChangeForm, PlanForm
from web.gate import clinicians
from web.held import long_of, own_session, told_of
from web.naming import pickable
from web.showing import ask, go, posted, show, tell
from web.templatetags.text import isolate

STALE = "Somebody changed this session meanwhile. Here it is as it stands now."
DIFFERS = "There is a session of this kind with them at that time. Move or cancel that one."
#: What the rooms call the fields of these forms.
NAMES = {
    "ends_at": "minutes", "starts_at": "day", "patient": "whom", "group": "whom",
    "repeats.days": "days", "repeats.until": "until",
}  # fmt: skip


@clinicians
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """Plan a session with one of the clinician's patients or groups."""
    form = _plan_form(request, viewer, now)
    if not form.is_bound:
        return _plan_page(request, viewer, form)
    if not form.is_valid():
        return _plan_page(request, viewer, form, status=400)
    plan, weekly = _plan_of(form.cleaned_data, viewer)
    try:
        in_the_way = _in_the_way(request, viewer, plan, weekly, now)
        if in_the_way:
            return _plan_page(request, viewer, form, status=409, in_the_way=in_the_way)
        if weekly is None:
            session, is_new = programme.plan_session(plan=plan, now=now)
        else:
            session, is_new = series.plan_weekly(plan=plan, weekly=weekly, now=now)
    except InvalidInput as refusal:
        tell(form, refusal, NAMES)
        return _plan_page(request, viewer, form, status=400)
    except SessionDiffers:
        form.add_error("clock", DIFFERS)
        return _plan_page(request, viewer, form, status=409)
    if is_new:
        reminding.session_changed(session_id=session.pk, now=now)
    day = local_day(session.starts_at, viewer.clinic.time_zone)
    return go("today", said="planned", query={"day": day.isoformat()})


@clinicians
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, *, viewer: User, now: datetime, session_id: UUID) -> HttpResponse:
    """Move a session, rename it, cancel it or let it take place again.

    Cancelling is asked about on a page of its own, moving over another session where that is so.
    """
    session = own_session(viewer, session_id, now)
    repeats = session.series_id is not None
    if request.method == "GET":
        if request.GET.get("cancel") in {"this", "following"} and session.cancelled_at is None:
            return _ask_cancelling(request, viewer, session, request.GET["cancel"])
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
        found = _over_others(request, viewer, session, form.cleaned_data, now)
        if found:
            return _change_page(request, viewer, session, form, status=409, in_the_way=found)
        sent = {"rev": str(form.cleaned_data["rev"]), "scope": form.cleaned_data.get("scope", "")}
    return _change(request, viewer, session, form, changes=changes, sent=sent, now=now)


def _ask_cancelling(
    request: HttpRequest, viewer: User, session: TreatmentSession, scope: str
) -> HttpResponse:
    when = wording.moment(session.starts_at, viewer.clinic.time_zone)
    kind = f"{wording.spoken(session.kind)} session"
    follows = scope == "following" and session.series_id is not None
    question = f"Cancel this {kind}, {when}, and all that follow?" if follows else (
        f"Cancel this {kind}, {when}?"
    )  # fmt: skip
    return ask(
        request, viewer=viewer, question=question,
        back=reverse("web:change", kwargs={"session_id": session.pk}),
        button="Yes, cancel them all" if follows else "Yes, cancel it",
        detail="They can only be brought back one by one." if follows else
        "It stays on the plan as cancelled, and nobody is reminded of it.",
        fields={"rev": session.rev, "cancelled": "yes", "scope": scope},
    )  # fmt: skip


def _plan_form(request: HttpRequest, viewer: User, now: datetime) -> PlanForm:
    people = pickable(
        reading.treated_by(viewer=viewer, now=now), viewer=viewer, now=now, before="patient:"
    )
    led = [(one.id, one.name) for one in reading.groups_led(viewer=viewer)]
    groups = [(f"group:{pk}", isolate(name)) for pk, name in led]
    initial = None if request.method == "POST" else _suggested(request, viewer, now)
    return PlanForm(posted(request), people=people, groups=groups, initial=initial)


def _plan_page(
    request: HttpRequest, viewer: User, form: PlanForm, *, status: int = 200,
    in_the_way: Sequence[InTheWay] = (),
) -> HttpResponse:  # fmt: skip
    return show(
        request, "web/plan.html", viewer=viewer, status=status, here="today", form=form,
        zone=viewer.clinic.time_zone, in_the_way=in_the_way,
    )  # fmt: skip


def _suggested(request: HttpRequest, viewer: User, now: datetime) -> dict[str, Any]:
    asked = [(what, parsing.uuid(request.GET.get(what, ""))) for what in ("patient", "group")]
    whom = [f"{what}:{who}" for what, who in asked if who is not None]
    is_group = "group" in request.GET
    return {
        "whom": whom[0] if whom else "",
        "day": local_day(now, viewer.clinic.time_zone) + timedelta(days=1),
        "minutes": 180 if is_group else 50,
    }


def _plan_of(sent: Mapping[str, Any], viewer: User) -> tuple[PlannedSession, Weekly | None]:
    """Read what the form asks for in the words of the room, and how it comes back, if it does."""
    what, _, which = sent["whom"].partition(":")
    starts_at = at_local(sent["day"], sent["clock"], viewer.clinic.time_zone)
    plan = PlannedSession(
        clinician=viewer,
        kind=sent["kind"],
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=sent["minutes"]),
        patient_id=UUID(which) if what == "patient" else None,
        group_id=UUID(which) if what == "group" else None,
        title=sent["title"],
        place=sent["place"],
    )
    days = tuple(sorted(map(int, sent["days"])))
    return plan, Weekly(days, 1, sent["until"]) if sent["weekly"] else None


def _in_the_way(
    request: HttpRequest, viewer: User, plan: PlannedSession, weekly: Weekly | None, now: datetime
) -> Sequence[InTheWay]:
    """Find what a plan would lie over, unless somebody has seen that and goes on all the same."""
    if "sure" in request.POST:
        return ()
    if weekly is None:
        stands = programme.is_planned(plan=plan)
        spans = [(plan.starts_at, plan.ends_at)]
    else:
        stands = series.is_planned(plan=plan, weekly=weekly)
        spans = series.spans(plan=plan, weekly=weekly, now=now)
    if stands:
        return ()
    planned = Planned(plan.patient_id, plan.group_id, plan.place, spans)
    return in_the_way_of(viewer, planned, now)


def _over_others(
    request: HttpRequest, viewer: User, session: TreatmentSession, sent: Mapping[str, Any],
    now: datetime,
) -> Sequence[InTheWay]:  # fmt: skip
    """Find what a session would lie over where it moves to; without a move nothing is asked."""
    moved = _moved(sent, viewer)
    stays = (moved["starts_at"], moved["ends_at"], moved["place"]) == (
        session.starts_at, session.ends_at, session.place
    )  # fmt: skip
    if stays or "sure" in request.POST:
        return ()
    planned = Planned(
        session.patient_id, session.group_id, moved["place"],
        [(moved["starts_at"], moved["ends_at"])], beside=[session.pk],
    )  # fmt: skip
    return in_the_way_of(viewer, planned, now)


def _as_it_stands(session: TreatmentSession, viewer: User) -> dict[str, Any]:
    local = session.starts_at.astimezone(zone(viewer.clinic.time_zone))
    return {
        "day": local.date(),
        "clock": local.time(),
        "minutes": long_of(session),
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
        session = own_session(viewer, session.pk, now)
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
    in_the_way: Sequence[InTheWay] = (),
) -> HttpResponse:
    return show(
        request, "web/change.html", viewer=viewer, status=status, form=form, session=session,
        told=told_of(session, viewer), in_the_way=in_the_way, problem=problem,
        zone=viewer.clinic.time_zone,
        day=local_day(session.starts_at, viewer.clinic.time_zone),
        is_cancelled=session.cancelled_at is not None, repeats=session.series_id is not None,
    )  # fmt: skip
