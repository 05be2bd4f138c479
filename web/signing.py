"""Signing in to the pages, and out."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from care.actions import signin
from care.actions.attempts import TooManyAttempts
from care.models import DeviceSession, User
from care.queries.second_factor import has_second_factor
from web import devices
from web.gate import SIGN_IN_KEY, public, signed_in_as

DEVICE_NAME = "Web browser"
#: Where the cookie keeps whose password was right, until the second factor.
HALF_KEY = "half"
WRONG = "Name or password is wrong."
NOT_HERE = "These pages are for the clinic. Patients use the app on their phone."


class SignInForm(forms.Form):
    """A name and a password."""

    username = forms.CharField(max_length=150)
    password = forms.CharField(max_length=256, strip=False)


@public
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Check the name and password of staff; at most 5 tries in 15 minutes, as in the API."""
    if request.method == "GET":
        return _form(request)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _form(request, problem="Please give your name and your password.", status=400)
    now = timezone.now()
    try:
        user = signin.check_name_and_password(
            username=form.cleaned_data["username"],
            password=form.cleaned_data["password"],
            address=request.META.get("REMOTE_ADDR", ""),
            known_by=devices.known_by(request),
            now=now,
        )
    except TooManyAttempts as refusal:
        return _too_many(request, refusal.retry_after)
    except signin.InvalidCredentials:
        return _form(request, problem=WRONG, status=401)
    if user.role == User.Role.PATIENT:
        return _form(request, problem=NOT_HERE, status=403)
    return _first_factor_passed(request, user, now)


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's sign-in at once; without one, nothing happens."""
    _end_earlier(request, timezone.now())
    request.session.flush()
    return redirect(reverse("web:sign_in") + "?out=1")


def _first_factor_passed(request: HttpRequest, user: User, now: datetime) -> HttpResponse:
    """Ask for the second factor, or let in who has none: they can only enrol one."""
    if not has_second_factor(user=user):
        session = signin.welcome(
            user=user, device_name=DEVICE_NAME, passed_at=None, now=now,
            known_by=devices.known_by(request),
        )  # fmt: skip
        return enter(request, session=session, to=_next(request), now=now)
    # The signed cookie says whose password was right, for five minutes.
    request.session[HALF_KEY] = {
        "user": str(user.pk), "at": now.timestamp(), "next": _next(request),
    }  # fmt: skip
    return redirect("web:second_step")


def enter(request: HttpRequest, *, session: DeviceSession, to: str, now: datetime) -> HttpResponse:
    """Let this browser carry a fresh sign-in, remember that it had it, and lead on."""
    _end_earlier(request, now)
    # Nothing that the browser held before survives: neither its cookie's content nor its token.
    request.session.flush()
    request.session[SIGN_IN_KEY] = str(session.pk)
    rotate_token(request)
    return devices.remember(request, redirect(to), session)


def _end_earlier(request: HttpRequest, now: datetime) -> None:
    session_id = signed_in_as(request)
    if session_id is not None:
        signin.end_session(session_id=session_id, reason="signed_out", now=now)


def _next(request: HttpRequest) -> str:
    """Go where the clinician was headed, within the review pages only.

    What starts with our own path can name no other host.
    """
    wanted = request.POST.get("next", "")
    return wanted if wanted.startswith("/review/") else reverse("web:today")


def please_wait(seconds: int) -> str:
    """Say how long somebody who tried too often has to wait."""
    minutes = -(-seconds // 60)
    wait = "a minute" if minutes == 1 else f"{minutes} minutes"
    return f"Too many tries. Please wait {wait}."


def _too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    response = _form(request, problem=please_wait(seconds), status=429)
    response["Retry-After"] = str(seconds)
    return response


def _form(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    sent = request.POST if request.method == "POST" else request.GET
    context: dict[str, Any] = {
        "problem": problem,
        "next": sent.get("next", ""),
        "username": request.POST.get("username", ""),
        "has_ended": "ended" in request.GET,
        "is_out": "out" in request.GET,
        "is_renewed": "renewed" in request.GET,
    }
    return render(request, "web/sign_in.html", context, status=status)
