"""Open safety events: shown before everything else, and acknowledged in place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from care import access
from care.access import Chart, DataClass, NoSuchChart
from care.models import User
from care.queries.ahead import individual_ahead
from journaling import wording
from journaling.actions.safety_events import REASONS, acknowledge
from journaling.queries.safety_events import EventSeen, NoSuchEvent, events_page, whose
from web.gate import clinicians
from web.showing import clinic_zone, go, is_partial, show

#: More than anybody reads at once; the rest follows as soon as some are acknowledged.
MOST = 20
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
SIGNS = {
    "suicide_urge_urgent": "strong urge for suicide",
    "self_harm_urge_urgent": "strong urge for self-harm",
    "die_urge_urgent": "strong wish to die",
    "phq9_item9_urgent": "thoughts of death or self-harm (PHQ-9 item 9)",
    "self_harm_act": "acted on an urge for self-harm",
    "suicide_act": "acted on an urge for suicide",
    "not_safe_now": "did not feel safe",
    "intent": "said yes to intent",
    "plan": "said yes to a plan",
    "overdose_signs": "signs of overdose",
    "seizure_signs": "signs of seizure",
    "opioid_after_break": "opioid use after a week or more without",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One open event, in words. Who is on duty alone is told neither what was said nor where."""

    id: UUID
    patient_id: UUID
    name: str
    level: str
    when: str
    said: str
    is_own: bool
    therapists: str
    brief_id: UUID | None


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
    return [_event(event, viewer, briefs.get(event.patient_id)) for event in in_order]


@clinicians
@require_POST
def clear(request: HttpRequest, *, viewer: User, now: datetime, event_id: UUID) -> HttpResponse:
    """Acknowledge one event for everybody, with a reason of the list or words of one's own."""
    reason = request.POST.get("words", "").strip() or request.POST.get("reason", "")
    if not reason or len(reason) > 1000:
        problem = "Choose why, or say it in up to 1,000 characters."
        return _refused(request, viewer, event_id, problem, now)
    found = whose(event_id=event_id)
    # Also for an event that isn't there a chart is asked for, so both refusals look the same.
    patient_id = found.patient_id if found is not None else event_id
    try:
        chart = _chart(viewer, patient_id, now)
        seen = acknowledge(chart=chart, event_id=event_id, reason=reason, now=now)
    except (NoSuchChart, NoSuchEvent):
        raise Http404 from None
    if is_partial(request):
        return show(
            request, "web/cleared.html", viewer=viewer, name=seen.patient_name, is_fresh=True
        )
    return go("today", said="cleared")


def _chart(viewer: User, patient_id: UUID, now: datetime) -> Chart:
    """Open the care team's chart, or the one of who is on duty, which shows events alone."""
    try:
        return access.open_chart(
            viewer=viewer, patient_id=patient_id, what=DataClass.SAFETY_EVENTS, now=now,
            to_write=True,
        )  # fmt: skip
    except NoSuchChart:
        return access.open_duty_chart(
            viewer=viewer, patient_id=patient_id, what=DataClass.SAFETY_EVENTS, now=now
        )


def _refused(
    request: HttpRequest, viewer: User, event_id: UUID, problem: str, now: datetime
) -> HttpResponse:
    """Show the event again with what is missing; an event that isn't theirs is none."""
    mine = [event for event in open_events(viewer=viewer, now=now) if event.id == event_id]
    if not mine:
        raise Http404
    page = "web/event.html" if is_partial(request) else "web/events.html"
    # In place the part is swapped whatever its status says, so it must not look like a fault.
    status = 200 if is_partial(request) else 400
    return show(
        request, page, viewer=viewer, status=status, here="today", event=mine[0], events=mine,
        reasons=choices(), problem=problem,
    )  # fmt: skip


def choices() -> Sequence[tuple[str, str]]:
    """List the reasons in words, without the one that words of one's own stand for."""
    return [(code, WORDS[code]) for code in REASONS if code in WORDS]


def _event(event: EventSeen, viewer: User, brief_id: UUID | None) -> Event:
    said = [SIGNS.get(code, wording.spoken(code)) for code in event.codes or ()]
    urgent = [text for code, text in zip(event.codes or (), said, strict=True) if code in SIGNS]
    return Event(
        id=event.id,
        patient_id=event.patient_id,
        name=event.patient_name,
        level=LEVELS[event.level],
        when=wording.moment(event.opened_at, clinic_zone(viewer)),
        said=", ".join(urgent or said),
        is_own=event.entries is not None,
        therapists=", ".join(event.therapists),
        brief_id=brief_id,
    )
