"""The plan of care, the level of care and the physician's certification."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from backend.kit.errors import InvalidInput
from backend.kit.zones import local_day
from care.access import Chart, DataClass
from care.actions import careplan, episodes
from care.actions.careplan import PlanChanged
from care.actions.episodes import DISCHARGE, Placement
from care.models import CareTeamMembership, Episode, User
from care.queries import groups as reading
from care.queries import programme
from care.queries.names import name_of
from journaling import wording
from web.forms import AsksForm, CarePlanForm, LevelForm
from web.gate import clinicians
from web.naming import pickable
from web.patient import chart_of
from web.showing import ask, go, posted, show, tell
from web.templatetags.text import bdi

STALE = "Somebody wrote another version meanwhile. It stands below; yours was not stored."
INTENSIVE = Episode.LevelOfCare.INTENSIVE_OUTPATIENT


@clinicians
@require_http_methods(["GET", "POST"])
def care_plan(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show the plan of care, and write its next version."""
    chart = chart_of(viewer, patient_id, DataClass.PROGRAMME, now)
    problem = ""
    form = CarePlanForm(posted(request))
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            careplan.write_plan(
                chart=chart, clinician=viewer, rev=sent["rev"], goals=sent["goals"],
                hours_per_week=sent["hours_per_week"], reviewed_on=sent["reviewed_on"], now=now,
            )  # fmt: skip
        except InvalidInput as refusal:
            tell(form, refusal)
        except PlanChanged:
            problem = STALE
        else:
            return go("care_plan", said="plan", patient_id=patient_id)
    standing = programme.standing_of(chart=chart, zone_name=viewer.clinic.time_zone, now=now)
    if problem or not form.is_bound:
        form = CarePlanForm(initial=_as_it_stands(standing.plan, viewer, now))
    return show(
        request, "web/care_plan.html", viewer=viewer, here="caseload", form=form,
        status=409 if problem else 400 if form.errors else 200, problem=problem,
        name=name_of(chart=chart), patient_id=patient_id, standing=standing,
    )  # fmt: skip


@clinicians
@require_http_methods(["GET", "POST"])
def level(request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID) -> HttpResponse:
    """Admit a patient, step them up or down, or discharge them."""
    chart = chart_of(viewer, patient_id, DataClass.PROGRAMME, now)
    standing = programme.standing_of(chart=chart, zone_name=viewer.clinic.time_zone, now=now)
    physicians = _physicians(patient_id, viewer, now)
    sent = posted(request)
    is_step = standing.episode is not None
    suggested = {
        "on": local_day(now, viewer.clinic.time_zone),
        "planned_hours_per_week": None if is_step else 9,
    }
    form = LevelForm(sent, is_step=is_step, initial=suggested)
    asks = AsksForm(sent, physicians=physicians)
    is_whole = sent is not None and form.is_valid() and asks.is_valid()
    # Discharge ends groups and consents with the episode, and nothing on these pages undoes it.
    must_ask = is_whole and form.cleaned_data["to"] == DISCHARGE and "sure" not in request.POST
    if is_whole and not must_ask:
        try:
            said = _place(viewer, chart, standing.episode, form.cleaned_data, asks=asks, now=now)
        except InvalidInput as refusal:
            tell_both(form, asks, refusal)
        except (episodes.EpisodeOver, episodes.EpisodeOpen):
            return go("level", patient_id=patient_id)
        else:
            return go("patient", said=said, patient_id=patient_id)
    return show(
        request, "web/level.html", viewer=viewer, here="caseload", form=form, asks=asks,
        status=409 if must_ask else 400 if form.errors or asks.errors else 200,
        must_ask=must_ask, name=name_of(chart=chart), patient_id=patient_id,
        standing=standing, steps=programme.steps_of(chart=chart),
        is_physician=any(pk == str(viewer.pk) for pk, _ in physicians),
    )  # fmt: skip


@clinicians
@require_http_methods(["GET", "POST"])
def certify(request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID) -> HttpResponse:
    """Certify the need for the open episode, as a physician of the care team who means it."""
    today = local_day(now, viewer.clinic.time_zone)
    if request.method == "GET":
        return _ask_certifying(request, viewer, patient_id, now)
    try:
        episodes.certify(physician=viewer, patient_id=patient_id, certified_on=today, now=now)
    except (episodes.NotPhysician, episodes.EpisodeOver):
        raise Http404 from None
    return go("level", said="certified", patient_id=patient_id)


def _ask_certifying(
    request: HttpRequest, viewer: User, patient_id: UUID, now: datetime
) -> HttpResponse:
    chart = chart_of(viewer, patient_id, DataClass.PROGRAMME, now)
    standing = programme.standing_of(chart=chart, zone_name=viewer.clinic.time_zone, now=now)
    if standing.episode is None or str(viewer.pk) not in dict(_physicians(patient_id, viewer, now)):
        raise Http404
    level = wording.spoken(standing.episode.level_of_care)
    return ask(
        request, viewer=viewer, button="I certify it",
        back=reverse("web:level", kwargs={"patient_id": patient_id}),
        question=format_html("Certify that {} needs {} care?", bdi(name_of(chart=chart)), level),
        detail="It is recorded as of today, under your name, and holds for 60 days.",
    )  # fmt: skip


def _physicians(patient_id: UUID, viewer: User, now: datetime) -> list[tuple[str, str]]:
    team = reading.team_of(patient_id=patient_id, now=now)
    found = [
        (one.clinician_id, one.name)
        for one in team
        if one.role == CareTeamMembership.Role.PHYSICIAN
    ]
    return pickable(found, viewer=viewer, now=now)


def tell_both(form: LevelForm, asks: AsksForm, refusal: InvalidInput) -> None:
    """Put what admission asks beside its questions, and everything else beside the level."""
    of_asks = [fault for fault in refusal.errors if fault.field.startswith("admission")]
    tell(asks, InvalidInput(of_asks), {f"admission.{name}": name for name in asks.fields})
    tell(form, InvalidInput([fault for fault in refusal.errors if fault not in of_asks]))


def _place(
    viewer: User,
    chart: Chart,
    episode: Episode | None,
    sent: Mapping[str, Any],
    *,
    asks: AsksForm,
    now: datetime,
) -> str:
    answers = _answers(asks) if sent["to"] == INTENSIVE else None
    placement = Placement(sent["to"], sent["on"], sent["planned_hours_per_week"], answers)
    if episode is None:
        episodes.admit(clinician=viewer, patient_id=chart.patient_id, placement=placement, now=now)
        return "admitted"
    episodes.change_level(
        clinician=viewer, episode_id=episode.pk, placement=placement, reason=sent["reason"],
        now=now,
    )  # fmt: skip
    return "discharged" if sent["to"] == DISCHARGE else "stepped"


def _answers(asks: AsksForm) -> dict[str, Any]:
    """Read the answers; what was not judged or chosen is refused beside its question."""
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


def _as_it_stands(plan: programme.PlanView, viewer: User, now: datetime) -> dict[str, Any]:
    return {
        "rev": plan.rev,
        "hours_per_week": plan.hours_per_week,
        "goals": "\n".join(plan.goals),
        "reviewed_on": local_day(now, viewer.clinic.time_zone),
    }
