"""Staff's own account: password, second factor, passkeys, and where they are signed in."""

import base64
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from allauth.mfa.adapter import get_adapter
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.kit.errors import InvalidInput
from care.actions import oversight, passkeys, proving, resets, second_factor, signin
from care.actions.attempts import TooManyAttempts
from care.actions.profile import set_email
from care.models import DeviceSession, User
from care.queries.second_factor import has_second_factor, unused_recovery_codes
from care.queries.signin import sessions_of
from web import parsing, told
from web.gate import lacks_second_factor, own_account
from web.repeats import put_away, put_there
from web.showing import ask
from web.templatetags.text import bdi

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
            current=request.POST.get("current", "")[:1024],
            fresh=request.POST.get("fresh", "")[:1024],
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
            password=request.POST.get("password", "")[:1024],
            otp=request.POST.get("code", "")[:64],
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
        return render(request, "web/factor.html", context | _begun(request, session))
    if not proving.is_proved(session=session, now=now):
        return _to_prove("web:factor")
    if "code" not in request.POST:
        return _showing("web:factor", session.user, _begin(session, now))
    try:
        codes = second_factor.confirm_totp(
            user=session.user,
            code=request.POST["code"][:64],
            session_id=session.pk,
            now=now,
        )
    except second_factor.OtpInvalid:
        context["problem"] = "This code can't be used. Type the one that your app shows now."
    except second_factor.NothingPending:
        context["problem"] = "Please begin again."
    except TooManyAttempts:
        context["problem"] = _WAIT
    else:
        return _showing("web:recovery_codes", session.user, codes)
    return render(request, "web/factor.html", context | _begun(request, session), status=400)


@own_account
@require_http_methods(["GET", "POST"])
def recovery_codes(request: HttpRequest, *, session: DeviceSession, now: datetime) -> HttpResponse:
    """Ask, then make fresh recovery codes, and show them to their owner for ten minutes."""
    kept = put_there(request, user=session.user) if request.method == "GET" else ""
    if kept:
        context = {"viewer": session.user, "codes": kept.split("\n")}
        return render(request, "web/recovery_codes.html", context)
    if not proving.is_proved(session=session, now=now):
        return _to_prove("web:account")
    if request.method == "GET":
        return ask(
            request, viewer=session.user, button="Make new codes", back=reverse("web:account"),
            question="Make new recovery codes?",
            detail="Those that you have, printed or written down, stop working at once.",
        )  # fmt: skip
    try:
        codes = second_factor.renew_recovery_codes(user=session.user, now=now)
    except second_factor.NoSecondFactor:
        return redirect("web:factor")
    return _showing("web:recovery_codes", session.user, codes)


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
        credential = parsing.document(request.POST.get("credential", ""))
        if credential is None:
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
@require_http_methods(["GET", "POST"])
def remove_passkey(request: HttpRequest, *, session: DeviceSession, now: datetime) -> HttpResponse:
    """Forget one of the caller's passkeys, once it was asked whether that is meant."""
    if not proving.is_proved(session=session, now=now):
        return _to_prove("web:account")
    if request.method == "GET":
        return _ask_removing(request, session.user, request.GET.get("passkey", ""))
    wanted = request.POST.get("passkey", "")
    if not passkeys.remove_passkey(user=session.user, passkey_id=parsing.rev(wanted)):
        raise Http404
    return redirect("web:account")


def _ask_removing(request: HttpRequest, user: User, wanted: str) -> HttpResponse:
    names = {str(key["id"]): key["name"] for key in passkeys.passkeys_of(user=user)}
    if wanted not in names:
        raise Http404
    return ask(
        request, viewer=user, button="Remove it", back=reverse("web:account"),
        question=format_html("Remove the passkey {}?", bdi(names[wanted])),
        detail="It can’t be used to sign in any more.", fields={"passkey": wanted},
    )  # fmt: skip


def _begin(session: DeviceSession, now: datetime) -> list[str]:
    made = second_factor.begin_totp(user=session.user, now=now)
    return [made.secret, made.address]


def _begun(request: HttpRequest, session: DeviceSession) -> dict[str, str]:
    """Draw what an authenticator app scans, if it was made a moment ago."""
    kept = put_there(request, user=session.user)
    if not kept:
        return {}
    secret, address = kept.split("\n")
    drawn = base64.b64encode(get_adapter().build_totp_svg(address).encode()).decode()
    grouped = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    sent = request.POST if request.method == "POST" else request.GET
    return {"drawn": drawn, "secret": grouped, "shown": sent.get("shown", "")}


def _showing(name: str, user: User, secret: list[str]) -> HttpResponse:
    """Lead to the page that shows what was just made, so that loading it again makes nothing."""
    shown = put_away(user=user, secret="\n".join(secret))
    return redirect(f"{reverse(name)}?{urlencode({'shown': shown})}")


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
