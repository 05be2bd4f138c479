"""Bringing patients in, and who treats them."""

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from backend.kit.errors import InvalidInput
from care import access
from care.access import DataClass, NoSuchChart
from care.actions import people, team
from care.models import User
from care.queries import groups as reading
from web.forms import ColleagueForm, InviteForm
from web.gate import clinicians
from web.showing import go, posted, show, tell

ONLY_PRIMARY = "Only a primary therapist of this patient decides who treats them."
LAST = "A patient keeps at least one primary therapist. Bring in another one first."


@clinicians
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """Add a patient; the code that lets them enrol is on the answer's page, and nowhere else."""
    zone = viewer.clinic.time_zone
    if request.method == "GET":
        form = InviteForm(clinic_zone=zone)
        return show(request, "web/invite.html", viewer=viewer, here="caseload", form=form)
    form = InviteForm(request.POST, clinic_zone=zone)
    if not form.is_valid():
        return show(
            request, "web/invite.html", viewer=viewer, status=400, here="caseload", form=form
        )
    try:
        patient, code = people.invite_patient(
            clinician=viewer, display_name=form.cleaned_data["display_name"],
            time_zone=form.cleaned_data["time_zone"], now=now,
        )  # fmt: skip
    except InvalidInput as refusal:
        tell(form, refusal)
        return show(
            request, "web/invite.html", viewer=viewer, status=400, here="caseload", form=form
        )
    return _code(request, viewer, patient.pk, form.cleaned_data["display_name"], code)


@clinicians
@require_POST
def invite_again(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Make a new code for somebody who has not enrolled yet; the one before stops working."""
    _check(viewer, patient_id, DataClass.INVITATION, now)
    name = User.objects.values_list("display_name", flat=True).get(pk=patient_id)
    try:
        code = people.invite_again(patient_id=patient_id, clinician=viewer, now=now)
    except people.AlreadyEnrolled:
        return show(
            request, "web/invited.html", viewer=viewer, status=409, here="caseload", name=name,
            code="",
        )  # fmt: skip
    return _code(request, viewer, patient_id, name, code)


@clinicians
@require_http_methods(["GET", "POST"])
def care_team(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show who treats a patient; a primary therapist brings colleagues in."""
    _check(viewer, patient_id, DataClass.CARE_TEAM, now)
    colleagues = [(str(pk), name) for pk, name in reading.colleagues_of(viewer=viewer)]
    form = ColleagueForm(posted(request), colleagues=colleagues)
    if not form.is_bound or not form.is_valid():
        return _team_page(request, viewer, patient_id, form, now)
    try:
        team.add_to_team(
            clinician=viewer, patient_id=patient_id, now=now, role=form.cleaned_data["role"],
            colleague_id=UUID(form.cleaned_data["clinician"]),
        )  # fmt: skip
    except InvalidInput as refusal:
        tell(form, refusal)
    except (team.NotPrimary, team.LastTherapist) as refusal:
        form.add_error(None, _words(refusal))
    else:
        return go("team", said="team", patient_id=patient_id)
    return _team_page(request, viewer, patient_id, form, now)


@clinicians
@require_POST
def leave_team(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, clinician_id: UUID
) -> HttpResponse:
    """End a colleague's part in a patient's treatment."""
    _check(viewer, patient_id, DataClass.CARE_TEAM, now)
    try:
        team.end_membership(
            clinician=viewer, patient_id=patient_id, colleague_id=clinician_id, now=now
        )
    except (team.NotPrimary, team.LastTherapist) as refusal:
        colleagues = [(str(pk), name) for pk, name in reading.colleagues_of(viewer=viewer)]
        form = ColleagueForm({}, colleagues=colleagues)
        form.is_valid()
        form.errors.clear()
        form.add_error(None, _words(refusal))
        return _team_page(request, viewer, patient_id, form, now)
    if clinician_id == viewer.pk:
        return go("caseload", said="team")
    return go("team", said="team", patient_id=patient_id)


def _words(refusal: Exception) -> str:
    return ONLY_PRIMARY if isinstance(refusal, team.NotPrimary) else LAST


def _team_page(
    request: HttpRequest, viewer: User, patient_id: UUID, form: ColleagueForm, now: datetime
) -> HttpResponse:
    access.log_list(
        viewer=viewer, patient_ids=[patient_id], what=DataClass.CARE_TEAM, reason="care_team",
        now=now,
    )  # fmt: skip
    return show(
        request, "web/team.html", viewer=viewer, status=400 if form.errors else 200,
        here="caseload", patient_id=patient_id, form=form,
        name=User.objects.values_list("display_name", flat=True).get(pk=patient_id),
        team=reading.team_of(patient_id=patient_id, now=now),
    )  # fmt: skip


def _check(viewer: User, patient_id: UUID, what: DataClass, now: datetime) -> None:
    try:
        access.check_team(viewer=viewer, patient_id=patient_id, what=what, now=now)
    except NoSuchChart:
        raise Http404 from None


def _code(
    request: HttpRequest, viewer: User, patient_id: UUID, name: str, code: str
) -> HttpResponse:
    return show(
        request, "web/invited.html", viewer=viewer, here="caseload", patient_id=patient_id,
        name=name, code=code,
    )  # fmt: skip
