"""The page of one patient: their status, and their timeline with filters."""

from collections.abc import Sequence
from dataclasses import dataclass
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
from care.programme import care_team
from care.programme.read import ProgrammeStatus, programme_status
from care.sessions.read import next_individual_sessions
from journaling import formatting
from journaling.briefs import phrases
from journaling.briefs.review import acknowledge_entry
from journaling.entries.details import EntryDetail, entry_details
from journaling.entries.entry import EntryValue
from journaling.entries.kinds.registry import KINDS
from journaling.entries.read import entries_page, entry_of
from journaling.skills import catalogue
from journaling.skills.clinic_vocabulary import clinic_skill_names
from web.access import clinician_page
from web.form_fields import day_or_none, position_or_none, position_text, uuid_or_none
from web.rendering import is_partial, redirect_to, render_page
from web.safety_events import reason_choices, recent_events

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
    chart = open_chart_or_404(viewer, patient_id, DataCategory.ENTRIES, now)
    filters = _parse_filters(request)
    entries, older = _timeline(chart, filters)
    with catalogue.use_clinic_skill_names(clinic_skill_names(user_id=patient_id)):
        days = _group_by_day(entries)
    shared: dict[str, Any] = {
        "patient_id": patient_id, "days": days, "older": older, "filters": filters,
    }  # fmt: skip
    if is_partial(request) and filters.before:
        return render_page(request, "web/timeline.html", viewer=viewer, **shared)
    is_open, is_past = recent_events(chart=chart, viewer=viewer, now=now)
    zone = viewer.clinic.time_zone
    standing = (
        programme_status(chart=chart, zone_name=zone, now=now)
        if chart.covers(DataCategory.PROGRAMME)
        else None
    )
    today = local_day(now, zone)
    return render_page(
        request, "web/patient.html", viewer=viewer, here="caseload",
        name=patient_name(patient_id=chart.patient_id), standing=standing, level=_level_text(standing, today),
        team=care_team.care_team_of(patient_id=patient_id, now=now),
        kinds=[(name, KINDS[name].title) for name in KINDS], open_events=is_open,
        past_events=is_past, reasons=reason_choices(),
        brief_at=brief_url(patient_id, next_individual_sessions(
            viewer=viewer, patients=[patient_id], now=now
        ).get(patient_id)), **shared,
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
    chart = open_chart_or_404(viewer, patient_id, DataCategory.REVIEW, now, to_write=is_confirmed)
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


def open_chart_or_404(
    viewer: User, patient_id: UUID, what: DataCategory, now: datetime, *, to_write: bool = False
) -> Chart:
    """Open a patient's chart.

    :raises care.access.chart.NoSuchChart: if the viewer may not; pages answer it by 404.
    """
    return open_chart(viewer=viewer, patient_id=patient_id, what=what, now=now, to_write=to_write)


def brief_url(patient_id: UUID, session_id: UUID | None) -> str:
    """Return the address of a patient's brief: of their next individual session, or at present."""
    if session_id is None:
        return reverse("web:patient_brief", kwargs={"patient_id": patient_id})
    return reverse("web:session", kwargs={"session_id": session_id})


def _timeline(chart: Chart, filters: TimelineFilters) -> tuple[list[EntryValue], str]:
    """Return one page of entries, and where the next one begins."""
    rows = entries_page(
        chart=chart, limit=PAGE_SIZE + 1, kind=filters.kind or None, first_day=filters.since,
        last_day=filters.until, position=_parse_position(filters.before),
    )  # fmt: skip
    older = ""
    if len(rows) > PAGE_SIZE:
        at, row = rows[PAGE_SIZE - 1][1]
        older = position_text(at, row)
    return [entry for entry, _ in rows[:PAGE_SIZE]], older


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
