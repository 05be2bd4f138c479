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
from care.privacy import break_glass
from web.access import lacks_second_factor, load_sign_in, redirect_to_sign_in, sign_in_id_of
from web.error_pages import error_page
from web.form_fields import LineField
from web.sign_in import sign_out

SITE_PREFIX = "/review/admin/"
#: Where something can be changed.
FORM_SUFFIXES = ("/add/", "/change/", "/delete/")
MAX_SEARCH_LENGTH, MAX_SEARCH_WORDS = 100, 5


class AdminAuthenticationMiddleware(AuthenticationMiddleware):
    """Set the user of the administrator's site from our own sign-in; other paths need no query."""

    def process_request(self, request: HttpRequest) -> None:
        """Set ``user`` and ``sign_in`` of the request from the browser's signed cookie."""
        if not request.path.startswith(SITE_PREFIX):
            return
        signed_in = load_sign_in(request, timezone.now())
        request.sign_in = signed_in[1] if signed_in else None  # type: ignore[attr-defined] # ours
        request.user = signed_in[0] if signed_in else None  # type: ignore[assignment] # nobody signed in


class AdminMessageMiddleware(MessageMiddleware):
    """Message middleware for the site only; other pages have no messages."""

    def process_request(self, request: HttpRequest) -> None:
        """Open the message store."""
        if request.path.startswith(SITE_PREFIX):
            super().process_request(request)

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Store the messages that were not shown yet."""
        if request.path.startswith(SITE_PREFIX):
            return super().process_response(request, response)
        return response


class OwnClinicAdmin:
    """Permissions of administrators: within their own clinic, and without deletion.

    Lists take their own filters and search only: Django takes any lookup of any column from the
    query string (``?password__startswith=``), which would disclose what no page shows.
    """

    list_filter: ClassVar[Any] = ()
    show_facets = ShowFacets.NEVER

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Whether the lookup is one of the list's own filters, by equality."""
        asked = {
            f"{one}__exact" if isinstance(one, str) else one.parameter_name
            for one in self.list_filter
        }
        return lookup in asked and "\x00" not in str(value)

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        """Whether the field is ``id``: rows are referenced by nothing else."""
        return to_field == "id"

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Search for a few words only: each is another comparison of every row."""
        words = " ".join(search_term[:MAX_SEARCH_LENGTH].split()[:MAX_SEARCH_WORDS])
        return super().get_search_results(request, queryset, words)  # type: ignore[misc] # ModelAdmin's

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Use one-line fields for names, as every other page does."""
        if isinstance(db_field, CharField) and not db_field.choices:
            kwargs["form_class"] = LineField
        return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc] # ModelAdmin's

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Allow."""
        return True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow."""
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow."""
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allow."""
        return True

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: sessions and access logs refer to the rows."""
        return False


def clinic_of(request: HttpRequest) -> Any:
    """Return the id of the administrator's clinic."""
    return request.user.clinic_id  # type: ignore[union-attr] # the gate let in one of ours


def _needs_reauthentication(request: HttpRequest) -> bool:
    """Whether recent re-authentication is required: before every form, so that no input is lost.

    So nobody who finds a signed-in browser changes who has access or who leads a group.
    """
    if request.path == f"{SITE_PREFIX}logout/":
        return False
    return request.method not in {"GET", "HEAD"} or request.path.endswith(FORM_SUFFIXES)


def _page_of(request: HttpRequest) -> str:
    return request.path if request.path.endswith(FORM_SUFFIXES) else SITE_PREFIX


class ClinicAdminSite(AdminSite):
    """The admin site, behind the sign-in of the pages."""

    site_header = site_title = "Between Sessions: administration"
    index_title = "The clinic"
    site_url = None
    enable_nav_sidebar = False
    index_template = "web/administration.html"
    empty_value_display = "none"

    def has_permission(self, request: HttpRequest) -> bool:
        """Require an administrator whose sign-in has passed the second factor."""
        session = getattr(request, "sign_in", None)
        if session is None or session.user.role != User.Role.ADMIN:
            return False
        return not lacks_second_factor(session)

    def admin_view(self, view: Any, cacheable: Any = False) -> Any:  # noqa: FBT002 (Django's)
        """Redirect to sign-in or second factor, refuse other roles, require re-authentication."""
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
        """Show the index, with the number of emergencies and acts that wait for review."""
        administrator: Any = request.user
        waiting = break_glass.count_reviews(clinic_id=administrator.clinic_id)
        counts = {"unreviewed": waiting.openings, "acts": waiting.acts}
        return super().index(request, (extra_context or {}) | counts)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Redirect to the sign-in of the pages."""
        return redirect_to_sign_in(request, had_session=False)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Sign out as the pages do."""
        return sign_out(request)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Refuse: no field of the site uses autocomplete."""
        raise Http404

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Redirect to the account page, which asks for re-authentication."""
        return redirect("web:account")
