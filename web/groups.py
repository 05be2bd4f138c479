"""Groups: who is in them, and who joins."""

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from backend.kit.errors import InvalidInput
from care.access import NoSuchChart
from care.actions import groups as acting
from care.actions.groups import NoSuchGroup
from care.models import User
from care.queries import groups as reading
from notifications import actions as reminding
from web.forms import GroupForm, MemberForm
from web.gate import clinicians
from web.showing import go, posted, show, tell


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
    people = [(str(pk), name) for pk, name in reading.treated_by(viewer=viewer, now=now)]
    form = MemberForm(posted(request), people=people)
    if request.method == "POST" and form.is_valid():
        patient_id = UUID(form.cleaned_data["patient"])
        try:
            acting.join_group(clinician=viewer, group_id=group_id, patient_id=patient_id, now=now)
        except (NoSuchGroup, NoSuchChart):
            raise Http404 from None
        except InvalidInput as refusal:
            tell(form, refusal)
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
@require_POST
def leave_group(
    request: HttpRequest, *, viewer: User, now: datetime, group_id: UUID, patient_id: UUID
) -> HttpResponse:
    """End a patient's time in a group."""
    try:
        acting.leave_group(clinician=viewer, group_id=group_id, patient_id=patient_id, now=now)
    except (NoSuchGroup, NoSuchChart):
        raise Http404 from None
    reminding.sessions_changed(patients=[patient_id], now=now)
    return go("group", said="left", group_id=group_id)
