"""One patient: where they stand, and their timeline with filters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from backend.kit.zones import local_day
from care import access
from care.access import Chart, DataClass
from care.models import User
from care.queries import groups as reading
from care.queries import programme
from care.queries.ahead import individual_ahead
from care.queries.names import name_of
from journaling import actions, wording
from journaling.brief import telling
from journaling.detail import Detail, details
from journaling.entries import Recorded
from journaling.kinds import KINDS
from journaling.queries import entries_page, entry_of
from journaling.queries.skills import names_of_clinic
from web import parsing
from web.gate import clinicians
from web.safety import choices, recent_events
from web.showing import go, is_partial, show

#: A page of the timeline: what a screen or two hold.
PAGE = 40
#: How late something was written down; nothing for what was written at that moment.
RECALL = {
    "same_day": "written later the same day",
    "recalled": "written on a later day",
}

#: What stands where it arrived, since the phone's own times can't be right.
DOUBTED = "the phone’s clock was wrong; told by when it arrived"


@dataclass(frozen=True, slots=True)
class Shown:
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
    details: tuple[Detail, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the timeline is asked for."""

    kind: str = ""
    since: date | None = None
    until: date | None = None
    before: str = ""

    @property
    def query(self) -> str:
        """Write them as the address of a page has them, without where it begins."""
        asked = {"kind": self.kind, "from": self.since or "", "to": self.until or ""}
        return urlencode({name: str(value) for name, value in asked.items() if value})


@clinicians
@require_GET
def patient(request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID) -> HttpResponse:
    """Show one patient; opening the page stands in their access log."""
    chart = chart_of(viewer, patient_id, DataClass.ENTRIES, now)
    filters = _filters(request)
    entries, older = _timeline(chart, filters)
    with wording.in_words_of(names_of_clinic(user_id=patient_id)):
        days = _by_day(entries)
    shared: dict[str, Any] = {
        "patient_id": patient_id, "days": days, "older": older, "filters": filters,
    }  # fmt: skip
    if is_partial(request) and filters.before:
        return show(request, "web/timeline.html", viewer=viewer, **shared)
    is_open, is_past = recent_events(chart=chart, viewer=viewer, now=now)
    zone = viewer.clinic.time_zone
    standing = (
        programme.standing_of(chart=chart, zone_name=zone, now=now)
        if chart.covers(DataClass.PROGRAMME)
        else None
    )
    today = local_day(now, zone)
    return show(
        request, "web/patient.html", viewer=viewer, here="caseload",
        name=name_of(chart=chart), standing=standing, level=_level(standing, today),
        team=reading.team_of(patient_id=patient_id, now=now),
        kinds=[(name, KINDS[name].title) for name in KINDS], open_events=is_open,
        past_events=is_past, reasons=choices(),
        brief_at=brief_address(patient_id, individual_ahead(
            viewer=viewer, patients=[patient_id], now=now
        ).get(patient_id)), **shared,
    )  # fmt: skip


@clinicians
@require_POST
def acknowledge(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, entry_id: UUID
) -> HttpResponse:
    """Tell the patient "let's talk about this" on one entry, once it was confirmed.

    The patient's phone shows it at once, so one tap alone tells nothing.
    """
    is_confirmed = bool(request.POST.get("confirmed"))
    chart = chart_of(viewer, patient_id, DataClass.REVIEW, now, to_write=is_confirmed)
    if not is_confirmed:
        return _ask_to_talk(request, viewer, chart, entry_of(chart=chart, entry_id=entry_id))
    actions.acknowledge(chart=chart, entry_id=entry_id, now=now)
    if is_partial(request):
        return show(request, "web/talked.html", viewer=viewer, is_fresh=True)
    back = request.POST.get("session", "")
    if back == "present":
        return go("patient_brief", said="talk", patient_id=patient_id)
    if session_id := parsing.uuid(back):
        return go("session", said="talk", session_id=session_id)
    return go("patient", said="talk", patient_id=patient_id)


