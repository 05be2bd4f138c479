"""Groups and care teams: who is in them, who joins, who leaves."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from backend.kit.errors import InvalidInput
from care.access.data_categories import DataCategory
from care.access.open import check_team
from care.models import CareTeamMembership, User
from care.people.patients import patient_name
from care.programme import care_team
from care.programme.groups import (
    add_to_group,
    get_or_create_group,
    group_of_clinic,
    groups_of_clinic,
    remove_from_group,
)
from journaling.education.curriculum import read_group
from web.access import clinician_page
from web.form_fields import (
    Choices,
    LineField,
    PageForm,
    choices_in_words,
    person_choices,
    with_empty_choice,
)
from web.rendering import (
    add_form_errors,
    posted_data,
    redirect_to,
    render_confirmation,
    render_page,
)
from web.templatetags.bidi import bdi

JOIN_NEEDS_PRIMARY_THERAPIST = (
    "The leader of this group does not treat them yet. "
    "A primary therapist of theirs can let them join."
)
TEAM_NEEDS_PRIMARY_THERAPIST = "Only a primary therapist of this patient decides who treats them."
LAST_PRIMARY_THERAPIST = (
    "A patient keeps at least one primary therapist. Bring in another one first."
)


class GroupForm(PageForm):
    """A group to open."""

    name = LineField(label="Name of the group", max_length=120)


class MemberForm(PageForm):
    """Who joins a group."""

    patient = forms.ChoiceField(label="Patient")

    def __init__(self, *args: Any, people: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["patient"]
        field.choices = with_empty_choice(people)


class ColleagueForm(PageForm):
    """Who joins a care team, and in which part."""

    clinician = forms.ChoiceField(label="Colleague")
    role = forms.ChoiceField(
        label="Part", choices=with_empty_choice(choices_in_words(CareTeamMembership.Role))
    )

    def __init__(self, *args: Any, colleagues: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["clinician"]
        field.choices = with_empty_choice(colleagues)


@clinician_page
@require_http_methods(["GET", "POST"])
def list_groups_page(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """List the clinic's groups; open another one."""
    form = GroupForm(posted_data(request))
    if request.method == "POST" and form.is_valid():
        try:
            made, _ = get_or_create_group(clinician=viewer, name=form.cleaned_data["name"])
        except InvalidInput as refusal:
            add_form_errors(form, refusal)
        else:
            return redirect_to("group", said="opened", group_id=made.pk)
    groups = groups_of_clinic(viewer=viewer, now=now)
    return render_page(
        request, "web/groups.html", viewer=viewer, status=400 if form.errors else 200,
        here="groups", form=form, mine=[group for group in groups if group.leader_id == viewer.pk],
        others=[group for group in groups if group.leader_id != viewer.pk],
    )  # fmt: skip


@clinician_page
@require_http_methods(["GET", "POST"])
def group_page(
    request: HttpRequest, *, viewer: User, now: datetime, group_id: UUID
) -> HttpResponse:
    """Show a group's members whom the clinician treats; add another one."""
    people = person_choices(
        care_team.patients_treated_by(viewer=viewer, now=now), viewer=viewer, now=now
    )
    form = MemberForm(posted_data(request), people=people)
    if request.method == "POST" and form.is_valid():
        patient_id = UUID(form.cleaned_data["patient"])
        try:
            add_to_group(clinician=viewer, group_id=group_id, patient_id=patient_id, now=now)
        except InvalidInput as refusal:
            add_form_errors(form, refusal)
        except care_team.NotPrimaryTherapist:
            form.add_error(None, JOIN_NEEDS_PRIMARY_THERAPIST)
        else:
            return redirect_to("group", said="joined", group_id=group_id)
    read = read_group(viewer=viewer, group_id=group_id, now=now)
    if read is None:
        raise Http404
    group, this_week = read
    inside = {str(one.patient_id) for one in group.members}
    if not form.is_bound:
        form = MemberForm(people=[one for one in people if one[0] not in inside])
    return render_page(
        request, "web/group.html", viewer=viewer, status=400 if form.errors else 200,
        here="groups", group=group, form=form, is_mine=group.leader_id == viewer.pk,
        can_add=any(pk not in inside for pk, _ in people), this_week=this_week,
    )  # fmt: skip


@clinician_page
@require_http_methods(["GET", "POST"])
def leave_group_page(
    request: HttpRequest, *, viewer: User, now: datetime, group_id: UUID, patient_id: UUID
) -> HttpResponse:
    """End a patient's time in a group, after a confirmation."""
    if request.method == "GET":
        return _confirm_leaving_group(request, viewer, group_id, patient_id, now)
    remove_from_group(clinician=viewer, group_id=group_id, patient_id=patient_id, now=now)
    return redirect_to("group", said="left", group_id=group_id)


