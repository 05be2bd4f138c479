"""Render pages.

That is: the shared context, confirmations, redirects, form errors, and acts of administration in
words.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode

from backend.kit.errors import InvalidInput
from care.accounts.names import namesake_labels
from care.models import AdministrativeAct, User
from journaling import formatting

#: What was done, shown once on the page that a form redirects to.
NOTICES = {
    "planned": "The session is planned.",
    "changed": "The session is changed.",
    "guests": "Who is invited is noted.",
    "cancelled": "The session is cancelled.",
    "restored": "The session takes place again.",
    "attendance": "Attendance is noted.",
    "reviewed": "Marked as reviewed. The patient sees “opened before your session”.",
    "read": "Marked as reviewed.",
    "talk": "The patient sees “let’s talk about this”.",
    "cleared": "The safety event is acknowledged.",
    "tried": "Noted: tried, not reached. The event stays open, and calling goes on.",
    "assigned": "The skill is assigned.",
    "unassigned": "The homework has ended. What was practised stays.",
    "medicine": "It is written down. The phone has it when it next has a connection.",
    "medicine_ended": "It has ended, with its reminders. What was logged stays.",
    "screening": "The screening is noted.",
    "bounds": "The bounds are set.",
    "task": "The task is written down. The phone has it when it next has a connection.",
    "task_done": "The task is done.",
    "need": "The need is noted.",
    "need_met": "The need is met.",
    "aftercare": "The plan for aftercare is written.",
    "lesson": "The lesson is given.",
    "lesson_ended": "The lesson has ended. What was read stays.",
    "closed": "The homework is closed.",
    "closed_before": "It was closed before, with another outcome. Nothing was changed.",
    "situation_agreed": "The plan is agreed. It reaches the phone when it next has a connection.",
    "situation_changed": "The plan is changed. What stood before stays in its history.",
    "situation_removed": "The plan is taken off. How often it was used stays on record.",
    "situation_meanwhile": "The list was changed meanwhile. Nothing was taken off.",
    "team": "The care team is changed.",
    "joined": "They are in the group.",
    "left": "They have left the group.",
    "opened": "The group is open.",
    "plan": "The plan of care is written.",
    "admitted": "The episode of care is open.",
    "stepped": "The level of care is changed.",
    "discharged": "The episode of care has ended.",
    "handover_revoked": "The link has ended. It opens nothing from now on.",
    "restriction_answered": "The answer is written. The patient reads it in the app.",
    "level_plan": "The plan of the level is applied.",
    "certified": "The certification is recorded.",
    "looked_at": "It is noted that you have looked at it.",
    "code_taken": "Your code was taken.",
    "noted": "The note is kept.",
    "note_changed": "The note is changed. What stood before stays in its history.",
    "note_deleted": "The note is deleted.",
    "curriculum": "The curriculum is saved.",
    "move_dismissed": "The session stays where it is, and its patient reads that.",
    "calendar_ended": "The calendar address has ended.",
}
ActKind = AdministrativeAct.Kind
OPERATOR_NAME = "Whoever runs the system"
ACT_SENTENCES = {
    ActKind.STAFF_ADDED: "{actor} invited {about}",
    ActKind.STAFF_CODE: "{actor} made a code with which {about} chooses a new password",
    ActKind.FACTOR_REMOVED: "{actor} took away the second factor of {about}",
    ActKind.STAFF_RENAMED: "{actor} renamed {about} to {thing}",
    ActKind.SHUT_OUT: "{actor} lets {about} in no longer",
    ActKind.LET_IN: "{actor} lets {about} in again",
    ActKind.GROUP_HANDED_OVER: "{actor} handed the group {thing} to {about}; members: {patients}",
    ActKind.HOLD_PLACED: "{actor} placed a legal hold on one patient",
    ActKind.HOLD_LIFTED: "{actor} lifted a legal hold on one patient",
    ActKind.ERASED: "{actor} erased one patient",
}


@dataclass(frozen=True, slots=True)
class DescribedAct:
    """An act of administration in words; ``may_review`` is false for whoever did it."""

    id: UUID
    what: str
    when: str
    may_review: bool


def render_page(
    request: HttpRequest,
    template: str,
    *,
    viewer: User,
    status: int = 200,
    also_listed: Collection[UUID] = (),
    **context: Any,
) -> HttpResponse:
    """Render a page with who is signed in and what was just done.

    ``also_listed`` are people on the page who are not the viewer's own patients: ``{% who %}``
    distinguishes namesakes among all of them.
    """
    shared = {
        "viewer": viewer,
        "said": NOTICES.get(request.GET.get("said", ""), ""),
        "namesakes": SimpleLazyObject(
            lambda: namesake_labels(viewer=viewer, now=timezone.now(), also=also_listed)
        ),
    }
    return render(request, template, shared | context, status=status)


def render_confirmation(
    request: HttpRequest,
    *,
    viewer: User,
    question: str,
    button: str,
    back: str,
    detail: str = "",
    fields: Mapping[str, object] | None = None,
) -> HttpResponse:
    """Render a page that asks for confirmation of what can't be undone.

    Its form sends ``fields`` to the same address; ``back`` is the address of the link that cancels.
    Names in question and detail are isolated by ``bdi``.
    """
    return render_page(
        request, "web/sure.html", viewer=viewer, question=question, button=button, back=back,
        detail=detail, fields=dict(fields or {}),
    )  # fmt: skip


def is_partial(request: HttpRequest) -> bool:
    """Whether the request is of htmx, which replaces a part of the page by the response."""
    return request.headers.get("HX-Request") == "true"


def posted_data(request: HttpRequest) -> QueryDict | None:
    """Return what was posted, also if it is empty, or None for other methods."""
    return request.POST if request.method == "POST" else None


def redirect_to(
    name: str, *, said: str = "", query: Mapping[str, str] | None = None, **where: Any
) -> HttpResponse:
    """Redirect to a page after a form, so that reloading it sends nothing twice."""
    asked = dict(query or {}) | ({"said": said} if said else {})
    address = reverse(f"web:{name}", kwargs=where)
    return redirect(f"{address}?{urlencode(asked)}" if asked else address)


def add_form_errors(
    form: Form, refusal: InvalidInput, names: Mapping[str, str] | None = None
) -> None:
    """Add errors to the fields of a form; those of no field are form errors."""
    for fault in refusal.errors:
        field = (names or {}).get(fault.field, fault.field)
        form.add_error(field if field in form.fields else None, fault.detail)


def clinic_zone(viewer: User) -> str:
    """Return the time zone of the viewer's clinic, whose clock the pages show."""
    return str(viewer.clinic.time_zone)


def describe_acts(acts: Iterable[AdministrativeAct], viewer: User) -> list[DescribedAct]:
    """Return acts in words, by the clock of the viewer's clinic."""
    zone = clinic_zone(viewer)
    return [
        DescribedAct(
            id=act.pk,
            what=ACT_SENTENCES[ActKind(act.kind)].format(
                actor=act.actor_name or OPERATOR_NAME, about=act.about_name, thing=act.thing,
                patients=act.patients,
            ),
            when=formatting.format_datetime(act.at, zone),
            may_review=act.actor_id != viewer.pk,
        )
        for act in acts
    ]  # fmt: skip
