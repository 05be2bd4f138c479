"""The root URL configuration, and answers for addresses that lead nowhere and faults of ours."""

import sys

import orjson
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path

from api.http import error_support
from api.http.support_answer import SupportOut
from api.urls import unversioned_urlpatterns
from journaling.safety.support import support_without_answer
from web.admin.clinic import site

urlpatterns = [
    path("api/v1/", include("api.urls")),
    path("", include(unversioned_urlpatterns)),
    path("review/admin/", site.urls),
    path("app/", include("web.app.urls")),
    path("", include("web.urls")),
]


def _error_response(request: HttpRequest, status: int, code: str, title: str) -> HttpResponse:
    if _wants_html(request):
        return render(
            request, "web/trouble.html", {"title": title, "status": status}, status=status
        )
    body: dict[str, object] = {
        "type": f"urn:between:{code}", "title": title, "status": status, "detail": title,
        "code": code, "errors": [],
    }  # fmt: skip
    if status >= 500:
        # Whoever asked may be a patient, and nobody can be asked whether they are.
        support = support_without_answer(error_support.cached_crisis_lines(None))
        body["support"] = SupportOut.of(support)
    return HttpResponse(orjson.dumps(body), status=status, content_type="application/problem+json")


def _wants_html(request: HttpRequest) -> bool:
    """Whether a person looks at the answer: at a page, or at an address typed wrongly."""
    if request.path.startswith("/review"):
        return True
    asks_for_a_page = "text/html" in request.headers.get("Accept", "")
    return asks_for_a_page and not request.path.startswith("/api")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django itself could not take, such as one for another host."""
    return _error_response(request, 400, "bad_request", "This request can't be taken.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django itself refused."""
    return _error_response(request, 403, "forbidden", "Not allowed.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 in the words of every other 404."""
    return _error_response(request, 404, "not_found", "Not found.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without a trace; the log has type and place.

    A database that has no connection left, took too long or has no space is 503, as at the API.
    """
    if isinstance(sys.exc_info()[1], OperationalError):
        response = _error_response(
            request, 503, "unavailable", "Not available right now. Please try again."
        )
        response["Retry-After"] = "5"
        return response
    return _error_response(request, 500, "failed", "Something went wrong on our side.")


handler400 = bad_request
handler403 = forbidden
handler404 = not_found
handler500 = server_error
