"""What the privacy officer looks at: charts opened in an emergency, and acts of administration.

Every administrator of a clinic is one (SECURITY R20).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from care import access
from care.access import DataClass
from care.actions import breaking_glass, oversight
from care.models import User
from journaling import wording
from web import told
from web.gate import administrators
from web.showing import clinic_zone, go, show


@dataclass(frozen=True, slots=True)
class Emergency:
    """One of them, in words."""

    id: UUID
    who: str
    whose: str
    when: str
    why: str


@administrators
@require_GET
def emergencies(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """List those that nobody has looked at yet; each patient named is logged."""
    found = breaking_glass.unreviewed(clinic_id=viewer.clinic_id)
    access.log_list(
        viewer=viewer, patient_ids=[one.patient_id for one in found], what=DataClass.BREAK_GLASS,
        reason="privacy_review", now=now,
    )  # fmt: skip
    zone = clinic_zone(viewer)
    shown = [
        Emergency(
            id=one.pk,
            who=one.clinician_name,
            whose=one.patient.user.display_name,
            when=wording.dated(one.opened_at, zone),
            why=breaking_glass.reason_of(one),
        )
        for one in found
    ]
    acts = told.of(oversight.unreviewed_acts(clinic_id=viewer.clinic_id), viewer)
    return show(request, "web/emergencies.html", viewer=viewer, emergencies=shown, acts=acts)


@administrators
@require_POST
def looked_at(
    request: HttpRequest, *, viewer: User, now: datetime, emergency_id: UUID
) -> HttpResponse:
    """Note that an administrator looked at one."""
    if not breaking_glass.mark_reviewed(officer=viewer, break_glass_id=emergency_id, now=now):
        raise Http404
    return go("emergencies", said="looked_at")


@administrators
@require_POST
def looked_at_act(
    request: HttpRequest, *, viewer: User, now: datetime, act_id: UUID
) -> HttpResponse:
    """Note that an administrator looked at what another one did."""
    if not oversight.mark_act_reviewed(officer=viewer, act_id=act_id, now=now):
        raise Http404
    return go("emergencies", said="looked_at")
