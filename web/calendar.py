"""The clinician's own sessions in their calendar program."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from care.actions import calendar as links
from care.models import User
from web.gate import clinicians
from web.repeats import put_away, put_there
from web.showing import ask, go, show

_ASKED: dict[str, tuple[str, str, dict[str, str]]] = {
    "end": ("End the address of your calendar?", "End it", {"end": "1"}),
    "anew": ("Make a new address for your calendar?", "Make a new one", {}),
}


@clinicians
@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """Make the secret address of one's calendar, shown for ten minutes, or end it.

    What ends an address that calendar programs use is asked about first.
    """
    has_link = links.has_link(user=viewer)
    if request.method == "GET":
        if has_link and request.GET.get("sure") in _ASKED:
            return _ask(request, viewer, request.GET["sure"])
        secret = put_there(request, user=viewer)
        return show(
            request, "web/calendar.html", viewer=viewer, has_link=has_link,
            address=_address(request, secret) if secret else "",
        )  # fmt: skip
    if "end" in request.POST:
        links.end_link(user=viewer, now=now)
        return go("calendar", said="calendar_ended")
    try:
        secret = links.make_link(user=viewer, now=now)
    except links.LinkMadeMeanwhile:
        return go("calendar")
    return go("calendar", query={"shown": put_away(user=viewer, secret=secret)})


def _ask(request: HttpRequest, viewer: User, what: str) -> HttpResponse:
    question, button, fields = _ASKED[what]
    return ask(
        request, viewer=viewer, question=question, button=button, fields=fields,
        back=reverse("web:calendar"),
        detail="Calendar programs that use the address you have stop at once.",
    )  # fmt: skip


def _address(request: HttpRequest, secret: str) -> str:
    return request.build_absolute_uri(reverse("calendar", kwargs={"secret": secret}))
