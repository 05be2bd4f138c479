"""The secret address of the clinician's calendar feed."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from care.models import User
from care.sessions import calendar_links
from web.access import clinician_page
from web.form_tokens import read_shown_once, store_shown_once
from web.rendering import redirect_to, render_confirmation, render_page

_CONFIRMATIONS: dict[str, tuple[str, str, dict[str, str]]] = {
    "end": ("End the address of your calendar?", "End it", {"end": "1"}),
    "anew": ("Make a new address for your calendar?", "Make a new one", {}),
}


@clinician_page
@require_http_methods(["GET", "POST"])
def calendar_link(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """Create the secret address of the viewer's calendar, shown for ten minutes, or revoke it.

    What ends an address that calendar programs use needs a confirmation.
    """
    has_link = calendar_links.has_calendar_link(user=viewer)
    if request.method == "GET":
        if has_link and request.GET.get("sure") in _CONFIRMATIONS:
            return _confirm(request, viewer, request.GET["sure"])
        secret = read_shown_once(request, user=viewer)
        return render_page(
            request, "web/calendar.html", viewer=viewer, has_link=has_link,
            address=_feed_url(request, secret) if secret else "",
        )  # fmt: skip
    if "end" in request.POST:
        calendar_links.revoke_calendar_link(user=viewer, now=now)
        return redirect_to("calendar", said="calendar_ended")
    try:
        secret = calendar_links.create_calendar_link(user=viewer, now=now)
    except calendar_links.LinkCreatedMeanwhile:
        return redirect_to("calendar")
    return redirect_to("calendar", query={"shown": store_shown_once(user=viewer, secret=secret)})


def _confirm(request: HttpRequest, viewer: User, what: str) -> HttpResponse:
    question, button, fields = _CONFIRMATIONS[what]
    return render_confirmation(
        request, viewer=viewer, question=question, button=button, fields=fields,
        back=reverse("web:calendar"),
        detail="Calendar programs that use the address you have stop at once.",
    )  # fmt: skip


def _feed_url(request: HttpRequest, secret: str) -> str:
    return request.build_absolute_uri(reverse("calendar", kwargs={"secret": secret}))
