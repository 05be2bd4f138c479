"""Sign in and out of the pages: password, second factor or passkey; and enrolment of staff."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from backend.kit.errors import InvalidInput
from care.accounts import passkeys
from care.accounts.second_factor import OtpInvalid, OtpRequired
from care.accounts.sign_in import (
    InvalidCredentials,
    IsPatient,
    begin_staff_sign_in,
    finish_sign_in,
    finish_sign_in_by_passkey,
)
from care.accounts.staff_invitations import StaffCodeInvalid, join_staff_on_device
from care.accounts.throttle import TooManyAttempts
from care.models import User
from web.access import (
    DEVICE_NAME,
    PASSKEY_CHALLENGE_KEY,
    end_browser_session,
    known_sign_ins,
    load_pending_sign_in,
    public_page,
    start_browser_session,
    store_pending_sign_in,
)
from web.form_fields import json_object_or_none
from web.rendering import add_form_errors, posted_data

WRONG_CREDENTIALS = "Name or password is wrong."
WRONG_CODE = "This code can't be used. Codes change every half minute; each can be used once."
INVALID_STAFF_CODE = (
    "This code can't be used. It holds for 72 hours and lets in once; ask for a new one."
)
PATIENTS_USE_THE_APP = "These pages are for the clinic. Patients use the app on their phone."


class SignInForm(forms.Form):
    """A name and a password."""

    username = forms.CharField(max_length=150)
    password = forms.CharField(max_length=1024, strip=False)


class StaffEnrolmentForm(forms.Form):
    """A code, and what its owner chooses."""

    code = forms.CharField(
        label="Your code", max_length=40, widget=forms.TextInput({"autocomplete": "one-time-code"})
    )
    username = forms.CharField(
        label="A name to sign in with", max_length=150, required=False,
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none"}),
        help_text="Leave it empty if you were told one, or have one already.",
    )  # fmt: skip
    password = forms.CharField(
        label="A password", max_length=256, strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text="At least 15 characters; a few words in a row are easy to remember.",
    )  # fmt: skip


@public_page
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Check the name and password of staff; at most 5 tries in 15 minutes, as in the API."""
    if request.method == "GET":
        return _sign_in_form(request)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _sign_in_form(
            request, problem="Please give your name and your password.", status=400
        )
    try:
        return _check_first_factor(request, form.cleaned_data, timezone.now())
    except TooManyAttempts as refusal:
        return _too_many_passwords(request, refusal.retry_after)
    except InvalidCredentials:
        return _sign_in_form(request, problem=WRONG_CREDENTIALS, status=401)
    except IsPatient:
        return _sign_in_form(request, problem=PATIENTS_USE_THE_APP, status=403)


@public_page
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's sign-in at once; without one, nothing happens."""
    end_browser_session(request, timezone.now())
    return redirect(reverse("web:sign_in") + "?out=1")


@public_page
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("code")
def second_factor_page(request: HttpRequest) -> HttpResponse:
    """Check a code after the password was right; at most 5 tries in 15 minutes."""
    now = timezone.now()
    pending = load_pending_sign_in(request, now)
    if pending is None:
        return redirect("web:sign_in")
    user, to = pending
    if request.method == "GET":
        return _second_factor_form(request, user)
    try:
        session = finish_sign_in(
            user=user,
            otp=request.POST.get("code", "")[:64],
            device_name=DEVICE_NAME,
            known_by=known_sign_ins(request),
            now=now,
        )
    except OtpRequired:
        return _second_factor_form(request, user, problem="Please give a code.", status=400)
    except OtpInvalid:
        return _second_factor_form(request, user, problem=WRONG_CODE, status=401)
    except TooManyAttempts as refusal:
        return _too_many_codes(request, user, refusal.retry_after)
    return start_browser_session(request, session=session, to=to, now=now)


@public_page
@require_POST
def passkey_challenge(request: HttpRequest) -> HttpResponse:
    """Return a challenge for the passkeys of the user whose password was right."""
    now = timezone.now()
    pending = load_pending_sign_in(request, now)
    if pending is None:
        return JsonResponse({"problem": "Sign in again."}, status=403)
    challenge = passkeys.begin_passkey_sign_in(user=pending[0], host=request.get_host(), now=now)
    request.session[PASSKEY_CHALLENGE_KEY] = challenge.state
    return JsonResponse(challenge.options)


