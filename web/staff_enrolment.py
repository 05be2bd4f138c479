"""Enrolment of staff by a code."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from backend.kit.errors import InvalidInput
from care.accounts import device_sessions, staff_invitations
from care.accounts.second_factor import has_second_factor
from care.accounts.throttle import TooManyAttempts
from care.models import User
from web.access import public_page
from web.rendering import add_form_errors, posted_data
from web.sign_in import DEVICE_NAME, retry_after_text, start_browser_session

INVALID_CODE = "This code can't be used. It holds for 72 hours and lets in once; ask for a new one."


class StaffEnrolmentForm(forms.Form):
    """A code, and what its owner chooses."""

    code = forms.CharField(
        label="Your code", max_length=40, widget=forms.TextInput({"autocomplete": "one-time-code"})
    )
    username = forms.CharField(
        label="A name to sign in with", max_length=150, required=False,
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none"}),
        help_text="Leave it empty if you were told one, or have one already.",
    )  # fmt: skip
    password = forms.CharField(
        label="A password", max_length=256, strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text="At least 15 characters; a few words in a row are easy to remember.",
    )  # fmt: skip


@public_page
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("code", "password")
def enrol_staff_page(request: HttpRequest) -> HttpResponse:
    """Enrol a member of staff by a code of the administrator, with the password they choose.

    Whoever has no second factor yet is redirected to enrol one, and sees nothing before.
    """
    now = timezone.now()
    form = StaffEnrolmentForm(posted_data(request))
    if not form.is_bound:
        return _form(request, form)
    if not form.is_valid():
        return _form(request, form, status=400)
    try:
        return _enrol_and_sign_in(request, form.cleaned_data, now)
    except staff_invitations.StaffCodeInvalid:
        return _wrong_code(request, form, now)
    except InvalidInput as refusal:
        add_form_errors(form, refusal)
    return _form(request, form, status=400)


def _wrong_code(request: HttpRequest, form: forms.Form, now: datetime) -> HttpResponse:
    try:
        staff_invitations.count_wrong_staff_code(
            address=request.META.get("REMOTE_ADDR", ""), now=now
        )
    except TooManyAttempts as refusal:
        form.add_error(None, retry_after_text(refusal.retry_after))
        response = _form(request, form, status=429)
        response["Retry-After"] = str(refusal.retry_after)
        return response
    form.add_error("code", INVALID_CODE)
    return _form(request, form, status=400)


def _enrol_and_sign_in(request: HttpRequest, sent: dict[str, Any], now: datetime) -> HttpResponse:
    user: User = staff_invitations.join_staff(
        code=sent["code"], username=sent["username"], password=sent["password"], now=now
    )
    if has_second_factor(user=user):
        return redirect(reverse("web:sign_in") + "?renewed=1")
    session = device_sessions.start_device_session(user=user, device_name=DEVICE_NAME, now=now)
    return start_browser_session(request, session=session, to=reverse("web:factor"), now=now)


def _form(request: HttpRequest, form: forms.Form, *, status: int = 200) -> HttpResponse:
    return render(request, "web/start.html", {"form": form}, status=status)
