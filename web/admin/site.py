"""The administrator's site: Django's plain admin over the clinic, its staff and its groups.

There is nothing of a patient in it: no name, no entry, no membership; the first page tells how many
emergencies wait to be looked at, on a page of their own. It opens by the sign-in of the pages
alone, second factor included, and only to administrators, each of their own clinic.
"""

from functools import wraps
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib.admin import AdminSite, ShowFacets
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.db.models import CharField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from care.accounts.passwords import is_recently_authenticated
from care.models import User
from care.privacy import break_glass, oversight
from web.access import lacks_second_factor, load_sign_in, redirect_to_sign_in, sign_in_id_of
from web.error_pages import error_page
from web.forms.fields import LineField
from web.sign_in import sign_out

SITE_PREFIX = "/review/admin/"
#: Where something can be changed.
FORM_SUFFIXES = ("/add/", "/change/", "/delete/")
MAX_SEARCH_LENGTH, MAX_SEARCH_WORDS = 100, 5


class AdminAuthenticationMiddleware(AuthenticationMiddleware):
    """Tell the administrator's site who signed in by our own sign-in; other paths ask nothing."""

    def process_request(self, request: HttpRequest) -> None:
        """Find the user of the sign-in that this browser's signed cookie names."""
        if not request.path.startswith(SITE_PREFIX):
            return
        found = load_sign_in(request, timezone.now())
        request.sign_in = found[1] if found else None  # type: ignore[attr-defined] # ours
        request.user = found[0] if found else None  # type: ignore[assignment] # nobody signed in


class AdminMessageMiddleware(MessageMiddleware):
    """Carry the site's own messages; other pages have none."""

    def process_request(self, request: HttpRequest) -> None:
        """Open the store."""
        if request.path.startswith(SITE_PREFIX):
            super().process_request(request)

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Keep what was not shown yet."""
        if request.path.startswith(SITE_PREFIX):
            return super().process_response(request, response)
        return response


class OwnClinicAdmin:
    """What administrators may do: all of it within their own clinic, nothing is ever deleted.

    A list is narrowed by its own filters and its search alone. Django takes any look-up of any
    column from the address (``?password__startswith=``), which reads out what no page shows.
    """

    list_filter: ClassVar[Any] = ()
    show_facets = ShowFacets.NEVER

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Take what one of the list's filters asks, by equality."""
        asked = {
            f"{one}__exact" if isinstance(one, str) else one.parameter_name
            for one in self.list_filter
        }
        return lookup in asked and "\x00" not in str(value)

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        """Name rows by their id alone."""
        return to_field == "id"

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Search for a few words: each is another comparison of every row."""
        words = " ".join(search_term[:MAX_SEARCH_LENGTH].split()[:MAX_SEARCH_WORDS])
        return super().get_search_results(request, queryset, words)  # type: ignore[misc] # ModelAdmin's

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Read names on one line, as every other page does."""
        if isinstance(db_field, CharField) and not db_field.choices:
            kwargs["form_class"] = LineField
        return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc] # ModelAdmin's

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show it."""
        return True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let them see what the list shows."""
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let them change it."""
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let them add to it."""
        return True

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep it: rows stand behind sessions and access logs."""
        return False


def clinic_of(request: HttpRequest) -> Any:
    """Name the clinic of the administrator."""
    return request.user.clinic_id  # type: ignore[union-attr] # the gate let in one of ours


def _needs_reauthentication(request: HttpRequest) -> bool:
    """Whether a fresh proof is asked for: before every form, so that nothing typed is lost.

    Whoever finds a browser signed in changes nothing of who may come in, or who leads what.
    """
    if request.path == f"{SITE_PREFIX}logout/":
        return False
    return request.method not in {"GET", "HEAD"} or request.path.endswith(FORM_SUFFIXES)


def _page_of(request: HttpRequest) -> str:
    return request.path if request.path.endswith(FORM_SUFFIXES) else SITE_PREFIX


class ClinicAdminSite(AdminSite):
    """The site, behind our own gate."""

    site_header = site_title = "Between Sessions: administration"
    index_title = "The clinic"
    site_url = None
    enable_nav_sidebar = False
    index_template = "web/administration.html"
    empty_value_display = "none"

    def has_permission(self, request: HttpRequest) -> bool:
        """Ask for an administrator whose sign-in has passed the second factor."""
        session = getattr(request, "sign_in", None)
        if session is None or session.user.role != User.Role.ADMIN:
            return False
        return not lacks_second_factor(session)

    def admin_view(self, view: Any, cacheable: Any = False) -> Any:  # noqa: FBT002 (Django's)
        """Lead whoever isn't signed in to the sign-in, refuse other roles, ask for the factor."""
        guarded = super().admin_view(view, cacheable)

        @wraps(view)
        def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            session = getattr(request, "sign_in", None)
            if session is None:
                return redirect_to_sign_in(request, had_session=sign_in_id_of(request) is not None)
            if session.user.role != User.Role.ADMIN:
                return error_page(request, 403)
            if lacks_second_factor(session):
                return redirect("web:factor")
            if _needs_reauthentication(request) and not is_recently_authenticated(
                session=session, now=timezone.now()
            ):
                return redirect(f"{reverse('web:prove')}?{urlencode({'next': _page_of(request)})}")
            answer: HttpResponse = guarded(request, *args, **kwargs)
            return answer

        return gate

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Show the clinic's own things, and whether an emergency waits for a look."""
        administrator: Any = request.user
        clinic_id = administrator.clinic_id
        waiting = {
            "unreviewed": break_glass.count_unreviewed_break_glass(clinic_id=clinic_id),
            "acts": oversight.count_unreviewed_acts(clinic_id=clinic_id),
        }
        return super().index(request, (extra_context or {}) | waiting)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Use the pages' own sign-in."""
        return redirect_to_sign_in(request, had_session=False)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Use the pages' own way out."""
        return sign_out(request)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Give nothing: no field of the site completes itself."""
        raise Http404

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Passwords are changed on the account page, with its proofs."""
        return redirect("web:account")
