"""What the privacy officer looks at: charts opened in an emergency, and acts of administration.

Every administrator of a clinic is one (SECURITY R20).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_http_methods

from care import access
from care.access import DataClass
from care.actions import breaking_glass, oversight
from care.models import User
from journaling import wording
from web import told
from web.gate import administrators
from web.showing import ask, clinic_zone, go, show
from web.templatetags.text import bdi
from web.templatetags.text import told as written


@dataclass(frozen=True, slots=True)
class Emergency:
    """One of them, in words."""

    id: UUID
    who_id: UUID
    who: str
    whose_id: UUID
    whose: str
    when: str
    why: str


@administrators
@require_GET
def emergencies(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """List those that nobody has looked at yet; each patient named is logged."""
    shown = _waiting(viewer, now)
    acts = told.of(oversight.unreviewed_acts(clinic_id=viewer.clinic_id), viewer)
    return show(
        request, "web/emergencies.html", viewer=viewer, emergencies=shown, acts=acts,
        also_listed=[one.whose_id for one in shown],
    )  # fmt: skip


@administrators
@require_http_methods(["GET", "POST"])
def looked_at(
    request: HttpRequest, *, viewer: User, now: datetime, emergency_id: UUID
) -> HttpResponse:
    """Note that an administrator looked at one, once it was asked whether they did."""
    if request.method == "GET":
        return _ask(request, viewer, emergency_id, now)
    if not breaking_glass.mark_reviewed(officer=viewer, break_glass_id=emergency_id, now=now):
        raise Http404
    return go("emergencies", said="looked_at")


def _ask(request: HttpRequest, viewer: User, emergency_id: UUID, now: datetime) -> HttpResponse:
    found = [one for one in _waiting(viewer, now) if one.id == emergency_id]
    if not found:
        raise Http404
    return ask(
        request, viewer=viewer, button="Yes, it is reviewed", back=reverse("web:emergencies"),
        question=format_html(
            "Have you looked into it that {} opened the chart of {}?",
            bdi(found[0].who), bdi(found[0].whose),
        ),
        detail="It then leaves this list for good, with your name as who reviewed it.",
    )  # fmt: skip


def _waiting(viewer: User, now: datetime) -> list[Emergency]:
    """List those that nobody has looked at yet; each patient named is logged."""
    found = breaking_glass.unreviewed(clinic_id=viewer.clinic_id)
    access.log_list(
        viewer=viewer, patient_ids=[one.patient_id for one in found], what=DataClass.BREAK_GLASS,
        reason="privacy_review", now=now,
    )  # fmt: skip
    zone = clinic_zone(viewer)
    return [
        Emergency(
            id=one.pk,
            who_id=one.clinician_id,
            who=one.clinician_name,
            whose_id=one.patient_id,
            whose=one.patient.user.display_name,
            when=wording.dated(one.opened_at, zone),
            why=breaking_glass.reason_of(one),
        )
        for one in found
    ]


@administrators
@require_http_methods(["GET", "POST"])
def looked_at_act(
    request: HttpRequest, *, viewer: User, now: datetime, act_id: UUID
) -> HttpResponse:
    """Note that an administrator looked at what another one did, once it was asked."""
    if request.method == "GET":
        return _ask_of_act(request, viewer, act_id)
    if not oversight.mark_act_reviewed(officer=viewer, act_id=act_id, now=now):
        raise Http404
    return go("emergencies", said="looked_at")


def _ask_of_act(request: HttpRequest, viewer: User, act_id: UUID) -> HttpResponse:
    acts = told.of(oversight.unreviewed_acts(clinic_id=viewer.clinic_id), viewer)
    found = [one for one in acts if one.id == act_id]
    if not found:
        raise Http404
    return ask(
        request, viewer=viewer, button="Yes, it is reviewed", back=reverse("web:emergencies"),
        question=format_html("Have you looked into this: {}?", written(found[0].what)),
        detail="It then leaves this list for good, with your name as who reviewed it.",
    )  # fmt: skip
