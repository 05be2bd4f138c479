"""The clinician's own sessions in their calendar program."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from care.actions import calendar as links
from care.models import User
from web.gate import clinicians
from web.showing import go, show


@clinicians
@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """Make the secret address of one's calendar, shown once, or end it."""
    if request.method == "GET":
        return show(
            request, "web/calendar.html", viewer=viewer, has_link=links.has_link(user=viewer)
        )
    if "end" in request.POST:
        links.end_link(user=viewer, now=now)
        return go("calendar", said="calendar_ended")
    try:
        secret = links.make_link(user=viewer, now=now)
    except links.LinkMadeMeanwhile:
        return go("calendar")
    address = request.build_absolute_uri(reverse("calendar", kwargs={"secret": secret}))
    return show(request, "web/calendar.html", viewer=viewer, has_link=True, address=address)
