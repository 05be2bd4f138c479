"""Plan, move and cancel sessions, with the sessions that conflict in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from backend.kit.errors import InvalidInput
from backend.kit.timezones import get_zone, local_day, local_to_utc
from care.models import TreatmentSession, User
from care.programme import care_team
from care.programme.groups import groups_led
from care.sessions import series
from care.sessions.conflicts import Conflict, conflicts_of_change, conflicts_of_plan
from care.sessions.occurrences import WeeklyRecurrence
from care.sessions.plan import PlannedSession, SessionChanged, SessionDiffers, own_session
from journaling import formatting
from web.access import clinician_page
from web.attendance import describe_session, session_minutes
from web.form_fields import (
    Choices,
    ClockField,
    DayField,
    DayInput,
    LineField,
    PageForm,
    RevField,
    choices_in_words,
    person_choices,
    rev_or_zero,
    uuid_or_none,
    with_empty_choice,
)
from web.rendering import (
    add_form_errors,
    clinic_zone,
    posted_data,
    redirect_to,
    render_confirmation,
    render_page,
)
from web.templatetags.bidi import isolate

SESSION_CHANGED_NOTE = "Somebody changed this session meanwhile. Here it is as it stands now."
SESSION_DIFFERS_NOTE = (
    "There is a session of this kind with them at that time. Move or cancel that one."
)
#: The fields of these forms for those of ``InvalidInput``.
FORM_FIELD_OF = {
    "ends_at": "minutes", "starts_at": "day", "patient": "whom", "group": "whom",
    "repeats.days": "days", "repeats.until": "until",
}  # fmt: skip
#: How many conflicts are shown; a weekly plan may conflict with a whole term.
MAX_CONFLICTS_SHOWN = 6
_CONFLICT_REASONS = {
    "patient": "the same patient",
    "group": "the same group",
    "member": "somebody is in both",
    "therapist": "you hold it",
    "place": "the same place",
}
_BUSY_TEXTS = {
    "work": "at work", "school": "at school", "family": "with family", "travel": "on the way",
    "other": "busy",
}  # fmt: skip


WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class SessionTimeForm(PageForm):
    """When a session is, by the clinic's clock, and where."""

    day = DayField(label="Day", widget=DayInput())
    clock = ClockField(label="Starts at")
    minutes = forms.IntegerField(label="Minutes", min_value=5, max_value=1440)
    place = LineField(label="Place", max_length=120, required=False)
    title = LineField(
        label="Title", max_length=120, required=False,
        help_text="Patients see it in their app. Leave it empty for the kind alone.",
    )  # fmt: skip


