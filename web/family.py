"""The pages of a support person: coming in by a code, and what is shared with them."""

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
from care import family
from care.actions import family as letting_in
from care.actions import signin
from care.actions.attempts import TooManyAttempts
from care.consenting import NOTICE
from care.family import Shared
from care.models import User
from care.queries.namesakes import fold
from journaling import family as views
from journaling import wording
from web import parsing
from web.gate import public, sign_in_of, supporters
from web.showing import go, posted, show, tell
from web.signing import DEVICE_NAME, enter, please_wait
from web.trouble import trouble

NO_CODE = "This code can't be used. It holds for 72 hours and lets in once; ask for a new one."
KEEP_IT = (
    "What you read here belongs to somebody's treatment. Don't pass it on or use it against them: "
    "federal law forbids that, unless they agree in writing or the law itself allows it."
)


class CodeForm(forms.Form):
    """A code, and what goes with everything that is shared by it."""

    code = forms.CharField(label="Your code", max_length=64)
    agreed = forms.BooleanField(label="I have read this and pass nothing on.")


class JoinForm(CodeForm):
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
class Told:
    """What one patient shares, in words; a part that was not agreed to is None."""

    name: str
    until: str
    zone: str
    sessions: tuple[str, ...] | None
    logged: str | None
    skills: tuple[str, ...] | None


@public
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("code", "password")
def join(request: HttpRequest) -> HttpResponse:
    """Take the code that a patient gave to their support person, and let that person in.

    Whoever is signed in as a support person adds to their own account; an account of a patient or
    of staff never becomes one.
    """
    now = timezone.now()
    found = sign_in_of(request, now)
    viewer = found[0] if found is not None else None
    if viewer is not None and viewer.role != User.Role.SUPPORTER:
        return trouble(request, 403)
    form = (CodeForm if viewer else JoinForm)(posted(request))
    return _taken(request, viewer, form, now) if form.is_bound else _form(request, viewer, form)


def _taken(
    request: HttpRequest, viewer: User | None, form: forms.Form, now: datetime
) -> HttpResponse:
    try:
        if viewer is not None:
            letting_in.count_code(supporter=viewer, now=now)
        if form.is_valid():
            return _let_in(request, viewer, form.cleaned_data, now)
    except TooManyAttempts as refusal:
        return _too_many(request, viewer, form, refusal.retry_after)
    except letting_in.CodeInvalid:
        return _wrong_code(request, viewer, form, now)
    except InvalidInput as refusal:
        tell(form, refusal)
    return _form(request, viewer, form, status=400)


@supporters
@require_GET
def shared(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """Show what one patient shares; each look stands in that patient's access log.

    Of several patients one is chosen first, so that nothing is read that nobody looks at.
    """
    people = family.shared_with(viewer=viewer, now=now)
    chosen = _asked(request) or (people[0].consent_id if len(people) == 1 else None)
    told = None
    if chosen is not None:
        one = family.open_shared(viewer=viewer, consent_id=chosen, now=now)
        told = _told(one, views.view(shared=one, now=now))
    return show(
        request, "web/shared.html", viewer=viewer, told=told, chosen=chosen, people=people,
        notice=NOTICE, keep_it=KEEP_IT, namesakes=_apart(people),
    )  # fmt: skip


def _apart(people: Sequence[Shared]) -> dict[UUID, str]:
    """Tell people of one name apart by when they agreed: all else of theirs is not to be shown."""
    alike: dict[str, list[Shared]] = {}
    for one in people:
        alike.setdefault(fold(one.name), []).append(one)
    return {
        one.consent_id: f"since {wording.dated(one.agreed_at, one.clinic_zone)}"
        for same in alike.values()
        for one in same
        if len(same) > 1
    }


def _let_in(
    request: HttpRequest, viewer: User | None, sent: dict[str, Any], now: datetime
) -> HttpResponse:
    if viewer is not None:
        letting_in.accept_code(code=sent["code"], supporter=viewer, now=now)
        return go("shared", said="code_taken")
    user = letting_in.enrol_supporter(
        code=sent["code"], username=sent["username"], password=sent["password"], now=now
    )
    session = signin.start_session(user=user, device_name=DEVICE_NAME, now=now)
    return enter(request, session=session, to=reverse("web:shared"), now=now)


def _wrong_code(
    request: HttpRequest, viewer: User | None, form: forms.Form, now: datetime
) -> HttpResponse:
    try:
        letting_in.count_wrong_code(address=request.META.get("REMOTE_ADDR", ""), now=now)
    except TooManyAttempts as refusal:
        return _too_many(request, viewer, form, refusal.retry_after)
    form.add_error("code", NO_CODE)
    return _form(request, viewer, form, status=400)


def _too_many(
    request: HttpRequest, viewer: User | None, form: forms.Form, seconds: int
) -> HttpResponse:
    form.add_error(None, please_wait(seconds))
    response = _form(request, viewer, form, status=429)
    response["Retry-After"] = str(seconds)
    return response


def _form(
    request: HttpRequest, viewer: User | None, form: forms.Form, *, status: int = 200
) -> HttpResponse:
    context = {
        "viewer": viewer, "form": form, "notice": NOTICE, "keep_it": KEEP_IT,
    }  # fmt: skip
    return render(request, "web/join.html", context, status=status)


def _asked(request: HttpRequest) -> UUID | None:
    """Read whose page is asked for; what is no id of ours is nobody's."""
    asked = request.GET.get("who", "")
    found = parsing.uuid(asked)
    if asked and found is None:
        raise Http404
    return found


def _told(one: Shared, found: views.View) -> Told:
    return Told(
        name=one.name,
        until=_until(one),
        zone=one.clinic_zone.replace("_", " "),
        sessions=None if found.sessions is None else tuple(
            f"{wording.moment(session.starts_at, one.clinic_zone)} "
            f"to {wording.clock(session.ends_at, one.clinic_zone)}"
            for session in found.sessions
        ),
        logged=None if found.logged is None else found.logged.text,
        skills=None if found.skills is None else tuple(
            f"{skill.name}, {wording.counted(skill.times, 'time')}" for skill in found.skills
        ),
    )  # fmt: skip


def _until(one: Shared) -> str:
    ends = []
    if one.expires_at is not None:
        ends.append(wording.dated(one.expires_at, one.clinic_zone))
    if one.expires_event is not None:
        ends.append("the end of treatment")
    return " or ".join(ends)
