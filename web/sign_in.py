"""Sign in and out of the pages: password, second factor or passkey, and known browsers.

A signed cookie holds the last sign-in of each of a few people, for a clinic's shared computer. It
authenticates nothing; it gives this browser tries of its own (docs/decisions).
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from care.accounts import device_sessions, passkeys
from care.accounts.second_factor import OtpInvalid, OtpRequired, has_second_factor
from care.accounts.sign_in import (
    MOST_KNOWN_SIGN_INS,
    InvalidCredentials,
    check_name_and_password,
    finish_sign_in,
    known_device,
    start_verified_session,
)
from care.accounts.throttle import TooManyAttempts
from care.models import DeviceSession, User
from web.access import (
    PASSKEY_CHALLENGE_KEY,
    SIGN_IN_COOKIE_KEY,
    public_page,
    sign_in_id_of,
)
from web.form_fields import json_object_or_none

DEVICE_NAME = "Web browser"
KNOWN_DEVICE_COOKIE = "between_device"
#: As long as the row of an ended sign-in is kept (care/privacy/retention.py).
KNOWN_DEVICE_LIFETIME = timedelta(days=90)
_KNOWN_DEVICE_SALT = "between.known-device"
#: The key of whose password was right in the session cookie, until the second factor.
PENDING_SIGN_IN_KEY = "half"
#: How long the second factor may be given after the password.
PENDING_SIGN_IN_LIFETIME = timedelta(minutes=5)
WRONG_CREDENTIALS = "Name or password is wrong."
WRONG_CODE = "This code can't be used. Codes change every half minute; each can be used once."
PATIENTS_USE_THE_APP = "These pages are for the clinic. Patients use the app on their phone."


class SignInForm(forms.Form):
    """A name and a password."""

    username = forms.CharField(max_length=150)
    password = forms.CharField(max_length=1024, strip=False)


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
    now = timezone.now()
    try:
        user = check_name_and_password(
            username=form.cleaned_data["username"],
            password=form.cleaned_data["password"],
            address=request.META.get("REMOTE_ADDR", ""),
            known_by=known_sign_ins(request),
            now=now,
        )
    except TooManyAttempts as refusal:
        return _too_many_passwords(request, refusal.retry_after)
    except InvalidCredentials:
        return _sign_in_form(request, problem=WRONG_CREDENTIALS, status=401)
    if user.role == User.Role.PATIENT:
        return _sign_in_form(request, problem=PATIENTS_USE_THE_APP, status=403)
    return _first_factor_passed(request, user, now)


@public_page
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's sign-in at once; without one, nothing happens."""
    _end_earlier_sign_in(request, timezone.now())
    request.session.flush()
    return redirect(reverse("web:sign_in") + "?out=1")


@public_page
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("code")
def second_factor_page(request: HttpRequest) -> HttpResponse:
    """Check a code after the password was right; at most 5 tries in 15 minutes."""
    now = timezone.now()
    user = _pending_user(request, now)
    if user is None:
        return redirect("web:sign_in")
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
    return start_browser_session(request, session=session, to=_pending_path(request), now=now)


@public_page
@require_POST
def passkey_challenge(request: HttpRequest) -> HttpResponse:
    """Return a challenge for the passkeys of the user whose password was right."""
    now = timezone.now()
    user = _pending_user(request, now)
    if user is None:
        return JsonResponse({"problem": "Sign in again."}, status=403)
    challenge = passkeys.begin_passkey_sign_in(user=user, host=request.get_host(), now=now)
    request.session[PASSKEY_CHALLENGE_KEY] = challenge.state
    return JsonResponse(challenge.options)


@public_page
@require_POST
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """Verify the passkey's signature; each challenge is accepted once."""
    now = timezone.now()
    user = _pending_user(request, now)
    if user is None:
        return redirect("web:sign_in")
    known_by = known_sign_ins(request)
    try:
        passkeys.verify_passkey(
            user=user, response=_sent_credential(request),
            state=request.session.pop(PASSKEY_CHALLENGE_KEY, {}), host=request.get_host(),
            counted_as=known_device(user, known_by), now=now,
        )  # fmt: skip
    except TooManyAttempts as refusal:
        return _too_many_codes(request, user, refusal.retry_after)
    except passkeys.PasskeyRefused:
        return _second_factor_form(
            request, user, problem="This passkey can't be used here.", status=401
        )
    session = start_verified_session(
        user=user,
        device_name=DEVICE_NAME,
        known_by=known_by,
        passed_at=now,
        now=now,
    )
    return start_browser_session(request, session=session, to=_pending_path(request), now=now)


