"""Staff's own account: password, second factor, passkeys, and where they are signed in."""

import base64
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from allauth.mfa.adapter import get_adapter
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.kit.errors import InvalidInput
from care.actions import oversight, passkeys, proving, resets, second_factor, signin
from care.actions.attempts import TooManyAttempts
from care.actions.profile import set_email
from care.models import DeviceSession
from care.queries.second_factor import has_second_factor, unused_recovery_codes
from care.queries.signin import sessions_of
from web import told
from web.gate import lacks_second_factor, own_account

#: Where a fresh proof leads back to: our own pages, so no other host can be named.
PROVED_FOR = ("/review/account/", "/review/admin/")
_WAIT = "Too many tries. Please wait a few minutes."


@own_account
@require_GET
def account(request: HttpRequest, *, session: DeviceSession, now: datetime) -> HttpResponse:
    """Show the account."""
    return _account(request, session, now)


@own_account
@require_POST
def end_sign_in(
    request: HttpRequest, *, session: DeviceSession, now: datetime, session_id: UUID
) -> HttpResponse:
    """End one of the caller's sign-ins, at once."""
    if not signin.end_own_session(
        user=session.user, session_id=session_id, reason="revoked_by_user", now=now
    ):
        raise Http404
    return redirect("web:account")


@own_account
@require_POST
def end_others(request: HttpRequest, *, session: DeviceSession, now: datetime) -> HttpResponse:
    """End every other sign-in of the caller."""
    for other in sessions_of(user=session.user, now=now):
        if other.pk != session.pk:
            signin.end_own_session(
                user=session.user, session_id=other.pk, reason="revoked_by_user", now=now
            )
    return redirect("web:account")


@own_account
@require_POST
@sensitive_post_parameters("current", "fresh")
def password(request: HttpRequest, *, session: DeviceSession, now: datetime) -> HttpResponse:
    """Change the password; every other sign-in ends."""
    try:
        proving.change_password(
            session=session,
            current=request.POST.get("current", "")[:256],
            fresh=request.POST.get("fresh", "")[:300],
            now=now,
        )
    except proving.WrongPassword:
        return _account(request, session, now, change_problem="The password you have is wrong.")
    except InvalidInput as fault:
        return _account(request, session, now, change_problem=fault.errors[0].detail)
    except TooManyAttempts:
        return _account(request, session, now, change_problem=_WAIT)
    return redirect(reverse("web:account") + "?changed=password")


@own_account
@require_POST
def email(request: HttpRequest, *, session: DeviceSession, now: datetime) -> HttpResponse:
    """Keep where a forgotten password may be reset; needs a fresh proof."""
    if not proving.is_proved(session=session, now=now):
        return _to_prove("web:account")
    try:
        set_email(user=session.user, email=request.POST.get("email", ""))
    except InvalidInput as fault:
        return _account(request, session, now, email_problem=fault.errors[0].detail)
    return redirect(reverse("web:account") + "?changed=email")


@own_account
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password", "code")
def prove(request: HttpRequest, *, session: DeviceSession, now: datetime) -> HttpResponse:
    """Ask for the secrets once more, before something that needs a fresh proof."""
    to = request.POST.get("next", "") or request.GET.get("next", "")
    context: dict[str, Any] = {
        "viewer": session.user,
        "next": to if to.startswith(PROVED_FOR) else reverse("web:account"),
        "has_factor": has_second_factor(user=session.user),
    }
    if request.method == "GET":
        return render(request, "web/prove.html", context)
    try:
        proving.prove(
            session=session,
            password=request.POST.get("password", "")[:256],
            otp=request.POST.get("code", "")[:40],
            now=now,
        )
    except TooManyAttempts:
        context["problem"] = _WAIT
    except (proving.WrongPassword, second_factor.OtpInvalid, second_factor.OtpRequired):
        context["problem"] = "Password or code can't be used."
    else:
        return redirect(str(context["next"]))
    return render(request, "web/prove.html", context, status=403)


