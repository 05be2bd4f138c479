"""Access to pages: every view is either marked public here or requires a role."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db import ProgrammingError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from backend.kit.db import rls_actor
from backend.kit.db.claims import is_refused_by_policy
from backend.kit.errors import NotThere
from care.accounts.device_sessions import live_session
from care.models import DeviceSession, User
from web.error_pages import error_page, is_form_target, page_url_of
from web.form_tokens import run_once

PageView = Callable[..., HttpResponse]

#: Where the browser's signed cookie keeps which sign-in it came from; the row is the truth.
SIGN_IN_COOKIE_KEY = "sign_in"
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


def _shut_for_supporters(request: HttpRequest, session: DeviceSession) -> HttpResponse | None:
    return error_page(request, 403) if session.user.role != User.Role.SUPPORTER else None


def _shut_for_patients(request: HttpRequest, session: DeviceSession) -> HttpResponse | None:
    return error_page(request, 403) if session.user.role == User.Role.PATIENT else None


#: Pages of a clinician; others are led to the first page of theirs, or refused.
clinician_page = _guard("clinicians", _shut_for_clinicians, "viewer")
#: Pages of an administrator who has passed the second factor.
administrator_page = _guard("administrators", _shut_for_administrators, "viewer")
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