def start_browser_session(
    request: HttpRequest, *, session: DeviceSession, to: str, now: datetime
) -> HttpResponse:
    """Store a new sign-in in the browser's session, remember it, and redirect."""
    _end_earlier_sign_in(request, now)
    # Nothing that the browser held before survives: neither its cookie's content nor its token.
    request.session.flush()
    request.session[SIGN_IN_COOKIE_KEY] = str(session.pk)
    rotate_token(request)
    return remember_sign_in(request, redirect(to), session)


def known_sign_ins(request: HttpRequest) -> tuple[UUID, ...]:
    """Return the sign-ins that this browser had; none where the cookie is missing or invalid."""
    return tuple(UUID(session_id) for session_id in _read_known_devices(request).values())


def remember_sign_in(
    request: HttpRequest, response: HttpResponse, session: DeviceSession
) -> HttpResponse:
    """Add this sign-in to the cookie of known ones, beside those of others."""
    kept = {str(session.user_id): str(session.pk), **_read_known_devices(request)}
    kept[str(session.user_id)] = str(session.pk)
    newest = dict(list(kept.items())[:MOST_KNOWN_SIGN_INS])
    response.set_cookie(
        KNOWN_DEVICE_COOKIE, signing.dumps(newest, salt=_KNOWN_DEVICE_SALT),
        max_age=KNOWN_DEVICE_LIFETIME, path="/review/",
        secure=settings.SECURE_COOKIES, httponly=True, samesite="Strict",
    )  # fmt: skip
    return response


def retry_after_text(seconds: int) -> str:
    """Return in words how long somebody who tried too often has to wait."""
    minutes = -(-seconds // 60)
    wait = "a minute" if minutes == 1 else f"{minutes} minutes"
    return f"Too many tries. Please wait {wait}."


def _first_factor_passed(request: HttpRequest, user: User, now: datetime) -> HttpResponse:
    """Redirect to the second factor, or sign in whoever has none: they can only enrol one."""
    if not has_second_factor(user=user):
        session = start_verified_session(
            user=user, device_name=DEVICE_NAME, passed_at=None, now=now,
            known_by=known_sign_ins(request),
        )  # fmt: skip
        return start_browser_session(request, session=session, to=_wanted_path(request), now=now)
    # The signed cookie says whose password was right, for five minutes.
    request.session[PENDING_SIGN_IN_KEY] = {
        "user": str(user.pk), "at": now.timestamp(), "next": _wanted_path(request),
    }  # fmt: skip
    return redirect("web:second_step")


def _end_earlier_sign_in(request: HttpRequest, now: datetime) -> None:
    session_id = sign_in_id_of(request)
    if session_id is not None:
        device_sessions.end_session(session_id=session_id, reason="signed_out", now=now)


def _wanted_path(request: HttpRequest) -> str:
    """Return the path that was requested before the sign-in, within the review pages only.

    What starts with our own path can't name another host.
    """
    wanted = request.POST.get("next", "")
    return wanted if wanted.startswith("/review/") else reverse("web:today")


def _pending_user(request: HttpRequest, now: datetime) -> User | None:
    kept = request.session.get(PENDING_SIGN_IN_KEY)
    if not isinstance(kept, dict):
        return None
    if now.timestamp() - kept["at"] > PENDING_SIGN_IN_LIFETIME.total_seconds():
        return None
    return User.objects.filter(pk=kept["user"], is_active=True).first()


def _pending_path(request: HttpRequest) -> str:
    return str(request.session[PENDING_SIGN_IN_KEY]["next"])


def _sent_credential(request: HttpRequest) -> dict[str, Any]:
    return json_object_or_none(request.POST.get("credential", "")) or {}


def _read_known_devices(request: HttpRequest) -> dict[str, str]:
    try:
        signed = signing.loads(
            request.COOKIES.get(KNOWN_DEVICE_COOKIE, ""),
            salt=_KNOWN_DEVICE_SALT,
            max_age=KNOWN_DEVICE_LIFETIME,
        )
    except signing.BadSignature:
        return {}
    return {str(user): str(session_id) for user, session_id in signed.items()}


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
    response["Retry-After"] = str(seconds)
    return response


def _second_factor_form(
    request: HttpRequest, user: User, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {"problem": problem, "has_passkey": passkeys.has_passkey(user=user)}
    return render(request, "web/second_step.html", context, status=status)


def _too_many_codes(request: HttpRequest, user: User, seconds: int) -> HttpResponse:
    response = _second_factor_form(request, user, problem=retry_after_text(seconds), status=429)
    response["Retry-After"] = str(seconds)
    return response
