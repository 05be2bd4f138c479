"""Error pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

_TITLES = {
    403: "Not for this sign-in.",
    404: "Not found.",
    405: "Nothing to see at this address.",
    429: "Too many tries.",
}
#: The page of each address that takes a form only and shows nothing itself.
_PAGE_OF_FORM = {
    "sign_in_challenge": "sign_in",
    "sign_in_passkey": "sign_in",
    "sign_out": "today",
    "password": "account",
    "email": "account",
    "passkey_challenge": "account",
    "add_passkey": "account",
    "end_others": "account",
    "end_sign_in": "account",
    "reviewed": "session",
    "patient_reviewed": "patient_brief",
    "talk": "patient",
    "close_assignment": "assign",
    "finish_task": "tasks",
    "dismiss_move": "today",
    "clear": "today",
}


def error_page(
    request: HttpRequest, status: int, *, title: str = "", retry_after: int | None = None
) -> HttpResponse:
    """Return a page that says what is wrong and what to do; it holds no personal data."""
    context = {
        "title": title or _TITLES[status], "status": status, "back": page_url_of(request),
    }  # fmt: skip
    response = render(request, "web/trouble.html", context, status=status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a form without a valid CSRF token."""
    return error_page(request, 403, title="This form is out of date.")


def method_not_allowed_page(
    answer: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware that replaces an empty 405 by a page with a way back.

    Whoever reloads the address that a form was sent to, or opens it from the history, gets there
    by GET; a browser would show its own error.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        if not isinstance(response, HttpResponseNotAllowed) or not wants_page(request):
            return response
        page = error_page(request, 405)
        page["Allow"] = response["Allow"]
        return page

    return middleware


def wants_page(request: HttpRequest) -> bool:
    """Whether the request is for a page, and not of the API."""
    return request.path.startswith("/review/")


def is_form_target(request: HttpRequest) -> bool:
    """Whether the address takes a form only and shows nothing itself."""
    match = request.resolver_match
    return match is not None and match.app_name == "web" and match.url_name in _PAGE_OF_FORM


def page_url_of(request: HttpRequest) -> str:
    """Return the page that an address belongs to: itself, or the page whose form it takes."""
    match = request.resolver_match
    if match is None or match.app_name != "web" or match.url_name is None:
        return ""
    kwargs = dict(match.kwargs)
    while True:
        try:
            return reverse(
                f"web:{_PAGE_OF_FORM.get(match.url_name, match.url_name)}", kwargs=kwargs
            )
        except NoReverseMatch:
            # The page of a list has fewer arguments than the address of one item.
            if not kwargs:
                return ""
            kwargs.popitem()
