"""The page of one patient: their status, and their timeline with filters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from backend.kit.timezones import local_day
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import User
from care.people.patients import patient_name
from care.programme.read import ProgrammeStatus
from journaling import formatting
from journaling.briefs import phrases
from journaling.briefs.overview import Timeline, read_patient_overview, read_timeline
from journaling.briefs.review import acknowledge_entry
from journaling.entries.details import EntryDetail, entry_details
from journaling.entries.entry import EntryValue
from journaling.entries.kinds.registry import KINDS
from journaling.entries.read import entry_of
from journaling.skills import catalogue
from notifications.reminders.measures_asked import measure_not_filled_in
from web.access import clinician_page
from web.form_fields import day_or_none, position_or_none, position_text, uuid_or_none
from web.rendering import is_partial, redirect_to, render_page
from web.safety_events import describe_event, reason_choices
from web.week import hours_text

#: Entries on a page of the timeline.
PAGE_SIZE = 40
#: How late something was written down; nothing for what was written at that moment.
RECALL_TEXTS = {
    "same_day": "written later the same day",
    "recalled": "written on a later day",
}

#: For entries that are placed by their arrival, since the phone's own times can't be right.
WRONG_CLOCK_TEXT = "the phone’s clock was wrong; told by when it arrived"


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One entry on the timeline, in words. ``is_hollow`` marks what was recalled."""

    id: UUID
    day: date
    clock: str
    title: str
    text: str
    quote: str
    recall: str
    is_hollow: bool
    is_counted: bool
    to_discuss: bool
    is_reviewed: bool
    is_acknowledged: bool
    details: tuple[EntryDetail, ...]


@dataclass(frozen=True, slots=True)
class TimelineFilters:
    """Which entries of the timeline are shown."""

    kind: str = ""
    since: date | None = None
    until: date | None = None
    before: str = ""

    @property
    def query(self) -> str:
        """Return them as a query string, without the position."""
        asked = {"kind": self.kind, "from": self.since or "", "to": self.until or ""}
        return urlencode({name: str(value) for name, value in asked.items() if value})


@clinician_page
@require_GET
def patient_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show one patient; their access log records it."""
    chart = open_chart(viewer=viewer, patient_id=patient_id, what=DataCategory.ENTRIES, now=now)
    filters = _parse_filters(request)
    timeline = read_timeline(
        chart=chart, limit=PAGE_SIZE + 1, kind=filters.kind or None, first_day=filters.since,
        last_day=filters.until, position=_parse_position(filters.before),
    )  # fmt: skip
    with catalogue.use_clinic_skill_names(timeline.skill_names):
        days = _group_by_day([entry for entry, _ in timeline.entries[:PAGE_SIZE]])
    shared: dict[str, Any] = {
        "patient_id": patient_id, "days": days, "older": _older_position(timeline),
        "filters": filters,
    }  # fmt: skip
    if is_partial(request) and filters.before:
        return render_page(request, "web/timeline.html", viewer=viewer, **shared)
    zone, name = viewer.clinic.time_zone, patient_name(patient_id=patient_id)
    read = read_patient_overview(chart=chart, viewer=viewer, zone_name=zone, now=now)
    events = [describe_event(replace(event, patient_name=name), viewer) for event in read.events]
    return render_page(
        request, "web/patient.html", viewer=viewer, here="caseload", name=name,
        standing=read.status, level=_level_text(read.status, local_day(now, zone)),
        team=read.team, plans=read.plans, over_time=read.over_time,
        asked_on=measure_not_filled_in(chart=chart, now=now),
        kinds=[(name, KINDS[name].title) for name in KINDS],
        open_events=[event for event in events if not event.cleared],
        past_events=[event for event in events if event.cleared], reasons=reason_choices(),
        brief_at=brief_url(patient_id, read.next_session),
        missing=hours_text(read.missing_minutes) if read.missing_minutes else "", **shared,
    )  # fmt: skip


@clinician_page
@require_POST
def acknowledge_entry_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, entry_id: UUID
) -> HttpResponse:
    """Acknowledge one entry ("let's talk about this"), after a confirmation.

    The patient's phone shows it at once, so one tap is not enough.
    """
    is_confirmed = bool(request.POST.get("confirmed"))
    chart = open_chart(
        viewer=viewer, patient_id=patient_id, what=DataCategory.REVIEW, now=now,
        to_write=is_confirmed,
    )  # fmt: skip
    if not is_confirmed:
        return _confirm_acknowledging(
            request, viewer, chart, entry_of(chart=chart, entry_id=entry_id)
        )
    acknowledge_entry(chart=chart, entry_id=entry_id, now=now)
    if is_partial(request):
        return render_page(request, "web/talked.html", viewer=viewer, is_fresh=True)
    back = request.POST.get("session", "")
    if back == "present":
        return redirect_to("patient_brief", said="talk", patient_id=patient_id)
    if session_id := uuid_or_none(back):
        return redirect_to("session", said="talk", session_id=session_id)
    return redirect_to("patient", said="talk", patient_id=patient_id)


def _confirm_acknowledging(
    request: HttpRequest, viewer: User, chart: Chart, entry: EntryValue
) -> HttpResponse:
    page = "web/talk_form.html" if is_partial(request) else "web/talk.html"
    return render_page(
        request, page, viewer=viewer, here="caseload", patient_id=chart.patient_id,
        entry=_timeline_entry(entry), name=patient_name(patient_id=chart.patient_id),
        session=_brief_of_origin(request),
    )  # fmt: skip


def _brief_of_origin(request: HttpRequest) -> str:
    """Return from which brief the request came: a session's id, "present", or an empty text."""
    back = request.POST.get("session", "")
    return back if back == "present" or uuid_or_none(back) else ""


