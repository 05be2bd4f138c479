"""Open safety events: shown before everything else, and acknowledged in place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from care import access
from care.access import Chart, DataClass
from care.models import User
from care.queries.ahead import individual_ahead
from care.queries.names import name_of
from journaling import wording
from journaling.actions.safety_charts import open_event_chart
from journaling.actions.safety_events import REASONS, acknowledge
from journaling.actions.safety_tries import is_try, note_try
from journaling.brief import wording_of_safety as telling
from journaling.queries.safety_events import (
    EventSeen,
    SignSeen,
    event_of,
    events_of_patient,
    events_page,
)
from web.gate import clinicians
from web.showing import clinic_zone, go, is_partial, show

#: More than anybody reads at once; the rest follows as soon as some are acknowledged.
MOST = 20
#: How long an event that was acknowledged stands on its patient's page.
RECENT = timedelta(days=30)
#: The code of words of one's own.
OTHER = "other"
LEVELS = {2: "Urgent", 3: "Emergency"}
#: Why an event may be cleared, as a therapist says it.
WORDS = {
    "reached_safe": "Reached: safe now",
    "reached_more_care": "Reached: more care arranged",
    "emergency_services": "Emergency services are involved",
    "seen_in_person": "Seen in person",
    "plan_reviewed": "Safety plan reviewed together",
    "recorded_by_mistake": "Logged by mistake",
}
#: What an answer said, in the words of the brief.
SIGNS = telling.SIGNS
LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Sign:
    """One answer behind an event: what, when, and the entry that it stands in, if it was kept."""

    said: str
    when: str
    entry_id: UUID | None


@dataclass(frozen=True, slots=True)
class Event:
    """One open event, in words. Who is on duty alone is told neither what was said nor where."""

    id: UUID
    patient_id: UUID
    name: str
    level: str
    happened: str
    arrived: str
    signs: tuple[Sign, ...]
    tries: tuple[str, ...]
    next_call: str
    is_own: bool
    therapists: str
    brief_id: UUID | None
    cleared: str = ""


def open_events(*, viewer: User, now: datetime) -> list[Event]:
    """List what nobody has acknowledged yet, the most serious first; each patient is logged."""
    found = events_page(viewer=viewer, now=now, limit=MOST, only_open=True)
    for reason, is_full in (("care_team", True), (access.ON_DUTY, False)):
        shown = [event.patient_id for event in found if (event.entries is not None) is is_full]
        if shown:
            access.log_list(
                viewer=viewer, patient_ids=shown, what=DataClass.SAFETY_EVENTS, reason=reason,
                now=now,
            )  # fmt: skip
    own = [event.patient_id for event in found if event.entries is not None]
    briefs = individual_ahead(viewer=viewer, patients=own, now=now) if own else {}
    in_order = sorted(found, key=lambda event: (-event.level, event.opened_at, event.id))
    return [event_in_words(one, viewer, briefs.get(one.patient_id)) for one in in_order]


@clinicians
@require_POST
def clear(request: HttpRequest, *, viewer: User, now: datetime, event_id: UUID) -> HttpResponse:
    """Acknowledge one event for everybody, with a reason, once it was confirmed.

    "Tried, not reached" keeps it open and needs no confirming: it silences nobody.
    """
    reason, words = request.POST.get("reason", ""), request.POST.get("words", "").strip()
    chart = open_event_chart(viewer=viewer, event_id=event_id, now=now, to_write=True)
    if problem := _missing(reason, words):
        return _ask(request, viewer, event_of(chart=chart, event_id=event_id), problem=problem)
    if is_try(reason):
        return _tried(request, viewer, note_try(
            chart=chart, event_id=event_id, note=words, now=now
        ))  # fmt: skip
    if not request.POST.get("confirmed"):
        seen = event_of(chart=chart, event_id=event_id)
        return _ask(request, viewer, seen, reason=reason or OTHER, words=words)
    seen = acknowledge(chart=chart, event_id=event_id, reason=reason or OTHER, note=words, now=now)
    if is_partial(request):
        return show(
            request, "web/cleared.html", viewer=viewer, name=seen.patient_name, is_fresh=True
        )
    return go("today", said="cleared")


def _missing(reason: str, words: str) -> str:
    """Tell what an acknowledgement lacks, or nothing; no reason is ever taken for granted."""
    is_known = reason in WORDS or reason in {"", OTHER} or is_try(reason)
    is_said = bool(words) or reason in WORDS or is_try(reason)
    if is_known and is_said and len(words) <= LONGEST:
        return ""
    return f"Choose why, or say it in up to {LONGEST:,} characters."


def _ask(
    request: HttpRequest,
    viewer: User,
    seen: EventSeen,
    *,
    problem: str = "",
    reason: str = "",
    words: str = "",
) -> HttpResponse:
    """Show the event with what is missing, or with the question whether to acknowledge it."""
    page = "web/event.html" if is_partial(request) else "web/events.html"
    # In place the part is swapped whatever its status says, so it must not look like a fault.
    status = 400 if problem and not is_partial(request) else 200
    event = event_in_words(seen, viewer)
    return show(
        request, page, viewer=viewer, status=status, here="today", event=event, events=[event],
        reasons=choices(), problem=problem, reason=reason, words=words,
        why=WORDS.get(reason, "in your own words") if reason else "",
    )  # fmt: skip


def _tried(request: HttpRequest, viewer: User, seen: EventSeen) -> HttpResponse:
    if not is_partial(request):
        return go("today", said="tried")
    return show(
        request, "web/event.html", viewer=viewer, event=event_in_words(seen, viewer),
        reasons=choices(), is_noted=True,
    )  # fmt: skip


def choices() -> Sequence[tuple[str, str]]:
    """List the reasons in words, without the one that words of one's own stand for."""
    return [(code, WORDS[code]) for code in REASONS if code in WORDS]


