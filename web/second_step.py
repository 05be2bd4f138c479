"""The second half of signing in: a one-time code, a recovery code or a passkey."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from care.actions import passkeys, signin
from care.actions.attempts import TooManyAttempts
from care.actions.second_factor import OtpInvalid, OtpRequired
from care.models import User
from web import devices
from web.gate import public
from web.signing import DEVICE_NAME, HALF_KEY, enter, please_wait

#: A password that was right opens the second step for so long.
HALF_HOLDS = timedelta(minutes=5)
WRONG = "This code can't be used. Codes change every half minute; each can be used once."


@public
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("code")
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask for a code after the password was right; at most 5 tries in 15 minutes."""
    now = timezone.now()
    user = _halfway(request, now)
    if user is None:
        return redirect("web:sign_in")
    if request.method == "GET":
        return _form(request, user)
    try:
        session = signin.finish_sign_in(
            user=user,
            otp=request.POST.get("code", "")[:40],
            device_name=DEVICE_NAME,
            known_by=devices.known_by(request),
            now=now,
        )
    except OtpRequired:
        return _form(request, user, problem="Please give a code.", status=400)
    except OtpInvalid:
        return _form(request, user, problem=WRONG, status=401)
    except TooManyAttempts as refusal:
        return _too_many(request, user, refusal.retry_after)
    return enter(request, session=session, to=_next(request), now=now)


@public
@require_POST
def passkey_options(request: HttpRequest) -> HttpResponse:
    """Give the browser a challenge for the passkeys of whoever is halfway in."""
    user = _halfway(request, timezone.now())
    if user is None:
        return JsonResponse({"problem": "Sign in again."}, status=403)
    return JsonResponse(passkeys.begin_sign_in(user=user))


@public
@require_POST
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """Check what a passkey signed; a challenge is answered once."""
    now = timezone.now()
    user = _halfway(request, now)
    if user is None:
        return redirect("web:sign_in")
    known_by = devices.known_by(request)
    try:
        passkeys.pass_by_passkey(
            user=user, response=_sent(request), now=now,
            counted_as=signin.device_of(user, known_by),
        )  # fmt: skip
    except TooManyAttempts as refusal:
        return _too_many(request, user, refusal.retry_after)
    except passkeys.PasskeyRefused:
        return _form(request, user, problem="This passkey can't be used here.", status=401)
    session = signin.welcome(
        user=user,
        device_name=DEVICE_NAME,
        known_by=known_by,
        passed_at=now,
        now=now,
    )
    return enter(request, session=session, to=_next(request), now=now)


def _sent(request: HttpRequest) -> dict[str, Any]:
    try:
        sent = json.loads(request.POST.get("credential", ""))
    except ValueError:
        return {}
    return sent if isinstance(sent, dict) else {}


def _halfway(request: HttpRequest, now: datetime) -> User | None:
    kept = request.session.get(HALF_KEY)
    if not isinstance(kept, dict):
        return None
    if now.timestamp() - kept["at"] > HALF_HOLDS.total_seconds():
        return None
    return User.objects.filter(pk=kept["user"], is_active=True).first()


def _next(request: HttpRequest) -> str:
    return str(request.session[HALF_KEY]["next"])


def _too_many(request: HttpRequest, user: User, seconds: int) -> HttpResponse:
    response = _form(request, user, problem=please_wait(seconds), status=429)
    response["Retry-After"] = str(seconds)
    return response


def _form(
    request: HttpRequest, user: User, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {"problem": problem, "has_passkey": passkeys.has_passkey(user=user)}
    return render(request, "web/second_step.html", context, status=status)