def brief_url(patient_id: UUID, session_id: UUID | None) -> str:
    """Return the address of a patient's brief: of their next individual session, or at present."""
    if session_id is None:
        return reverse("web:patient_brief", kwargs={"patient_id": patient_id})
    return reverse("web:session", kwargs={"session_id": session_id})


def _older_position(timeline: Timeline) -> str:
    """Return where the next page begins, or an empty text."""
    if len(timeline.entries) <= PAGE_SIZE:
        return ""
    _, (at, row) = timeline.entries[PAGE_SIZE - 1]
    return position_text(at, row)


def _parse_position(text: str) -> tuple[datetime, int] | None:
    """Return where a page begins; None begins at the newest entry."""
    return position_or_none(text, by=int)


def _parse_filters(request: HttpRequest) -> TimelineFilters:
    kind = request.GET.get("kind", "")
    return TimelineFilters(
        kind if kind in KINDS else "",
        day_or_none(request.GET.get("from", "")),
        day_or_none(request.GET.get("to", "")),
        request.GET.get("before", ""),
    )


def _group_by_day(entries: Sequence[EntryValue]) -> list[tuple[date, list[TimelineEntry]]]:
    days: dict[date, list[TimelineEntry]] = {}
    for entry in entries:
        days.setdefault(entry.local_date, []).append(_timeline_entry(entry))
    return list(days.items())


def _timeline_entry(entry: EntryValue) -> TimelineEntry:
    text = phrases.entry_description(entry)
    is_card = entry.values.is_daily
    return TimelineEntry(
        id=entry.id,
        day=entry.local_date,
        clock="" if is_card else formatting.format_time(entry.timeline_at, entry.time_zone),
        title=entry.values.title,
        text=f"{text[0].upper()}{text[1:]}",
        quote=phrases.quote_entry(entry),
        recall=WRONG_CLOCK_TEXT if entry.clock_suspect else RECALL_TEXTS.get(entry.recall, ""),
        is_hollow=entry.clock_suspect or entry.recall == "recalled",
        is_counted=entry.is_countable,
        to_discuss=entry.discuss,
        is_reviewed=entry.reviewed_at is not None,
        is_acknowledged=entry.acknowledged_at is not None,
        details=tuple(entry_details(entry)),
    )


def _level_text(standing: ProgrammeStatus | None, today: date) -> str:
    if standing is None:
        return "Their consent doesn't cover the programme."
    episode = standing.episode
    if episode is None:
        return "No episode of care is open."
    level = formatting.humanize(episode.level_of_care).capitalize()
    day = (today - episode.admitted_on).days + 1
    return (
        f"{level}, day {day}."
        if day > 0
        else f"{level} from {formatting.format_day(episode.admitted_on)}."
    )
