"""Bringing patients in, and who treats them."""

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_http_methods

from backend.kit.errors import InvalidInput
from care import access
from care.access import DataClass
from care.actions import people, team
from care.models import User
from care.queries import groups as reading
from care.queries.namesakes import fold
from web.forms import ColleagueForm, InviteForm
from web.gate import clinicians
from web.naming import pickable
from web.repeats import put_away, put_there
from web.showing import ask, go, posted, show, tell
from web.templatetags.text import bdi

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
    name = form.cleaned_data["display_name"]
    known = [
        pair for pair in reading.treated_by(viewer=viewer, now=now) if fold(pair[1]) == fold(name)
    ]
    if known and "sure" not in request.POST:
        return show(
            request, "web/invite.html", viewer=viewer, status=409, here="caseload", form=form,
            known=known,
        )  # fmt: skip
    try:
        patient, code = people.invite_patient(
            clinician=viewer, display_name=name, time_zone=form.cleaned_data["time_zone"], now=now
        )
    except InvalidInput as refusal:
        tell(form, refusal)
        return show(
            request, "web/invite.html", viewer=viewer, status=400, here="caseload", form=form
        )
    return _code(viewer, patient.pk, code)


@clinicians
@require_http_methods(["GET", "POST"])
def invite_again(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Make a new code for somebody who has not enrolled yet; the one before stops working."""
    _check(viewer, patient_id, DataClass.INVITATION, now)
    if request.method == "GET":
        return ask(
            request, viewer=viewer, back=reverse("web:caseload"), button="Make a new code",
            question=format_html("Make a new code for {}?", bdi(_name(patient_id))),
            detail="The code that they have stops working at once.",
        )  # fmt: skip
    try:
        code = people.invite_again(patient_id=patient_id, clinician=viewer, now=now)
    except people.AlreadyEnrolled:
        return show(
            request, "web/invited.html", viewer=viewer, status=409, here="caseload",
            name=_name(patient_id), patient_id=patient_id, is_enrolled=True,
        )  # fmt: skip
    return _code(viewer, patient_id, code)


@clinicians
@require_GET
def invited(request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID) -> HttpResponse:
    """Show the code that was just made, to whoever made it and for ten minutes."""
    _check(viewer, patient_id, DataClass.INVITATION, now)
    return show(
        request, "web/invited.html", viewer=viewer, here="caseload", patient_id=patient_id,
        name=_name(patient_id), code=put_there(request, user=viewer),
    )  # fmt: skip


@clinicians
@require_http_methods(["GET", "POST"])
def care_team(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show who treats a patient; a primary therapist brings colleagues in."""
    _check(viewer, patient_id, DataClass.CARE_TEAM, now)
    form = ColleagueForm(posted(request), colleagues=_colleagues(viewer, now))
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
@require_http_methods(["GET", "POST"])
def leave_team(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, clinician_id: UUID
) -> HttpResponse:
    """End a colleague's part in a patient's treatment, once it was asked whether that is meant."""
    _check(viewer, patient_id, DataClass.CARE_TEAM, now)
    if request.method == "GET":
        return _ask_leaving(request, viewer, patient_id, clinician_id, now)
    try:
        team.end_membership(
            clinician=viewer, patient_id=patient_id, colleague_id=clinician_id, now=now
        )
    except (team.NotPrimary, team.LastTherapist) as refusal:
        form = ColleagueForm({}, colleagues=_colleagues(viewer, now))
        form.is_valid()
        form.errors.clear()
        form.add_error(None, _words(refusal))
        return _team_page(request, viewer, patient_id, form, now)
    if clinician_id == viewer.pk:
        return go("caseload", said="team")
    return go("team", said="team", patient_id=patient_id)


def _ask_leaving(
    request: HttpRequest, viewer: User, patient_id: UUID, clinician_id: UUID, now: datetime
) -> HttpResponse:
    found = reading.team_of(patient_id=patient_id, now=now)
    name = next((one.name for one in found if one.clinician_id == clinician_id), None)
    if name is None:
        raise Http404
    back = reverse("web:team", kwargs={"patient_id": patient_id})
    patient = bdi(_name(patient_id))
    if clinician_id == viewer.pk:
        question = format_html("Leave the care team of {}?", patient)
        detail = (
            "You then read nothing more of theirs, at once, and their sessions are no longer "
            "yours. Only a primary therapist can bring you back."
        )
    else:
        question = format_html("Does {} leave the care team of {}?", bdi(name), patient)
        detail = "They then read nothing more of this patient, at once."
    return ask(
        request, viewer=viewer, question=question, detail=detail, back=back,
        button="Yes, end it now",
    )  # fmt: skip


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
        name=_name(patient_id),
        team=reading.team_of(patient_id=patient_id, now=now),
    )  # fmt: skip


def _check(viewer: User, patient_id: UUID, what: DataClass, now: datetime) -> None:
    access.check_team(viewer=viewer, patient_id=patient_id, what=what, now=now)


def _code(viewer: User, patient_id: UUID, code: str) -> HttpResponse:
    """Lead to the page that shows the code, so that loading it again makes no other."""
    shown = put_away(user=viewer, secret=code)
    return go("invited", query={"shown": shown}, patient_id=patient_id)


def _name(patient_id: UUID) -> str:
    return User.objects.values_list("display_name", flat=True).get(pk=patient_id)


def _colleagues(viewer: User, now: datetime) -> list[tuple[str, str]]:
    return pickable(reading.colleagues_of(viewer=viewer), viewer=viewer, now=now)
