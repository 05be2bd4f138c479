"""Access to pages: every view is either marked public here or requires a role.

Here as well: what a browser keeps of its sign-in. A signed cookie holds the last sign-in of each of
a few people, for a clinic's shared computer. It authenticates nothing; it gives this browser tries
of its own (docs/decisions).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import ProgrammingError
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from backend.kit.db import rls_actor
from backend.kit.db.claims import is_refused_by_policy
from backend.kit.errors import NotThere
from care.accounts.device_sessions import end_session, live_session
from care.accounts.sign_in import MOST_KNOWN_SIGN_INS, active_user
from care.models import DeviceSession, User
from web.error_pages import error_page, is_form_target, page_url_of
from web.form_tokens import run_once

PageView = Callable[..., HttpResponse]

#: Where the browser's signed cookie keeps which sign-in it came from; the row is the truth.
SIGN_IN_COOKIE_KEY = "sign_in"
DEVICE_NAME = "Web browser"
KNOWN_DEVICE_COOKIE = "between_device"
#: As long as the row of an ended sign-in is kept (care/privacy/retention.py).
KNOWN_DEVICE_LIFETIME = timedelta(days=90)
_KNOWN_DEVICE_SALT = "between.known-device"
#: The key of whose password was right in the session cookie, until the second factor.
_PENDING_SIGN_IN_KEY = "half"
#: How long the second factor may be given after the password.
PENDING_SIGN_IN_LIFETIME = timedelta(minutes=5)
#: Where it keeps the challenge that a passkey was given, until the answer.
PASSKEY_CHALLENGE_KEY = "passkey"
#: The attribute that a house test requires on every page.
AUDIENCE_MARK = "who_may_open"
#: The first pages of those who have no sessions of a day.
_FIRST_PAGES = {User.Role.ADMIN.value: "admin:index", User.Role.SUPPORTER.value: "web:shared"}


def public_page(page: PageView) -> PageView:
    """Mark a page that anybody may open; it shows no personal data."""
    setattr(page, AUDIENCE_MARK, "anybody")
    return page


def _guard(
    mark: str, shut: Callable[[HttpRequest, DeviceSession], HttpResponse | None], shown: str
) -> Callable[[PageView], PageView]:
    """Return the decorator of pages that need a valid sign-in which ``shut`` does not refuse.

    The row of the sign-in is read on every request, so that an end, a disabled user or an idle hour
    act at once. The page receives ``shown`` ("viewer" or "session") and ``now``.
    """

    def guard(page: PageView) -> PageView:
        @wraps(page)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            now = timezone.now()
            signed_in = load_sign_in(request, now)
            if signed_in is None:
                return redirect_to_sign_in(request, had_session=sign_in_id_of(request) is not None)
            viewer, session = signed_in
            refused = shut(request, session)
            if refused is not None:
                return refused
            kwargs[shown] = viewer if shown == "viewer" else session
            return _show_unless_revoked(page, request, user=viewer, now=now, **kwargs)

        setattr(guarded, AUDIENCE_MARK, mark)
        return guarded

    return guard


def _show_unless_revoked(
    page: PageView, request: HttpRequest, *, user: User, **kwargs: Any
) -> HttpResponse:
    """Run the page; what does not exist for the user, or no longer, is 404."""
    try:
        return run_once(page, request, user=user, **kwargs)
    except NotThere:
        raise Http404 from None
    except ProgrammingError as error:
        if is_refused_by_policy(error):
            raise Http404 from None
        raise


def _shut_for_clinicians(request: HttpRequest, session: DeviceSession) -> HttpResponse | None:
    role = session.user.role
    is_first_page = request.method == "GET" and request.path == reverse("web:today")
    if is_first_page and role in _FIRST_PAGES:
        return redirect(_FIRST_PAGES[role])
    if role != User.Role.CLINICIAN:
        return error_page(request, 403)
    return redirect("web:factor") if lacks_second_factor(session) else None


def _shut_for_administrators(request: HttpRequest, session: DeviceSession) -> HttpResponse | None:
    if session.user.role != User.Role.ADMIN:
        return error_page(request, 403)
    return redirect("web:factor") if lacks_second_factor(session) else None


def _shut_for_others_than_staff(
    request: HttpRequest, session: DeviceSession
) -> HttpResponse | None:
    if session.user.role not in {User.Role.CLINICIAN, User.Role.ADMIN}:
        return error_page(request, 403)
    return redirect("web:factor") if lacks_second_factor(session) else None


def _shut_for_supporters(request: HttpRequest, session: DeviceSession) -> HttpResponse | None:
    return error_page(request, 403) if session.user.role != User.Role.SUPPORTER else None


def _shut_for_patients(request: HttpRequest, session: DeviceSession) -> HttpResponse | None:
    return error_page(request, 403) if session.user.role == User.Role.PATIENT else None


#: Pages of a clinician; others are led to the first page of theirs, or refused.
clinician_page = _guard("clinicians", _shut_for_clinicians, "viewer")
#: Pages of an administrator who has passed the second factor.
administrator_page = _guard("administrators", _shut_for_administrators, "viewer")
#: Pages of both, each of whom sees another part.
staff_page = _guard("staff", _shut_for_others_than_staff, "viewer")
#: Pages of a support person, and of nobody else.
support_person_page = _guard("supporters", _shut_for_supporters, "viewer")
#: Pages about the caller's own account, for staff also before their second factor, and for support
#: persons too: they have a password to change and sign-ins to end.
own_account_page = _guard("own_account", _shut_for_patients, "session")


def lacks_second_factor(session: DeviceSession) -> bool:
    """Whether this sign-in of staff may see no patient yet (SECURITY R8)."""
    if session.user.role == User.Role.SUPPORTER:
        return False
    return settings.SECOND_FACTOR_REQUIRED and session.mfa_at is None


def sign_in_id_of(request: HttpRequest) -> UUID | None:
    """Return the sign-in in this browser's signed cookie, whether or not it is still valid."""
    kept = request.session.get(SIGN_IN_COOKIE_KEY)
    try:
        return UUID(kept) if isinstance(kept, str) else None
    except ValueError:
        return None


