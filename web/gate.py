"""Who may open a page. Every view is either marked public here or asks for somebody's role."""

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

from backend.kit import actors
from backend.kit.errors import NotThere
from backend.kit.rows import is_refused_by_policy
from care.models import DeviceSession, User
from care.queries.signin import live_session
from web.repeats import once
from web.trouble import page_of, takes_forms_alone, trouble

Page = Callable[..., HttpResponse]

#: Where the browser's signed cookie keeps which sign-in it came from; the row is the truth.
SIGN_IN_KEY = "sign_in"
#: The mark that a house test looks for on every page.
MARK = "who_may_open"
#: Where those begin who have no sessions of a day to see.
_FIRST_PAGES = {User.Role.ADMIN.value: "admin:index", User.Role.SUPPORTER.value: "web:shared"}


def public(page: Page) -> Page:
    """Mark a page that anybody may open; it shows nothing of anybody."""
    setattr(page, MARK, "anybody")
    return page


def _guard(
    mark: str, shut: Callable[[HttpRequest, DeviceSession], HttpResponse | None], shown: str
) -> Callable[[Page], Page]:
    """Make the guard of pages for those whose sign-in holds and whom ``shut`` doesn't answer.

    The sign-in's row is asked on every request, so that an end, a disabled user or an idle hour act
    at once. The page receives ``shown`` ("viewer" or "session") and ``now``.
    """

    def guard(page: Page) -> Page:
        @wraps(page)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            now = timezone.now()
            found = sign_in_of(request, now)
            if found is None:
                return to_sign_in(request, had_session=signed_in_as(request) is not None)
            viewer, session = found
            refused = shut(request, session)
            if refused is not None:
                return refused
            kwargs[shown] = viewer if shown == "viewer" else session
            return _unless_it_ended(page, request, user=viewer, now=now, **kwargs)

        setattr(guarded, MARK, mark)
        return guarded

    return guard


def _unless_it_ended(
    page: Page, request: HttpRequest, *, user: User, **kwargs: Any
) -> HttpResponse:
    """Show the page; what is not there for the user, or no longer, makes it a page unknown."""
    try:
        return once(page, request, user=user, **kwargs)
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
        return trouble(request, 403)
    return redirect("web:factor") if lacks_second_factor(session) else None


def _shut_for_administrators(request: HttpRequest, session: DeviceSession) -> HttpResponse | None:
    if session.user.role != User.Role.ADMIN:
        return trouble(request, 403)
    return redirect("web:factor") if lacks_second_factor(session) else None


def _shut_for_supporters(request: HttpRequest, session: DeviceSession) -> HttpResponse | None:
    return trouble(request, 403) if session.user.role != User.Role.SUPPORTER else None


def _shut_for_patients(request: HttpRequest, session: DeviceSession) -> HttpResponse | None:
    return trouble(request, 403) if session.user.role == User.Role.PATIENT else None


#: Pages of a clinician; others are led to the first page of theirs, or refused.
clinicians = _guard("clinicians", _shut_for_clinicians, "viewer")
#: Pages of an administrator who has passed the second factor.
administrators = _guard("administrators", _shut_for_administrators, "viewer")
#: Pages of a support person, and of nobody else.
supporters = _guard("supporters", _shut_for_supporters, "viewer")
#: Pages about the caller's own account, for staff also before their second factor, and for support
#: persons too: they have a password to change and sign-ins to end.
own_account = _guard("own_account", _shut_for_patients, "session")


def lacks_second_factor(session: DeviceSession) -> bool:
    """Whether this sign-in of staff may see no patient yet (SECURITY R8)."""
    if session.user.role == User.Role.SUPPORTER:
        return False
    return settings.SECOND_FACTOR_REQUIRED and session.mfa_at is None


def signed_in_as(request: HttpRequest) -> UUID | None:
    """Read from the signed cookie which sign-in this browser has, whether or not it still holds."""
    kept = request.session.get(SIGN_IN_KEY)
    try:
        return UUID(kept) if isinstance(kept, str) else None
    except ValueError:
        return None


def sign_in_of(request: HttpRequest, now: datetime) -> tuple[User, DeviceSession] | None:
    """Find whose sign-in this browser has, if it holds, and act as them from here on."""
    session_id = signed_in_as(request)
    found = live_session(session_id=session_id, now=now) if session_id else None
    if found is not None:
        actors.become(actors.person(found[0].role, found[0].pk))
    return found


def to_sign_in(request: HttpRequest, *, had_session: bool) -> HttpResponse:
    """Lead to the sign-in, and from there back to the page that was asked for."""
    request.session.flush()
    # What takes a form alone shows nothing afterwards: back to the page with the form.
    is_shown = request.method == "GET" and not takes_forms_alone(request)
    to = request.get_full_path() if is_shown else page_of(request)
    asked = {"next": to} if to else {}
    if had_session:
        asked["ended"] = "1"
    address = reverse("web:sign_in")
    return redirect(f"{address}?{urlencode(asked)}" if asked else address)