@clinician_page
@require_http_methods(["GET", "POST"])
def care_team_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show who treats a patient; a primary therapist brings colleagues in."""
    form = ColleagueForm(posted_data(request), colleagues=_colleague_choices(viewer, now))
    if not form.is_bound or not form.is_valid():
        return _team_page(request, viewer, patient_id, form, now)
    try:
        care_team.add_to_team(
            clinician=viewer, patient_id=patient_id, now=now, role=form.cleaned_data["role"],
            colleague_id=UUID(form.cleaned_data["clinician"]),
        )  # fmt: skip
    except InvalidInput as refusal:
        add_form_errors(form, refusal)
    except (care_team.NotPrimaryTherapist, care_team.LastPrimaryTherapist) as refusal:
        form.add_error(None, _refusal_text(refusal))
    else:
        return redirect_to("team", said="team", patient_id=patient_id)
    return _team_page(request, viewer, patient_id, form, now)


@clinician_page
@require_http_methods(["GET", "POST"])
def leave_team_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, clinician_id: UUID
) -> HttpResponse:
    """End a colleague's part in a patient's treatment, after a confirmation."""
    check_team(viewer=viewer, patient_id=patient_id, what=DataCategory.CARE_TEAM, now=now)
    if request.method == "GET":
        return _confirm_leaving_team(request, viewer, patient_id, clinician_id, now)
    try:
        care_team.remove_from_team(
            clinician=viewer, patient_id=patient_id, colleague_id=clinician_id, now=now
        )
    except (care_team.NotPrimaryTherapist, care_team.LastPrimaryTherapist) as refusal:
        form = ColleagueForm({}, colleagues=_colleague_choices(viewer, now))
        form.is_valid()
        form.errors.clear()
        form.add_error(None, _refusal_text(refusal))
        return _team_page(request, viewer, patient_id, form, now)
    if clinician_id == viewer.pk:
        return redirect_to("caseload", said="team")
    return redirect_to("team", said="team", patient_id=patient_id)


def _confirm_leaving_group(
    request: HttpRequest, viewer: User, group_id: UUID, patient_id: UUID, now: datetime
) -> HttpResponse:
    """Ask about a member whom the viewer treats; 404 for others."""
    group = group_of_clinic(viewer=viewer, group_id=group_id, now=now)
    inside = group.members if group is not None else ()
    name = next((member.name for member in inside if member.patient_id == patient_id), None)
    if group is None or name is None:
        raise Http404
    return render_confirmation(
        request, viewer=viewer, button="Yes, end it now",
        back=reverse("web:group", kwargs={"group_id": group_id}),
        question=format_html("Does {} leave the group {}?", bdi(name), bdi(group.name)),
        detail="Its sessions leave their plan, and a leader who was on their care team for this "
        "group alone leaves that too.",
    )  # fmt: skip


def _confirm_leaving_team(
    request: HttpRequest, viewer: User, patient_id: UUID, clinician_id: UUID, now: datetime
) -> HttpResponse:
    team = care_team.care_team_of(patient_id=patient_id, now=now)
    name = next((member.name for member in team if member.clinician_id == clinician_id), None)
    if name is None:
        raise Http404
    back = reverse("web:team", kwargs={"patient_id": patient_id})
    patient = bdi(patient_name(patient_id=patient_id))
    if clinician_id == viewer.pk:
        question = format_html("Leave the care team of {}?", patient)
        detail = (
            "You then read nothing more of theirs, at once, and their sessions are no longer "
            "yours. Only a primary therapist can bring you back."
        )
    else:
        question = format_html("Does {} leave the care team of {}?", bdi(name), patient)
        detail = "They then read nothing more of this patient, at once."
    return render_confirmation(
        request, viewer=viewer, question=question, detail=detail, back=back,
        button="Yes, end it now",
    )  # fmt: skip


def _refusal_text(refusal: Exception) -> str:
    return (
        TEAM_NEEDS_PRIMARY_THERAPIST
        if isinstance(refusal, care_team.NotPrimaryTherapist)
        else LAST_PRIMARY_THERAPIST
    )


def _team_page(
    request: HttpRequest, viewer: User, patient_id: UUID, form: ColleagueForm, now: datetime
) -> HttpResponse:
    team = care_team.read_care_team(viewer=viewer, patient_id=patient_id, now=now)
    return render_page(
        request, "web/team.html", viewer=viewer, status=400 if form.errors else 200,
        here="caseload", patient_id=patient_id, form=form,
        name=patient_name(patient_id=patient_id), team=team,
    )  # fmt: skip


def _colleague_choices(viewer: User, now: datetime) -> list[tuple[str, str]]:
    return person_choices(care_team.colleagues_of(viewer=viewer), viewer=viewer, now=now)
