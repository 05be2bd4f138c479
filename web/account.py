"""The viewer's own account: password, email, second factor, passkeys and sign-ins."""

import base64
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import qrcode
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from qrcode.image.svg import SvgPathImage

from backend.kit.errors import InvalidInput
from care.accounts import device_sessions, passkeys, passwords, second_factor
from care.accounts.password_reset import set_email
from care.accounts.second_factor import has_second_factor
from care.accounts.throttle import TooManyAttempts
from care.models import DeviceSession, User
from care.people.profile import read_own_account
from web import rendering
from web.access import PASSKEY_CHALLENGE_KEY, lacks_second_factor, own_account_page
from web.form_fields import json_object_or_none, uuid_or_none
from web.form_tokens import read_shown_once, store_shown_once
from web.rendering import render_confirmation
from web.templatetags.bidi import bdi

#: Where re-authentication may lead back to: our own pages, so no other host can be named.
REAUTHENTICATED_PATHS = ("/review/account/", "/review/admin/")
_TOO_MANY_TRIES = "Too many tries. Please wait a few minutes."


@own_account_page
@require_GET
def account(request: HttpRequest, *, session: DeviceSession, now: datetime) -> HttpResponse:
    """Show the account."""
    return _account_page(request, session, now)


@own_account_page
@require_POST
def end_sign_in(
    request: HttpRequest, *, session: DeviceSession, now: datetime, session_id: UUID
) -> HttpResponse:
    """End one of the caller's sign-ins, at once."""
    if not device_sessions.end_own_session(
        user=session.user, session_id=session_id, reason="revoked_by_user", now=now
    ):
        raise Http404
    return redirect("web:account")


@own_account_page
@require_POST
def end_others(request: HttpRequest, *, session: DeviceSession, now: datetime) -> HttpResponse:
    """End every other sign-in of the caller."""
    device_sessions.end_other_sessions(user=session.user, keeping=session.pk, now=now)
    return redirect("web:account")


@own_account_page
@require_POST
@sensitive_post_parameters("current", "fresh")
def change_password_page(
    request: HttpRequest, *, session: DeviceSession, now: datetime
) -> HttpResponse:
    """Change the password; every other sign-in ends."""
    try:
        passwords.change_password(
            session=session,
            current=request.POST.get("current", "")[:1024],
            fresh=request.POST.get("fresh", "")[:1024],
            now=now,
        )
    except passwords.WrongPassword:
        return _account_page(
            request, session, now, change_problem="The password you have is wrong."
        )
    except InvalidInput as fault:
        return _account_page(request, session, now, change_problem=fault.errors[0].detail)
    except TooManyAttempts:
        return _account_page(request, session, now, change_problem=_TOO_MANY_TRIES)
    return redirect(reverse("web:account") + "?changed=password")


@own_account_page
@require_POST
def change_email_page(
    request: HttpRequest, *, session: DeviceSession, now: datetime
) -> HttpResponse:
    """Store the address for password resets; needs a recent re-authentication."""
    if not passwords.is_recently_authenticated(session=session, now=now):
        return _redirect_to_reauthenticate("web:account")
    try:
        set_email(user=session.user, email=request.POST.get("email", ""))
    except InvalidInput as fault:
        return _account_page(request, session, now, email_problem=fault.errors[0].detail)
    return redirect(reverse("web:account") + "?changed=email")


@own_account_page
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password", "code")
def reauthenticate_page(
    request: HttpRequest, *, session: DeviceSession, now: datetime
) -> HttpResponse:
    """Re-authenticate, before something that needs it."""
    to = request.POST.get("next", "") or request.GET.get("next", "")
    context: dict[str, Any] = {
        "viewer": session.user,
        "next": to if to.startswith(REAUTHENTICATED_PATHS) else reverse("web:account"),
        "has_factor": has_second_factor(user=session.user),
    }
    if request.method == "GET":
        return render(request, "web/prove.html", context)
    try:
        passwords.reauthenticate(
            session=session,
            password=request.POST.get("password", "")[:1024],
            otp=request.POST.get("code", "")[:64],
            now=now,
        )
    except TooManyAttempts:
        context["problem"] = _TOO_MANY_TRIES
    except (passwords.WrongPassword, second_factor.OtpInvalid, second_factor.OtpRequired):
        context["problem"] = "Password or code can't be used."
    else:
        return redirect(str(context["next"]))
    return render(request, "web/prove.html", context, status=403)


