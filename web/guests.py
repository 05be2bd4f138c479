"""Who is invited to a family session: the support persons whom its patient's consents name."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from backend.kit.errors import InvalidInput
from care.models import User
from care.people.patients import patient_name
from care.sessions.move_requests import SessionUnderWay
from care.support.guests import (
    GuestList,
    NotForGuests,
    guest_list,
    invite_guests,
    open_session_chart,
)
from web.access import clinician_page
from web.attendance import describe_session
from web.error_pages import error_page
from web.form_fields import PageForm
from web.rendering import posted_data, redirect_to, render_page
from web.templatetags.bidi import isolate

NOT_AHEAD = "This session has begun or was cancelled."
CHANGED_NOTE = "What they agreed to has changed meanwhile. It stands below as it is now."


class GuestsForm(PageForm):
    """Who of the patient's support persons is invited."""

    people = forms.MultipleChoiceField(
        label="Invited", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, found: GuestList, **kwargs: Any) -> None:
        invited = [str(one.id) for one in found.invited]
        super().__init__(*args, initial={"people": invited}, **kwargs)
        people: Any = self.fields["people"]
        names = [(one.id, one.name) for one in found.invited]
        names += [(one.id, one.name) for one in found.others if not one.is_taken_off]
        people.choices = [(str(consent_id), isolate(name)) for consent_id, name in names]


@clinician_page
@require_http_methods(["GET", "POST"])
def guests_page(
    request: HttpRequest, *, viewer: User, now: datetime, session_id: UUID
) -> HttpResponse:
    """Show who is invited to a family session, and choose anew."""
    is_sent = request.method == "POST"
    chart = open_session_chart(viewer=viewer, session_id=session_id, now=now, to_write=is_sent)
    try:
        found = guest_list(chart=chart, session_id=session_id, now=now)
    except NotForGuests:
        return error_page(request, 404)
    form = GuestsForm(posted_data(request), found=found)
    if is_sent and form.is_valid():
        wanted = [UUID(one) for one in form.cleaned_data["people"]]
        try:
            invite_guests(chart=chart, session_id=session_id, wanted=wanted, now=now)
        except SessionUnderWay:
            form.add_error(None, NOT_AHEAD)
        except InvalidInput:
            form.add_error(None, CHANGED_NOTE)
        else:
            return redirect_to("guests", said="guests", session_id=session_id)
    return render_page(
        request, "web/guests.html", viewer=viewer, status=400 if is_sent else 200, here="today",
        form=form, found=found, told=describe_session(found.session, viewer),
        patient_id=chart.patient_id, name=patient_name(patient_id=chart.patient_id),
        taken_off=[one.name for one in found.others if one.is_taken_off],
        is_ahead=found.session.starts_at > now and found.session.cancelled_at is None,
        is_own=found.session.clinician_id == viewer.pk, session_id=session_id,
    )  # fmt: skip