class SessionPlanForm(SessionTimeForm):
    """A session to plan, once or every week."""

    kind = forms.ChoiceField(
        label="Kind", choices=with_empty_choice(choices_in_words(TreatmentSession.Kind))
    )
    whom = forms.ChoiceField(label="With")
    weekly = forms.BooleanField(label="Repeat every week", required=False)
    days = forms.MultipleChoiceField(
        label="On these days", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(str(n), name) for n, name in enumerate(WEEKDAY_NAMES)],
        help_text="Without any: on the weekday of the first one.",
    )  # fmt: skip
    until = DayField(label="Until", required=False, widget=DayInput(),
                            help_text="Leave it empty to go on.")  # fmt: skip

    field_order = ("kind", "whom", "day", "clock", "minutes", "place", "title", "weekly", "days",
                   "until")  # fmt: skip

    def __init__(self, *args: Any, people: Choices, groups: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        whom: Any = self.fields["whom"]
        whom.choices = [
            ("", "Choose a patient or a group"),
            ("Your patients", list(people)),
            ("Your groups", list(groups)),
        ]


class SessionChangeForm(SessionTimeForm):
    """Where a session moves to."""

    rev = RevField()
    scope = forms.ChoiceField(
        label="Which", initial="this", widget=forms.RadioSelect, required=False,
        choices=[("this", "This session only"), ("following", "This and all that follow")],
    )  # fmt: skip

    def __init__(self, *args: Any, repeats: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not repeats:
            del self.fields["scope"]


@dataclass(frozen=True, slots=True)
class SessionConflict:
    """A conflict in words; the last one may only count, in ``rest``, those that are not shown."""

    whom_id: UUID | None
    whom: str
    what: str
    place: str
    clinician: str
    why: str
    rest: int = 0


@clinician_page
@require_http_methods(["GET", "POST"])
def plan_session_page(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """Plan a session with one of the clinician's patients or groups."""
    form = _plan_form(request, viewer, now)
    if not form.is_bound:
        return _plan_page(request, viewer, form)
    if not form.is_valid():
        return _plan_page(request, viewer, form, status=400)
    plan, weekly = _plan_of(form.cleaned_data, viewer)
    try:
        conflicts = (
            [] if _is_confirmed(request) else conflicts_of_plan(plan=plan, weekly=weekly, now=now)
        )
        if conflicts:
            return _plan_page(request, viewer, form, status=409, conflicts=conflicts)
        session, _ = series.plan_once_or_weekly(plan=plan, weekly=weekly, now=now)
    except InvalidInput as refusal:
        add_form_errors(form, refusal, FORM_FIELD_OF)
        return _plan_page(request, viewer, form, status=400)
    except SessionDiffers:
        form.add_error("clock", SESSION_DIFFERS_NOTE)
        return _plan_page(request, viewer, form, status=409)
    day = local_day(session.starts_at, viewer.clinic.time_zone)
    return redirect_to("today", said="planned", query={"day": day.isoformat()})


@clinician_page
@require_http_methods(["GET", "POST"])
def change_session_page(
    request: HttpRequest, *, viewer: User, now: datetime, session_id: UUID
) -> HttpResponse:
    """Move a session, rename it, cancel it or restore it.

    Cancelling needs a confirmation, and so does moving it where it conflicts with another session.
    """
    session = own_session(clinician=viewer, session_id=session_id, now=now)
    repeats = session.series_id is not None
    if request.method == "GET":
        if request.GET.get("cancel") in {"this", "following"} and session.cancelled_at is None:
            return _confirm_cancelling(request, viewer, session, request.GET["cancel"])
        form = SessionChangeForm(repeats=repeats, initial=_current_values(session, viewer))
        return _change_page(request, viewer, session, form)
    if "cancelled" in request.POST:
        changes: dict[str, Any] = {"cancelled": request.POST["cancelled"] == "yes"}
        form = SessionChangeForm(repeats=repeats, initial=_current_values(session, viewer))
        sent = {"rev": request.POST.get("rev", ""), "scope": request.POST.get("scope", "this")}
    else:
        form = SessionChangeForm(request.POST, repeats=repeats)
        if not form.is_valid():
            return _change_page(request, viewer, session, form, status=400)
        changes = _changes_of(form.cleaned_data, viewer)
        conflicts = [] if _is_confirmed(request) else conflicts_of_change(
            viewer=viewer, session=session, changes=changes, now=now,
            is_following=form.cleaned_data.get("scope") == "following",
        )  # fmt: skip
        if conflicts:
            return _change_page(request, viewer, session, form, status=409, conflicts=conflicts)
        sent = {"rev": str(form.cleaned_data["rev"]), "scope": form.cleaned_data.get("scope", "")}
    return _store_change(request, viewer, session, form, changes=changes, sent=sent, now=now)


def _is_confirmed(request: HttpRequest) -> bool:
    """Whether the viewer was shown the conflicts and wants to plan it all the same."""
    return "sure" in request.POST


def _session_conflicts(conflicts: Sequence[Conflict], viewer: User) -> list[SessionConflict]:
    """Return the first few things that a plan conflicts with, in words."""
    shown = [_describe_conflict(one, viewer) for one in conflicts[:MAX_CONFLICTS_SHOWN]]
    if len(conflicts) > MAX_CONFLICTS_SHOWN:
        rest = len(conflicts) - MAX_CONFLICTS_SHOWN
        shown.append(SessionConflict(None, "", "", "", "", "", rest))
    return shown


def _confirm_cancelling(
    request: HttpRequest, viewer: User, session: TreatmentSession, scope: str
) -> HttpResponse:
    when = formatting.format_datetime(session.starts_at, viewer.clinic.time_zone)
    kind = f"{formatting.humanize(session.kind)} session"
    follows = scope == "following" and session.series_id is not None
    question = f"Cancel this {kind}, {when}, and all that follow?" if follows else (
        f"Cancel this {kind}, {when}?"
    )  # fmt: skip
    return render_confirmation(
        request, viewer=viewer, question=question,
        back=reverse("web:change", kwargs={"session_id": session.pk}),
        button="Yes, cancel them all" if follows else "Yes, cancel it",
        detail="They can only be brought back one by one." if follows else
        "It stays on the plan as cancelled, and nobody is reminded of it.",
        fields={"rev": session.rev, "cancelled": "yes", "scope": scope},
    )  # fmt: skip


def _plan_form(request: HttpRequest, viewer: User, now: datetime) -> SessionPlanForm:
    people = person_choices(
        care_team.patients_treated_by(viewer=viewer, now=now),
        viewer=viewer,
        now=now,
        before="patient:",
    )
    led = [(group.id, group.name) for group in groups_led(viewer=viewer)]
    groups = [(f"group:{pk}", isolate(name)) for pk, name in led]
    initial = None if request.method == "POST" else _suggested_values(request, viewer, now)
    return SessionPlanForm(posted_data(request), people=people, groups=groups, initial=initial)


def _plan_page(
    request: HttpRequest, viewer: User, form: SessionPlanForm, *, status: int = 200,
    conflicts: Sequence[Conflict] = (),
) -> HttpResponse:  # fmt: skip
    return render_page(
        request, "web/plan.html", viewer=viewer, status=status, here="today", form=form,
        zone=viewer.clinic.time_zone, in_the_way=_session_conflicts(conflicts, viewer),
    )  # fmt: skip


def _suggested_values(request: HttpRequest, viewer: User, now: datetime) -> dict[str, Any]:
    asked = [(what, uuid_or_none(request.GET.get(what, ""))) for what in ("patient", "group")]
    whom = [f"{what}:{who}" for what, who in asked if who is not None]
    is_group = "group" in request.GET
    return {
        "whom": whom[0] if whom else "",
        "day": local_day(now, viewer.clinic.time_zone) + timedelta(days=1),
        "minutes": 180 if is_group else 50,
    }


def _plan_of(
    sent: Mapping[str, Any], viewer: User
) -> tuple[PlannedSession, WeeklyRecurrence | None]:
    """Return the session that the form plans, and its weekly recurrence, if any."""
    what, _, which = sent["whom"].partition(":")
    starts_at = local_to_utc(sent["day"], sent["clock"], viewer.clinic.time_zone)
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
    return plan, WeeklyRecurrence(days, 1, sent["until"]) if sent["weekly"] else None


def _describe_conflict(conflict: Conflict, viewer: User) -> SessionConflict:
    zone = clinic_zone(viewer)
    starts = formatting.format_datetime(conflict.starts_at, zone)
    clash = conflict.clash
    if clash is None:
        until = formatting.format_time(conflict.ends_at, zone)
        busy = f"{_BUSY_TEXTS[conflict.reason]} then, {starts} to {until}"
        return SessionConflict(conflict.whom_id, conflict.whom, busy, "", "", "as they said")
    kind = f"{formatting.humanize(clash.kind)} session"
    return SessionConflict(
        whom_id=clash.whom_id,
        whom=clash.whom,
        what=f"{kind}, {starts} to {formatting.format_time(clash.ends_at, zone)}",
        place=clash.place,
        clinician=clash.clinician,
        why=_CONFLICT_REASONS[clash.why],
    )


def _current_values(session: TreatmentSession, viewer: User) -> dict[str, Any]:
    local = session.starts_at.astimezone(get_zone(viewer.clinic.time_zone))
    return {
        "day": local.date(),
        "clock": local.time(),
        "minutes": session_minutes(session),
        "place": session.place,
        "title": session.title,
        "rev": session.rev,
        "scope": "this",
    }


def _changes_of(sent: Mapping[str, Any], viewer: User) -> dict[str, Any]:
    starts_at = local_to_utc(sent["day"], sent["clock"], viewer.clinic.time_zone)
    return {
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=sent["minutes"]),
        "title": sent["title"],
        "place": sent["place"],
    }


def _store_change(
    request: HttpRequest,
    viewer: User,
    session: TreatmentSession,
    form: SessionChangeForm,
    *,
    changes: Mapping[str, Any],
    sent: Mapping[str, str],
    now: datetime,
) -> HttpResponse:
    try:
        changed = series.change_one_or_following(
            clinician=viewer, session_id=session.pk, rev=rev_or_zero(sent["rev"]), changes=changes,
            now=now, is_following=sent["scope"] == "following",
        )  # fmt: skip
    except SessionChanged:
        session = own_session(clinician=viewer, session_id=session.pk, now=now)
        form = SessionChangeForm(
            repeats=session.series_id is not None, initial=_current_values(session, viewer)
        )
        return _change_page(
            request, viewer, session, form, status=409, problem=SESSION_CHANGED_NOTE
        )
    except InvalidInput as refusal:
        if not form.is_bound:
            return _change_page(
                request, viewer, session, form, status=400, problem=refusal.errors[0].detail
            )
        add_form_errors(form, refusal, FORM_FIELD_OF)
        return _change_page(request, viewer, session, form, status=400)
    said = {True: "cancelled", False: "restored"}.get(changes.get("cancelled", ""), "changed")
    day = local_day(changed.starts_at, viewer.clinic.time_zone)
    return redirect_to("today", said=said, query={"day": day.isoformat()})


def _change_page(
    request: HttpRequest,
    viewer: User,
    session: TreatmentSession,
    form: SessionChangeForm,
    *,
    status: int = 200,
    problem: str = "",
    conflicts: Sequence[Conflict] = (),
) -> HttpResponse:
    return render_page(
        request, "web/change.html", viewer=viewer, status=status, form=form, session=session,
        told=describe_session(session, viewer), problem=problem,
        in_the_way=_session_conflicts(conflicts, viewer),
        zone=viewer.clinic.time_zone,
        day=local_day(session.starts_at, viewer.clinic.time_zone),
        is_cancelled=session.cancelled_at is not None, repeats=session.series_id is not None,
    )  # fmt: skip