@own_account_page
@require_http_methods(["GET", "POST"])
def enrol_totp_page(request: HttpRequest, *, session: DeviceSession, now: datetime) -> HttpResponse:
    """Enrol an authenticator app: explain, show its secret, take its first code."""
    context: dict[str, Any] = {
        "viewer": session.user,
        "must": lacks_second_factor(session),
        "has_factor": has_second_factor(user=session.user),
    }
    if request.method == "GET":
        return render(request, "web/factor.html", context | _pending_totp(request, session))
    if not passwords.is_recently_authenticated(session=session, now=now):
        return _redirect_to_reauthenticate("web:factor")
    if "code" not in request.POST:
        return _redirect_to_shown_once("web:factor", session.user, _begin_totp(session, now))
    try:
        codes = second_factor.confirm_totp(
            user=session.user,
            code=request.POST["code"][:64],
            session_id=session.pk,
            now=now,
        )
    except second_factor.OtpInvalid:
        context["problem"] = "This code can't be used. Type the one that your app shows now."
    except second_factor.NoPendingTotp:
        context["problem"] = "Please begin again."
    except TooManyAttempts:
        context["problem"] = _TOO_MANY_TRIES
    else:
        return _redirect_to_shown_once("web:recovery_codes", session.user, codes)
    return render(request, "web/factor.html", context | _pending_totp(request, session), status=400)


@own_account_page
@require_http_methods(["GET", "POST"])
def recovery_codes_page(
    request: HttpRequest, *, session: DeviceSession, now: datetime
) -> HttpResponse:
    """Confirm, then create new recovery codes, and show them to their owner for ten minutes."""
    kept = read_shown_once(request, user=session.user) if request.method == "GET" else ""
    if kept:
        context = {"viewer": session.user, "codes": kept.split("\n")}
        return render(request, "web/recovery_codes.html", context)
    if not passwords.is_recently_authenticated(session=session, now=now):
        return _redirect_to_reauthenticate("web:account")
    if request.method == "GET":
        return render_confirmation(
            request, viewer=session.user, button="Make new codes", back=reverse("web:account"),
            question="Make new recovery codes?",
            detail="Those that you have, printed or written down, stop working at once.",
        )  # fmt: skip
    try:
        codes = second_factor.renew_recovery_codes(user=session.user, now=now)
    except second_factor.NoSecondFactor:
        return redirect("web:factor")
    return _redirect_to_shown_once("web:recovery_codes", session.user, codes)


@own_account_page
@require_POST
def new_passkey_challenge(
    request: HttpRequest, *, session: DeviceSession, now: datetime
) -> HttpResponse:
    """Return a challenge for a new passkey."""
    is_ready = passwords.is_recently_authenticated(
        session=session, now=now
    ) and not lacks_second_factor(session)
    if not is_ready:
        return JsonResponse({"problem": "Prove again who you are."}, status=403)
    challenge = passkeys.begin_passkey_registration(
        user=session.user, host=request.get_host(), now=now
    )
    request.session[PASSKEY_CHALLENGE_KEY] = challenge.state
    return JsonResponse(challenge.options)