@own_account
@require_http_methods(["GET", "POST"])
def factor(request: HttpRequest, *, session: DeviceSession, now: datetime) -> HttpResponse:
    """Enrol an authenticator app: explain, show its secret, take its first code."""
    context: dict[str, Any] = {
        "viewer": session.user,
        "must": lacks_second_factor(session),
        "has_factor": has_second_factor(user=session.user),
    }
    if request.method == "GET":
        return render(request, "web/factor.html", context)
    if not proving.is_proved(session=session, now=now):
        return _to_prove("web:factor")
    if "code" not in request.POST:
        return render(request, "web/factor.html", context | _shown(session, now))
    try:
        codes = second_factor.confirm_totp(
            user=session.user,
            code=request.POST["code"].replace(" ", "")[:20],
            session_id=session.pk,
            now=now,
        )
    except second_factor.OtpInvalid:
        context["problem"] = "This code can't be used. Scan again, then type the code it shows now."
    except second_factor.NothingPending:
        context["problem"] = "Please begin again."
    except TooManyAttempts:
        context["problem"] = _WAIT
    else:
        return render(request, "web/recovery_codes.html", {"viewer": session.user, "codes": codes})
    return render(request, "web/factor.html", context | _shown(session, now), status=400)


@own_account
@require_POST
def recovery_codes(request: HttpRequest, *, session: DeviceSession, now: datetime) -> HttpResponse:
    """Make fresh recovery codes and show them once."""
    if not proving.is_proved(session=session, now=now):
        return _to_prove("web:account")
    try:
        codes = second_factor.renew_recovery_codes(user=session.user, now=now)
    except second_factor.NoSecondFactor:
        return redirect("web:factor")
    return render(request, "web/recovery_codes.html", {"viewer": session.user, "codes": codes})


@own_account
@require_POST
def passkey_options(request: HttpRequest, *, session: DeviceSession, now: datetime) -> HttpResponse:
    """Give the browser a challenge for a new passkey."""
    is_ready = proving.is_proved(session=session, now=now) and not lacks_second_factor(session)
    if not is_ready:
        return JsonResponse({"problem": "Prove again who you are."}, status=403)
    return JsonResponse(passkeys.begin_passkey(user=session.user))


@own_account
@require_POST
def add_passkey(request: HttpRequest, *, session: DeviceSession, now: datetime) -> HttpResponse:
    """Keep the passkey that the browser made."""
    if not proving.is_proved(session=session, now=now) or lacks_second_factor(session):
        return _to_prove("web:account")
    try:
        credential = json.loads(request.POST.get("credential", ""))
        if not isinstance(credential, dict):
            raise passkeys.PasskeyRefused
        passkeys.add_passkey(
            user=session.user, name=request.POST.get("name", ""), credential=credential, now=now
        )
    except InvalidInput as fault:
        return _account(request, session, now, passkey_problem=f"Name: {fault.errors[0].detail}")
    except (passkeys.PasskeyRefused, ValueError):
        return _account(request, session, now, passkey_problem="This passkey can't be used here.")
    return redirect(reverse("web:account") + "?changed=passkey")


@own_account
@require_POST
def remove_passkey(request: HttpRequest, *, session: DeviceSession, now: datetime) -> HttpResponse:
    """Forget one of the caller's passkeys."""
    if not proving.is_proved(session=session, now=now):
        return _to_prove("web:account")
    wanted = request.POST.get("passkey", "")
    if not wanted.isdecimal() or not passkeys.remove_passkey(
        user=session.user, passkey_id=int(wanted[:9])
    ):
        raise Http404
    return redirect("web:account")


def _shown(session: DeviceSession, now: datetime) -> dict[str, str]:
    made = second_factor.begin_totp(user=session.user, now=now)
    drawn = base64.b64encode(get_adapter().build_totp_svg(made.address).encode()).decode()
    grouped = " ".join(made.secret[at : at + 4] for at in range(0, len(made.secret), 4))
    return {"drawn": drawn, "secret": grouped}


def _to_prove(back: str) -> HttpResponse:
    return redirect(f"{reverse('web:prove')}?{urlencode({'next': reverse(back)})}")


def _account(
    request: HttpRequest, session: DeviceSession, now: datetime, **problems: str
) -> HttpResponse:
    user = session.user
    context = {
        "viewer": user,
        "current": session.pk,
        "sign_ins": sessions_of(user=user, now=now),
        "has_factor": has_second_factor(user=user),
        "codes_left": unused_recovery_codes(user=user),
        "passkeys": passkeys.passkeys_of(user=user),
        "email": resets.email_of(user),
        "acts": told.of(oversight.acts_about(user=user), user),
        "changed": request.GET.get("changed", ""),
        "is_proved": proving.is_proved(session=session, now=now),
        **problems,
    }
    return render(request, "web/account.html", context, status=400 if problems else 200)