def recent_events(*, chart: Chart, viewer: User, now: datetime) -> tuple[list[Event], list[Event]]:
    """List a patient's open events and those of the last weeks, in words; the look is logged."""
    found = events_of_patient(chart=chart, since=now - RECENT, limit=MOST)
    if found:
        access.log_read(chart=chart, what=DataClass.SAFETY_EVENTS, now=now)
    named = [replace(one, patient_name=name_of(chart=chart)) for one in found]
    told = [event_in_words(one, viewer) for one in named]
    return [one for one in told if not one.cleared], [one for one in told if one.cleared]


def _when(event: EventSeen, sign: SignSeen, zone: str) -> str:
    """Tell when a sign was given, but for what the event itself says already."""
    if (sign.happened_at, sign.arrived_at) == (event.happened_at, event.opened_at):
        return telling.not_kept(sign)
    return telling.happened(sign, zone)


def event_in_words(event: EventSeen, viewer: User, brief_id: UUID | None = None) -> Event:
    """Tell one event by the clinic's clock, as far as its viewer may see it."""
    zone = clinic_zone(viewer)
    level = LEVELS[event.level]
    return Event(
        id=event.id,
        patient_id=event.patient_id,
        name=event.patient_name,
        level=level,
        happened=wording.moment(event.happened_at, zone) if event.happened_at else "",
        arrived=wording.moment(event.opened_at, zone),
        signs=tuple(
            Sign(telling.said(one.fired), _when(event, one, zone), one.entry_id)
            for one in event.signs or ()
        ),
        tries=tuple(telling.tried(event, zone)),
        next_call=wording.moment(event.next_call_at, zone) if event.next_call_at else "",
        is_own=event.entries is not None,
        therapists=", ".join(event.therapists),
        brief_id=brief_id,
        cleared=telling.cleared(event, zone) if event.acknowledged_at else "",
    )