@own_account_page
@require_POST
def add_passkey_page(
    request: HttpRequest, *, session: DeviceSession, now: datetime
) -> HttpResponse:
    """Store the passkey that the browser created."""
    if not passwords.is_recently_authenticated(session=session, now=now) or lacks_second_factor(
        session
    ):
        return _redirect_to_reauthenticate("web:account")
    try:
        credential = json_object_or_none(request.POST.get("credential", ""))
        if credential is None:
            raise passkeys.PasskeyRefused
        passkeys.add_passkey(
            user=session.user,
            name=request.POST.get("name", ""),
            credential=credential,
            state=request.session.pop(PASSKEY_CHALLENGE_KEY, {}),
            host=request.get_host(),
            now=now,
        )
    except InvalidInput as fault:
        return _account_page(
            request, session, now, passkey_problem=f"Name: {fault.errors[0].detail}"
        )
    except second_factor.NoSecondFactor:
        return redirect("web:factor")
    except passkeys.PasskeyRefused:
        return _account_page(
            request, session, now, passkey_problem="This passkey can't be used here."
        )
    return redirect(reverse("web:account") + "?changed=passkey")


@own_account_page
@require_http_methods(["GET", "POST"])
def remove_passkey_page(
    request: HttpRequest, *, session: DeviceSession, now: datetime
) -> HttpResponse:
    """Remove one of the caller's passkeys, after a confirmation."""
    if not passwords.is_recently_authenticated(session=session, now=now):
        return _redirect_to_reauthenticate("web:account")
    if request.method == "GET":
        return _confirm_removing(request, session.user, request.GET.get("passkey", ""))
    wanted = uuid_or_none(request.POST.get("passkey", ""))
    if wanted is None or not passkeys.remove_passkey(user=session.user, passkey_id=wanted):
        raise Http404
    return redirect("web:account")


def _confirm_removing(request: HttpRequest, user: User, wanted: str) -> HttpResponse:
    names = {str(key.pk): key.name for key in passkeys.passkeys_of(user=user)}
    if wanted not in names:
        raise Http404
    return render_confirmation(
        request, viewer=user, button="Remove it", back=reverse("web:account"),
        question=format_html("Remove the passkey {}?", bdi(names[wanted])),
        detail="It can’t be used to sign in any more.", fields={"passkey": wanted},
    )  # fmt: skip


def _begin_totp(session: DeviceSession, now: datetime) -> list[str]:
    made = second_factor.begin_totp(user=session.user, now=now)
    return [made.secret, made.address]


def _pending_totp(request: HttpRequest, session: DeviceSession) -> dict[str, str]:
    """Return QR code and secret for an authenticator app, if they were created a moment ago."""
    kept = read_shown_once(request, user=session.user)
    if not kept:
        return {}
    secret, address = kept.split("\n")
    picture = qrcode.make(address, image_factory=SvgPathImage).to_string()
    drawn = base64.b64encode(picture).decode()
    grouped = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    sent = request.POST if request.method == "POST" else request.GET
    return {"drawn": drawn, "secret": grouped, "shown": sent.get("shown", "")}


def _redirect_to_shown_once(name: str, user: User, secret: list[str]) -> HttpResponse:
    """Redirect to the page that shows the secret, so that reloading it creates nothing."""
    shown = store_shown_once(user=user, secret="\n".join(secret))
    return redirect(f"{reverse(name)}?{urlencode({'shown': shown})}")


def _redirect_to_reauthenticate(back: str) -> HttpResponse:
    return redirect(f"{reverse('web:prove')}?{urlencode({'next': reverse(back)})}")


def _account_page(
    request: HttpRequest, session: DeviceSession, now: datetime, **problems: str
) -> HttpResponse:
    user = session.user
    own = read_own_account(user=user, now=now)
    context = {
        "viewer": user,
        "current": session.pk,
        "sign_ins": own.sign_ins,
        "has_factor": own.has_second_factor,
        "codes_left": own.codes_left,
        "passkeys": own.passkeys,
        "email": own.email,
        "acts": rendering.describe_acts(own.acts, user),
        "changed": request.GET.get("changed", ""),
        "is_proved": passwords.is_recently_authenticated(session=session, now=now),
        **problems,
    }
    return render(request, "web/account.html", context, status=400 if problems else 200)