@public_page
@require_POST
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """Verify the passkey's signature; each challenge is accepted once."""
    now = timezone.now()
    pending = load_pending_sign_in(request, now)
    if pending is None:
        return redirect("web:sign_in")
    user, to = pending
    try:
        session = finish_sign_in_by_passkey(
            user=user,
            response=json_object_or_none(request.POST.get("credential", "")) or {},
            state=request.session.pop(PASSKEY_CHALLENGE_KEY, {}),
            host=request.get_host(),
            device_name=DEVICE_NAME,
            known_by=known_sign_ins(request),
            now=now,
        )
    except TooManyAttempts as refusal:
        return _too_many_codes(request, user, refusal.retry_after)
    except passkeys.PasskeyRefused:
        return _second_factor_form(
            request, user, problem="This passkey can't be used here.", status=401
        )
    return start_browser_session(request, session=session, to=to, now=now)


@public_page
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("code", "password")
def enrol_staff_page(request: HttpRequest) -> HttpResponse:
    """Enrol a member of staff by a code of the administrator, with the password they choose.

    Whoever has no second factor yet is redirected to enrol one, and sees nothing before.
    """
    now = timezone.now()
    form = StaffEnrolmentForm(posted_data(request))
    if not form.is_bound:
        return _enrolment_form(request, form)
    if not form.is_valid():
        return _enrolment_form(request, form, status=400)
    try:
        return _enrol_staff(request, form.cleaned_data, now)
    except TooManyAttempts as refusal:
        form.add_error(None, retry_after_text(refusal.retry_after))
        return _with_retry_after(_enrolment_form(request, form, status=429), refusal.retry_after)
    except StaffCodeInvalid:
        form.add_error("code", INVALID_STAFF_CODE)
    except InvalidInput as refusal:
        add_form_errors(form, refusal)
    return _enrolment_form(request, form, status=400)


def retry_after_text(seconds: int) -> str:
    """Return in words how long somebody who tried too often has to wait."""
    minutes = -(-seconds // 60)
    wait = "a minute" if minutes == 1 else f"{minutes} minutes"
    return f"Too many tries. Please wait {wait}."


def _check_first_factor(request: HttpRequest, sent: dict[str, Any], now: datetime) -> HttpResponse:
    """Redirect to the second factor, or sign in whoever has none: they can only enrol one."""
    user, session = begin_staff_sign_in(
        username=sent["username"], password=sent["password"],
        address=request.META.get("REMOTE_ADDR", ""), device_name=DEVICE_NAME,
        known_by=known_sign_ins(request), now=now,
    )  # fmt: skip
    to = _wanted_path(request)
    if session is not None:
        return start_browser_session(request, session=session, to=to, now=now)
    store_pending_sign_in(request, user=user, to=to, now=now)
    return redirect("web:second_step")


def _wanted_path(request: HttpRequest) -> str:
    """Return the path that was requested before the sign-in, within the review pages only.

    What starts with our own path can't name another host.
    """
    wanted = request.POST.get("next", "")
    return wanted if wanted.startswith("/review/") else reverse("web:today")


def _sign_in_form(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
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


def _too_many_passwords(request: HttpRequest, seconds: int) -> HttpResponse:
    response = _sign_in_form(request, problem=retry_after_text(seconds), status=429)
    return _with_retry_after(response, seconds)


def _second_factor_form(
    request: HttpRequest, user: User, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {"problem": problem, "has_passkey": passkeys.has_passkey(user=user)}
    return render(request, "web/second_step.html", context, status=status)


def _too_many_codes(request: HttpRequest, user: User, seconds: int) -> HttpResponse:
    response = _second_factor_form(request, user, problem=retry_after_text(seconds), status=429)
    return _with_retry_after(response, seconds)


def _enrol_staff(request: HttpRequest, sent: dict[str, Any], now: datetime) -> HttpResponse:
    _, session = join_staff_on_device(
        code=sent["code"], username=sent["username"], password=sent["password"],
        device_name=DEVICE_NAME, address=request.META.get("REMOTE_ADDR", ""), now=now,
    )  # fmt: skip
    if session is None:
        return redirect(reverse("web:sign_in") + "?renewed=1")
    return start_browser_session(request, session=session, to=reverse("web:factor"), now=now)


def _enrolment_form(request: HttpRequest, form: forms.Form, *, status: int = 200) -> HttpResponse:
    return render(request, "web/start.html", {"form": form}, status=status)


def _with_retry_after(response: HttpResponse, seconds: int) -> HttpResponse:
    response["Retry-After"] = str(seconds)
    return response