def load_sign_in(request: HttpRequest, now: datetime) -> tuple[User, DeviceSession] | None:
    """Return user and sign-in of this browser, if valid, and set the RLS actor to the user."""
    session_id = sign_in_id_of(request)
    signed_in = live_session(session_id=session_id, now=now) if session_id else None
    if signed_in is not None:
        rls_actor.set_actor(rls_actor.user_actor(signed_in[0].role, signed_in[0].pk))
    return signed_in


def redirect_to_sign_in(request: HttpRequest, *, had_session: bool) -> HttpResponse:
    """Redirect to the sign-in, and from there back to the page that was requested."""
    request.session.flush()
    # The target of a form shows nothing itself: return to the page with the form.
    is_shown = request.method == "GET" and not is_form_target(request)
    to = request.get_full_path() if is_shown else page_url_of(request)
    query = {"next": to} if to else {}
    if had_session:
        query["ended"] = "1"
    address = reverse("web:sign_in")
    return redirect(f"{address}?{urlencode(query)}" if query else address)


def start_browser_session(
    request: HttpRequest, *, session: DeviceSession, to: str, now: datetime
) -> HttpResponse:
    """Store a new sign-in in the browser's session, remember it, and redirect."""
    end_browser_session(request, now)
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


def end_browser_session(request: HttpRequest, now: datetime) -> None:
    """End this browser's sign-in at once; without one, nothing happens."""
    session_id = sign_in_id_of(request)
    if session_id is not None:
        end_session(session_id=session_id, reason="signed_out", now=now)
    # Nothing that the browser held before survives: neither its cookie's content nor its token.
    request.session.flush()


def store_pending_sign_in(request: HttpRequest, *, user: User, to: str, now: datetime) -> None:
    """Store whose password was right, and where the sign-in leads, until the second factor."""
    request.session[_PENDING_SIGN_IN_KEY] = {
        "user": str(user.pk),
        "at": now.timestamp(),
        "next": to,
    }


def load_pending_sign_in(request: HttpRequest, now: datetime) -> tuple[User, str] | None:
    """Return whose password was right lately, and where the sign-in leads."""
    kept = request.session.get(_PENDING_SIGN_IN_KEY)
    if not isinstance(kept, dict):
        return None
    if now.timestamp() - kept["at"] > PENDING_SIGN_IN_LIFETIME.total_seconds():
        return None
    user = active_user(user_id=UUID(kept["user"]))
    return (user, str(kept["next"])) if user is not None else None


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
