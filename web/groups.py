"""Groups: who is in them, and who joins."""

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from backend.kit.errors import InvalidInput
from care.actions import groups as acting
from care.actions.team import NotPrimary
from care.models import User
from care.queries import groups as reading
from notifications import actions as reminding
from web.forms import GroupForm, MemberForm
from web.gate import clinicians
from web.naming import pickable
from web.showing import ask, go, posted, show, tell
from web.templatetags.text import bdi

ONLY_PRIMARY = (
    "The leader of this group does not treat them yet. "
    "A primary therapist of theirs can let them join."
)


@clinicians
@require_http_methods(["GET", "POST"])
def groups(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """List the clinic's groups; open another one."""
    form = GroupForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = acting.open_group(clinician=viewer, name=form.cleaned_data["name"])
        except InvalidInput as refusal:
            tell(form, refusal)
        else:
            return go("group", said="opened", group_id=made.pk)
    found = reading.groups_of_clinic(viewer=viewer, now=now)
    return show(
        request, "web/groups.html", viewer=viewer, status=400 if form.errors else 200,
        here="groups", form=form, mine=[one for one in found if one.leader_id == viewer.pk],
        others=[one for one in found if one.leader_id != viewer.pk],
    )  # fmt: skip


@clinicians
@require_http_methods(["GET", "POST"])
def group(request: HttpRequest, *, viewer: User, now: datetime, group_id: UUID) -> HttpResponse:
    """Show a group's members whom the clinician treats; let another one join."""
    people = pickable(reading.treated_by(viewer=viewer, now=now), viewer=viewer, now=now)
    form = MemberForm(posted(request), people=people)
    if request.method == "POST" and form.is_valid():
        patient_id = UUID(form.cleaned_data["patient"])
        try:
            acting.join_group(clinician=viewer, group_id=group_id, patient_id=patient_id, now=now)
        except InvalidInput as refusal:
            tell(form, refusal)
        except NotPrimary:
            form.add_error(None, ONLY_PRIMARY)
        else:
            reminding.sessions_changed(patients=[patient_id], now=now)
            return go("group", said="joined", group_id=group_id)
    found = reading.group_of_clinic(viewer=viewer, group_id=group_id, now=now)
    if found is None:
        raise Http404
    inside = {str(one.patient_id) for one in found.members}
    if not form.is_bound:
        form = MemberForm(people=[one for one in people if one[0] not in inside])
    return show(
        request, "web/group.html", viewer=viewer, status=400 if form.errors else 200,
        here="groups", group=found, form=form, is_mine=found.leader_id == viewer.pk,
        can_add=any(pk not in inside for pk, _ in people),
    )  # fmt: skip


@clinicians
@require_http_methods(["GET", "POST"])
def leave_group(
    request: HttpRequest, *, viewer: User, now: datetime, group_id: UUID, patient_id: UUID
) -> HttpResponse:
    """End a patient's time in a group, once it was asked whether that is meant."""
    if request.method == "GET":
        return _ask_leaving(request, viewer, group_id, patient_id, now)
    acting.leave_group(clinician=viewer, group_id=group_id, patient_id=patient_id, now=now)
    reminding.sessions_changed(patients=[patient_id], now=now)
    return go("group", said="left", group_id=group_id)


def _ask_leaving(
    request: HttpRequest, viewer: User, group_id: UUID, patient_id: UUID, now: datetime
) -> HttpResponse:
    """Ask about one whom the viewer treats; of others the page tells nothing."""
    group = reading.group_of_clinic(viewer=viewer, group_id=group_id, now=now)
    inside = group.members if group is not None else ()
    name = next((one.name for one in inside if one.patient_id == patient_id), None)
    if group is None or name is None:
        raise Http404
    return ask(
        request, viewer=viewer, button="Yes, end it now",
        back=reverse("web:group", kwargs={"group_id": group_id}),
        question=format_html("Does {} leave the group {}?", bdi(name), bdi(group.name)),
        detail="Its sessions leave their plan, and a leader who was on their care team for this "
        "group alone leaves that too.",
    )  # fmt: skip
