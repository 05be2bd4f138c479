"""The pages of support persons: enrolment by a code, and what is shared with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from backend.kit.errors import InvalidInput
from care.accounts.names import namesake_key
from care.accounts.throttle import TooManyAttempts
from care.consents.consents import REDISCLOSURE_NOTICE
from care.models import User
from care.support import grants
from care.support.grants import Appointment, SupportGrant
from care.support.invite import SupportCodeInvalid, count_support_code, join_by_support_code
from journaling import formatting, support_view
from web.access import (
    DEVICE_NAME,
    load_sign_in,
    public_page,
    start_browser_session,
    support_person_page,
)
from web.error_pages import error_page
from web.form_fields import uuid_or_none
from web.rendering import add_form_errors, posted_data, redirect_to, render_page
from web.sign_in import retry_after_text

INVALID_CODE = "This code can't be used. It holds for 72 hours and lets in once; ask for a new one."
CONFIDENTIALITY_NOTE = (
    "What you read here belongs to somebody's treatment. Don't pass it on or use it against them: "
    "federal law forbids that, unless they agree in writing or the law itself allows it."
)


class SupportCodeForm(forms.Form):
    """A code, and what goes with everything that is shared by it."""

    code = forms.CharField(label="Your code", max_length=64)
    agreed = forms.BooleanField(label="I have read this and pass nothing on.")


class SupportJoinForm(SupportCodeForm):
    """The same for somebody who has no account yet."""

    username = forms.CharField(
        label="A name to sign in with", min_length=3, max_length=150,
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none"}),
    )  # fmt: skip
    password = forms.CharField(
        label="A password", max_length=1024, strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text="At least 15 characters; a few words in a row are easy to remember.",
    )  # fmt: skip
    field_order = ("code", "username", "password", "agreed")


@dataclass(frozen=True, slots=True)
class SharedView:
    """What one patient shares, in words; a part that was not agreed to is None."""

    name: str
    until: str
    zone: str
    sessions: tuple[str, ...] | None
    invited: tuple[tuple[str, str], ...]
    logged: str | None
    skills: tuple[str, ...] | None


@public_page
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("code", "password")
def join_as_support_person(request: HttpRequest) -> HttpResponse:
    """Enrol a support person by the code that a patient gave them.

    Whoever is signed in as a support person adds the patient to their account; an account of a
    patient or of staff never becomes one of a support person.
    """
    now = timezone.now()
    signed_in = load_sign_in(request, now)
    viewer = signed_in[0] if signed_in is not None else None
    if viewer is not None and viewer.role != User.Role.SUPPORTER:
        return error_page(request, 403)
    form = (SupportCodeForm if viewer else SupportJoinForm)(posted_data(request))
    return _take_code(request, viewer, form, now) if form.is_bound else _form(request, viewer, form)


def _take_code(
    request: HttpRequest, viewer: User | None, form: forms.Form, now: datetime
) -> HttpResponse:
    try:
        if viewer is not None:
            count_support_code(supporter=viewer, now=now)
        if form.is_valid():
            return _enrol_and_sign_in(request, viewer, form.cleaned_data, now)
    except TooManyAttempts as refusal:
        return _too_many(request, viewer, form, refusal.retry_after)
    except SupportCodeInvalid:
        form.add_error("code", INVALID_CODE)
    except InvalidInput as refusal:
        add_form_errors(form, refusal)
    return _form(request, viewer, form, status=400)


@support_person_page
@require_GET
def shared_page(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """Show what one patient shares; that patient's access log records it.

    Of several patients one is chosen first, so that nothing is read without being shown.
    """
    people = grants.grants_of(viewer=viewer, now=now)
    chosen = _chosen_patient(request) or (people[0].consent_id if len(people) == 1 else None)
    shown = None
    if chosen is not None:
        grant = grants.open_grant(viewer=viewer, consent_id=chosen, now=now)
        shown = _shared_view(grant, support_view.read_support_view(shared=grant, now=now))
    return render_page(
        request, "web/shared.html", viewer=viewer, told=shown, chosen=chosen, people=people,
        notice=REDISCLOSURE_NOTICE, keep_it=CONFIDENTIALITY_NOTE,
        namesakes=_distinguish_namesakes(people),
    )  # fmt: skip


def _distinguish_namesakes(people: Sequence[SupportGrant]) -> dict[UUID, str]:
    """Return labels of namesakes: when they agreed, since nothing else of them may be shown."""
    alike: dict[str, list[SupportGrant]] = {}
    for grant in people:
        alike.setdefault(namesake_key(grant.name), []).append(grant)
    return {
        grant.consent_id: _since_text(grant)
        for same in alike.values()
        for grant in same
        if len(same) > 1
    }


def _enrol_and_sign_in(
    request: HttpRequest, viewer: User | None, sent: dict[str, Any], now: datetime
) -> HttpResponse:
    session = join_by_support_code(
        supporter=viewer, code=sent["code"], username=sent.get("username", ""),
        password=sent.get("password", ""), device_name=DEVICE_NAME,
        address=request.META.get("REMOTE_ADDR", ""), now=now,
    )  # fmt: skip
    if session is None:
        return redirect_to("shared", said="code_taken")
    return start_browser_session(request, session=session, to=reverse("web:shared"), now=now)


def _too_many(
    request: HttpRequest, viewer: User | None, form: forms.Form, seconds: int
) -> HttpResponse:
    form.add_error(None, retry_after_text(seconds))
    response = _form(request, viewer, form, status=429)
    response["Retry-After"] = str(seconds)
    return response


def _form(
    request: HttpRequest, viewer: User | None, form: forms.Form, *, status: int = 200
) -> HttpResponse:
    context = {
        "viewer": viewer, "form": form, "notice": REDISCLOSURE_NOTICE,
        "keep_it": CONFIDENTIALITY_NOTE,
    }  # fmt: skip
    return render(request, "web/join.html", context, status=status)


def _chosen_patient(request: HttpRequest) -> UUID | None:
    """Return the consent of the patient who was chosen, or None.

    :raises Http404: for what is not an id.
    """
    asked = request.GET.get("who", "")
    consent_id = uuid_or_none(asked)
    if asked and consent_id is None:
        raise Http404
    return consent_id


def _shared_view(grant: SupportGrant, view: support_view.SupportView) -> SharedView:
    return SharedView(
        name=grant.name,
        until=_until_text(grant),
        zone=grant.clinic_zone.replace("_", " "),
        sessions=None if view.sessions is None else tuple(
            _time_text(session, grant) for session in view.sessions
        ),
        invited=tuple(
            (_time_text(session, grant), session.place) for session in view.invited or ()
        ),
        logged=None if view.logged is None else view.logged.text,
        skills=None if view.skills is None else tuple(
            f"{skill.name}, {formatting.pluralize(skill.times, 'time')}" for skill in view.skills
        ),
    )  # fmt: skip


def _time_text(session: Appointment, grant: SupportGrant) -> str:
    starts = formatting.format_datetime(session.starts_at, grant.clinic_zone)
    return f"{starts} to {formatting.format_time(session.ends_at, grant.clinic_zone)}"


def _since_text(grant: SupportGrant) -> str:
    return f"since {formatting.format_datetime_with_year(grant.agreed_at, grant.clinic_zone)}"


def _until_text(grant: SupportGrant) -> str:
    ends = []
    if grant.expires_at is not None:
        ends.append(formatting.format_datetime_with_year(grant.expires_at, grant.clinic_zone))
    if grant.expires_event is not None:
        ends.append("the end of treatment")
    return " or ".join(ends)
