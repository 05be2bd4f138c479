"""Reviews by the privacy officer: break-glass access, and acts of administration.

Every administrator of a clinic is a privacy officer (SECURITY R20).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_http_methods

from care.models import BreakGlass, User
from care.privacy import break_glass, oversight
from journaling import formatting
from web import rendering
from web.access import administrator_page
from web.rendering import clinic_zone, redirect_to, render_confirmation, render_page
from web.templatetags.bidi import bdi, isolate_quotes


@dataclass(frozen=True, slots=True)
class ShownEmergency:
    """A break-glass access, in words."""

    id: UUID
    who_id: UUID
    who: str
    whose_id: UUID
    whose: str
    when: str
    why: str


@administrator_page
@require_GET
def emergencies(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """List what nobody has reviewed yet; each patient named is logged."""
    queue = break_glass.review_break_glass_and_acts(officer=viewer, now=now)
    shown = _describe_emergencies(queue.openings, viewer)
    return render_page(
        request, "web/emergencies.html", viewer=viewer, emergencies=shown,
        acts=rendering.describe_acts(queue.acts, viewer),
        also_listed=[emergency.whose_id for emergency in shown],
    )  # fmt: skip


@administrator_page
@require_http_methods(["GET", "POST"])
def review_emergency_page(
    request: HttpRequest, *, viewer: User, now: datetime, emergency_id: UUID
) -> HttpResponse:
    """Mark a break-glass access as reviewed, after a confirmation."""
    if request.method == "GET":
        return _confirm_emergency(request, viewer, emergency_id, now)
    if not break_glass.mark_break_glass_reviewed(
        officer=viewer, break_glass_id=emergency_id, now=now
    ):
        raise Http404
    return redirect_to("emergencies", said="looked_at")


def _confirm_emergency(
    request: HttpRequest, viewer: User, emergency_id: UUID, now: datetime
) -> HttpResponse:
    openings = break_glass.review_break_glass(officer=viewer, now=now)
    matching = _describe_emergencies(
        [opening for opening in openings if opening.pk == emergency_id], viewer
    )
    if not matching:
        raise Http404
    return render_confirmation(
        request, viewer=viewer, button="Yes, it is reviewed", back=reverse("web:emergencies"),
        question=format_html(
            "Have you looked into it that {} opened the chart of {}?",
            bdi(matching[0].who), bdi(matching[0].whose),
        ),
        detail="It then leaves this list for good, with your name as who reviewed it.",
    )  # fmt: skip


def _describe_emergencies(openings: Iterable[BreakGlass], viewer: User) -> list[ShownEmergency]:
    zone = clinic_zone(viewer)
    return [
        ShownEmergency(
            id=opening.pk,
            who_id=opening.clinician_id,
            who=opening.clinician_name,
            whose_id=opening.patient_id,
            whose=opening.patient.user.display_name,
            when=formatting.format_datetime_with_year(opening.opened_at, zone),
            why=break_glass.break_glass_reason(opening),
        )
        for opening in openings
    ]


@administrator_page
@require_http_methods(["GET", "POST"])
def review_act_page(
    request: HttpRequest, *, viewer: User, now: datetime, act_id: UUID
) -> HttpResponse:
    """Mark an act of another administrator as reviewed, after a confirmation."""
    if request.method == "GET":
        return _confirm_act(request, viewer, act_id)
    if not oversight.mark_act_reviewed(officer=viewer, act_id=act_id, now=now):
        raise Http404
    return redirect_to("emergencies", said="looked_at")


def _confirm_act(request: HttpRequest, viewer: User, act_id: UUID) -> HttpResponse:
    acts = rendering.describe_acts(oversight.unreviewed_acts(clinic_id=viewer.clinic_id), viewer)
    matching = [act for act in acts if act.id == act_id]
    if not matching:
        raise Http404
    return render_confirmation(
        request, viewer=viewer, button="Yes, it is reviewed", back=reverse("web:emergencies"),
        question=format_html("Have you looked into this: {}?", isolate_quotes(matching[0].what)),
        detail="It then leaves this list for good, with your name as who reviewed it.",
    )  # fmt: skip
