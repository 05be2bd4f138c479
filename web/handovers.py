"""Handovers to the next team, and requests to restrict how a record is used."""

import base64
from datetime import datetime
from typing import Any
from uuid import UUID

import qrcode
from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods
from qrcode.image.svg import SvgPathImage

from backend.kit.errors import InvalidInput
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.consents import restrictions
from care.consents.restrictions import (
    ANSWERS,
    MAX_TEXT_LENGTH,
    NoSuchRestriction,
    RestrictionAnswered,
)
from care.handovers.make import (
    DEFAULT_DAYS,
    LONGEST_DAYS,
    HandoverConsent,
    MadeHandover,
    NoHandoverConsent,
    handovers_of,
    revoke_handover,
)
from care.models import User
from care.people.patients import patient_name
from journaling import formatting
from journaling.handovers.make import HandoverOverview, make_handover, read_handovers
from web.access import clinician_page
from web.form_fields import PageForm
from web.rendering import (
    add_form_errors,
    posted_data,
    redirect_to,
    render_confirmation,
    render_page,
)
from web.templatetags.bidi import bdi

ANSWERED_NOTE = "Somebody answered it meanwhile, otherwise. Their answer stands below."
NO_CONSENT_NOTE = "The patient took that consent back, or it ended. Nothing was made."


class HandoverForm(PageForm):
    """On which consent a handover is made, and for how long its link opens."""

    consent = forms.ChoiceField(label="What the patient agreed to")
    days = forms.IntegerField(
        label="Days that the link opens", min_value=1, max_value=LONGEST_DAYS, initial=DEFAULT_DAYS,
        help_text="It ends with the consent at the latest.",
    )  # fmt: skip

    def __init__(self, *args: Any, consents: list[HandoverConsent], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["consent"]
        field.choices = [(str(one.id), _consent_words(one)) for one in consents]


class AnswerForm(PageForm):
    """The clinic's answer to one request."""

    request_id = forms.UUIDField(widget=forms.HiddenInput)
    answer = forms.ChoiceField(
        label="Answer", choices=[(one, one.capitalize()) for one in ANSWERS],
        widget=forms.RadioSelect,
    )  # fmt: skip
    reason = forms.CharField(
        label="Reason, as the patient reads it", max_length=MAX_TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


@clinician_page
@require_http_methods(["GET", "POST"])
def handovers_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """List handovers, and make one; its link and passcode are shown in this answer alone."""
    is_sent = request.method == "POST"
    chart = _open(viewer, patient_id, now, to_write=is_sent)
    read = read_handovers(chart=chart, now=now)
    form = HandoverForm(posted_data(request), consents=read.consents)
    problem = ""
    if is_sent and form.is_valid():
        try:
            made = make_handover(
                chart=chart, consent_id=UUID(form.cleaned_data["consent"]),
                days=form.cleaned_data["days"], now=now,
            )  # fmt: skip
        except InvalidInput as refusal:
            add_form_errors(form, refusal)
        except NoHandoverConsent:
            problem = NO_CONSENT_NOTE
        else:
            return _show_once(request, viewer, patient_id, made)
    return render_page(
        request, "web/handovers.html", viewer=viewer, here="caseload", form=form, problem=problem,
        status=409 if problem else 400 if form.errors else 200, patient_id=patient_id,
        name=patient_name(patient_id=patient_id), read=read, listed=_listed(read, now),
    )  # fmt: skip


@clinician_page
@require_http_methods(["GET", "POST"])
def revoke_handover_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, handover_id: UUID
) -> HttpResponse:
    """End a link after a confirmation."""
    is_sent = request.method == "POST"
    chart = _open(viewer, patient_id, now, to_write=is_sent)
    if is_sent:
        revoke_handover(chart=chart, handover_id=handover_id, now=now)
        return redirect_to("handovers", said="handover_revoked", patient_id=patient_id)
    found = next((one for one in handovers_of(chart=chart) if one.id == handover_id), None)
    if found is None or not found.is_open(now):
        raise Http404
    return render_confirmation(
        request, viewer=viewer, button="Yes, end it now",
        back=reverse("web:handovers", kwargs={"patient_id": patient_id}),
        question=format_html("End the link for {}?", bdi(found.recipient)),
        detail="It opens nothing from then on. What was opened before stays known.",
    )  # fmt: skip


@clinician_page
@require_http_methods(["GET", "POST"])
def restrictions_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show what a patient asked the clinic not to do with their record, and answer."""
    is_sent, problem = request.method == "POST", ""
    chart = open_chart(
        viewer=viewer, patient_id=patient_id, what=DataCategory.CONSENT, now=now, to_write=is_sent
    )
    form = AnswerForm(posted_data(request))
    if is_sent and form.is_valid():
        try:
            restrictions.answer_restriction(chart=chart, now=now, **form.cleaned_data)
        except NoSuchRestriction:
            raise Http404 from None
        except RestrictionAnswered:
            problem = ANSWERED_NOTE
        else:
            return redirect_to("restrictions", said="restriction_answered", patient_id=patient_id)
    asked = restrictions.restrictions_of(chart=chart)
    return render_page(
        request, "web/restrictions.html", viewer=viewer, here="caseload", problem=problem,
        status=409 if problem else 400 if form.errors else 200, patient_id=patient_id,
        name=patient_name(patient_id=patient_id),
        asked=[(one, _answer_form(one.id, form)) for one in asked],
    )  # fmt: skip


def _open(viewer: User, patient_id: UUID, now: datetime, *, to_write: bool) -> Chart:
    return open_chart(
        viewer=viewer, patient_id=patient_id, what=DataCategory.HANDOVER, now=now,
        to_write=to_write,
    )  # fmt: skip


def _show_once(
    request: HttpRequest, viewer: User, patient_id: UUID, made: MadeHandover
) -> HttpResponse:
    address = request.build_absolute_uri(f"/api/v1/shl/{made.secret}")
    link = made.link(address)
    picture = qrcode.make(link, image_factory=SvgPathImage).to_string()
    return render_page(
        request, "web/handed_over.html", viewer=viewer, here="caseload", patient_id=patient_id,
        name=patient_name(patient_id=patient_id), link=link, made=made,
        drawn=base64.b64encode(picture).decode(),
    )  # fmt: skip


def _listed(read: HandoverOverview, now: datetime) -> list[tuple[Any, str, bool]]:
    return [(one, _parts_words(one.parts), one.is_open(now)) for one in read.handovers]


def _answer_form(request_id: UUID, sent: AnswerForm) -> AnswerForm:
    """Return the form of one request, with what was sent where it was of this one."""
    if sent.is_bound and sent.data.get("request_id") == str(request_id):
        return sent
    return AnswerForm(initial={"request_id": request_id}, auto_id=f"id_%s_{request_id}")


def _consent_words(one: HandoverConsent) -> str:
    return f"{one.recipient}: {_parts_words(one.parts)}, until {one.expires_at:%d %B %Y}"


def _parts_words(parts: Any) -> str:
    return ", ".join(formatting.humanize(part) for part in parts)
