"""Refusals and faults, as pages in words."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

_TITLES = {
    403: "Not for this sign-in.",
    404: "Not found.",
    429: "Too many tries.",
}


def trouble(
    request: HttpRequest, status: int, *, title: str = "", retry_after: int | None = None
) -> HttpResponse:
    """Answer with a page that says what is wrong and what to do; nothing about anybody is in it."""
    context = {"title": title or _TITLES[status], "status": status}
    response = render(request, "web/trouble.html", context, status=status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a form that did not come from a page of ours, in words."""
    return trouble(request, 403, title="This form is out of date.")
