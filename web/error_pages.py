"""Refusals and faults, as pages in words."""

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
#: Which page a form's own address belongs to: addresses that take a form alone show nothing.
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
    "clear": "today",
}


def error_page(
    request: HttpRequest, status: int, *, title: str = "", retry_after: int | None = None
) -> HttpResponse:
    """Answer with a page that says what is wrong and what to do; nothing about anybody is in it."""
    context = {
        "title": title or _TITLES[status], "status": status, "back": page_url_of(request),
    }  # fmt: skip
    response = render(request, "web/trouble.html", context, status=status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a form that did not come from a page of ours, in words."""
    return error_page(request, 403, title="This form is out of date.")


def method_not_allowed_page(
    answer: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Put a page with a way back in place of an empty refusal of a method.

    Who reloads the address that a form was sent to, or opens it from the history, gets there by
    GET; a browser would show its own error.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        if not isinstance(response, HttpResponseNotAllowed) or not wants_page(request):
            return response
        told = error_page(request, 405)
        told["Allow"] = response["Allow"]
        return told

    return middleware


def wants_page(request: HttpRequest) -> bool:
    """Whether a browser that shows pages asked, and not a program."""
    return request.path.startswith("/review/")


def is_form_target(request: HttpRequest) -> bool:
    """Whether an address shows nothing of its own."""
    match = request.resolver_match
    return match is not None and match.app_name == "web" and match.url_name in _PAGE_OF_FORM


def page_url_of(request: HttpRequest) -> str:
    """Find the page that an address belongs to: its own, or the one whose form it takes."""
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
            # The page of a list stands above the address of one thing in it.
            if not kwargs:
                return ""
            kwargs.popitem()
