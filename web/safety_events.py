"""Open safety events: shown before everything else, and acknowledged in place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from care.models import User
from journaling import formatting
from journaling.briefs import safety_phrases
from journaling.safety.events import CLEARING_REASONS, is_failed_contact
from journaling.safety.read_events import VisibleEvent, VisibleSign, event_of
from journaling.safety.staff_events import answer_event, open_event_chart
from web.access import clinician_page
from web.rendering import clinic_zone, is_partial, redirect_to, render_page

#: The code of a reason in one's own words.
OTHER_REASON = "other"
LEVEL_NAMES = {2: "Urgent", 3: "Emergency"}
#: The reasons for which an event may be cleared, in words.
REASON_TEXTS = {
    "reached_safe": "Reached: safe now",
    "reached_more_care": "Reached: more care arranged",
    "emergency_services": "Emergency services are involved",
    "seen_in_person": "Seen in person",
    "plan_reviewed": "Safety plan reviewed together",
    "recorded_by_mistake": "Logged by mistake",
}
#: What an answer said, in the words of the brief.
SIGNAL_TEXTS = safety_phrases.SIGN_PHRASES
MAX_NOTE_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class ShownSignal:
    """One answer behind an event: what, when, and the entry that it is from, if it was stored."""

    said: str
    when: str
    entry_id: UUID | None


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """One event, in words. Staff on duty only are shown neither what was answered nor where."""

    id: UUID
    patient_id: UUID
    name: str
    level: str
    happened: str
    arrived: str
    signs: tuple[ShownSignal, ...]
    tries: tuple[str, ...]
    next_call: str
    is_own: bool
    therapists: str
    brief_id: UUID | None
    cleared: str = ""


@clinician_page
@require_POST
def acknowledge_event_page(
    request: HttpRequest, *, viewer: User, now: datetime, event_id: UUID
) -> HttpResponse:
    """Acknowledge one event for everybody, with a reason, once it was confirmed.

    "Tried, not reached" keeps it open and needs no confirming: it silences nobody.
    """
    reason, words = request.POST.get("reason", ""), request.POST.get("words", "").strip()
    chart = open_event_chart(viewer=viewer, event_id=event_id, now=now, to_write=True)
    if problem := _missing_text(reason, words):
        return _event_page(
            request, viewer, event_of(chart=chart, event_id=event_id), problem=problem
        )
    is_try = is_failed_contact(reason)
    if not is_try and not request.POST.get("confirmed"):
        seen = event_of(chart=chart, event_id=event_id)
        return _event_page(request, viewer, seen, reason=reason or OTHER_REASON, words=words)
    seen = answer_event(
        chart=chart, event_id=event_id, reason=reason or OTHER_REASON, note=words, now=now
    )
    if is_try:
        return _note_try(request, viewer, seen)
    if is_partial(request):
        return render_page(
            request, "web/cleared.html", viewer=viewer, name=seen.patient_name, is_fresh=True
        )
    return redirect_to("today", said="cleared")


def _missing_text(reason: str, words: str) -> str:
    """Return what an acknowledgement lacks, or an empty text; there is no default reason."""
    is_known = reason in REASON_TEXTS or reason in {"", OTHER_REASON} or is_failed_contact(reason)
    is_said = bool(words) or reason in REASON_TEXTS or is_failed_contact(reason)
    if is_known and is_said and len(words) <= MAX_NOTE_LENGTH:
        return ""
    return f"Choose why, or say it in up to {MAX_NOTE_LENGTH:,} characters."


def _event_page(
    request: HttpRequest,
    viewer: User,
    seen: VisibleEvent,
    *,
    problem: str = "",
    reason: str = "",
    words: str = "",
) -> HttpResponse:
    """Show the event with what is missing, or with the question whether to acknowledge it."""
    page = "web/event.html" if is_partial(request) else "web/events.html"
    # htmx swaps the part whatever its status is, so it must not look like an error.
    status = 400 if problem and not is_partial(request) else 200
    event = describe_event(seen, viewer)
    return render_page(
        request, page, viewer=viewer, status=status, here="today", event=event, events=[event],
        reasons=reason_choices(), problem=problem, reason=reason, words=words,
        why=REASON_TEXTS.get(reason, "in your own words") if reason else "",
    )  # fmt: skip


def _note_try(request: HttpRequest, viewer: User, seen: VisibleEvent) -> HttpResponse:
    if not is_partial(request):
        return redirect_to("today", said="tried")
    return render_page(
        request, "web/event.html", viewer=viewer, event=describe_event(seen, viewer),
        reasons=reason_choices(), is_noted=True,
    )  # fmt: skip


def reason_choices() -> Sequence[tuple[str, str]]:
    """Return the reasons in words, without the one in one's own words."""
    return [(code, REASON_TEXTS[code]) for code in CLEARING_REASONS if code in REASON_TEXTS]


def _signal_time(event: VisibleEvent, sign: VisibleSign, zone: str) -> str:
    """Return when a sign was given, unless it is the event's own time."""
    if (sign.happened_at, sign.arrived_at) == (event.happened_at, event.opened_at):
        return safety_phrases.not_stored_phrase(sign)
    return safety_phrases.sign_time_phrase(sign, zone)


def describe_event(event: VisibleEvent, viewer: User, brief_id: UUID | None = None) -> ShownEvent:
    """Return an event in words, by the clinic's clock, as far as the viewer may see it."""
    zone = clinic_zone(viewer)
    level = LEVEL_NAMES[event.level]
    return ShownEvent(
        id=event.id,
        patient_id=event.patient_id,
        name=event.patient_name,
        level=level,
        happened=formatting.format_datetime(event.happened_at, zone) if event.happened_at else "",
        arrived=formatting.format_datetime(event.opened_at, zone),
        signs=tuple(
            ShownSignal(
                safety_phrases.fired_rules_phrase(sign.fired),
                _signal_time(event, sign, zone),
                sign.entry_id,
            )
            for sign in event.signs or ()
        ),
        tries=tuple(safety_phrases.failed_contact_phrases(event, zone)),
        next_call=formatting.format_datetime(event.next_call_at, zone)
        if event.next_call_at
        else "",
        is_own=event.entries is not None,
        therapists=", ".join(event.therapists),
        brief_id=brief_id,
        cleared=safety_phrases.clearing_phrase(event, zone) if event.acknowledged_at else "",
    )