def _ask_to_talk(request: HttpRequest, viewer: User, chart: Chart, entry: Recorded) -> HttpResponse:
    page = "web/talk_form.html" if is_partial(request) else "web/talk.html"
    return show(
        request, page, viewer=viewer, here="caseload", patient_id=chart.patient_id,
        entry=_shown(entry), name=name_of(chart=chart), session=_back(request),
    )  # fmt: skip


def _back(request: HttpRequest) -> str:
    """Read from which brief the request came, if from one: of a session, or of the present."""
    back = request.POST.get("session", "")
    return back if back == "present" or parsing.uuid(back) else ""


def chart_of(
    viewer: User, patient_id: UUID, what: DataClass, now: datetime, *, to_write: bool = False
) -> Chart:
    """Open a patient's chart, or answer as for an address that leads nowhere."""
    return access.open_chart(
        viewer=viewer, patient_id=patient_id, what=what, now=now, to_write=to_write
    )


def brief_address(patient_id: UUID, session_id: UUID | None) -> str:
    """Tell where somebody's own brief is: before their next session alone, or as they stand."""
    if session_id is None:
        return reverse("web:patient_brief", kwargs={"patient_id": patient_id})
    return reverse("web:session", kwargs={"session_id": session_id})


def _timeline(chart: Chart, filters: Filters) -> tuple[list[Recorded], str]:
    """Read one page, and where the next one begins."""
    found = entries_page(
        chart=chart, limit=PAGE + 1, kind=filters.kind or None, first_day=filters.since,
        last_day=filters.until, position=_position(filters.before),
    )  # fmt: skip
    older = ""
    if len(found) > PAGE:
        at, row = found[PAGE - 1][1]
        older = parsing.place(at, row)
    return [entry for entry, _ in found[:PAGE]], older


def _position(text: str) -> tuple[datetime, int] | None:
    """Read where a page begins; what names no place begins at the newest entry."""
    return parsing.position(text, by=int)


def _filters(request: HttpRequest) -> Filters:
    kind = request.GET.get("kind", "")
    return Filters(
        kind if kind in KINDS else "",
        parsing.day(request.GET.get("from", "")),
        parsing.day(request.GET.get("to", "")),
        request.GET.get("before", ""),
    )


def _by_day(entries: Sequence[Recorded]) -> list[tuple[date, list[Shown]]]:
    days: dict[date, list[Shown]] = {}
    for entry in entries:
        days.setdefault(entry.local_date, []).append(_shown(entry))
    return list(days.items())


def _shown(entry: Recorded) -> Shown:
    text = telling.what(entry)
    is_card = KINDS[entry.kind].is_of_a_day
    return Shown(
        id=entry.id,
        day=entry.local_date,
        clock="" if is_card else wording.clock(entry.shown_at, entry.time_zone),
        title=KINDS[entry.kind].title,
        text=f"{text[0].upper()}{text[1:]}",
        quote=telling.quoted(entry),
        recall=DOUBTED if entry.clock_suspect else RECALL.get(entry.recall, ""),
        is_hollow=entry.clock_suspect or entry.recall == "recalled",
        is_counted=entry.counts,
        to_discuss=entry.discuss,
        is_reviewed=entry.reviewed_at is not None,
        is_acknowledged=entry.acknowledged_at is not None,
        details=tuple(details(entry)),
    )


def _level(standing: programme.Standing | None, today: date) -> str:
    if standing is None:
        return "Their consent doesn't cover the programme."
    episode = standing.episode
    if episode is None:
        return "No episode of care is open."
    level = wording.spoken(episode.level_of_care).capitalize()
    day = (today - episode.admitted_on).days + 1
    return (
        f"{level}, day {day}." if day > 0 else f"{level} from {wording.day(episode.admitted_on)}."
    )
