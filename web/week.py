"""A patient's week: when they are busy, and its hours against those of their level of care."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from backend.kit.parsing import format_plain_number
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import User
from care.people.patients import patient_name
from care.sessions.availability import MINUTES_A_DAY, WeeklySpan
from care.sessions.move_requests import dismiss_move_request, open_move_request_chart
from care.sessions.week_outlook import WeekOutlook, read_week
from journaling import formatting
from web.access import clinician_page
from web.rendering import redirect_to, render_page

_FINDING_TEXTS = {
    "too_few_hours": "{missing} less than the {required} a week of their level.",
    "too_few_days": "Intensive outpatient care is on three days a week or more.",
    "too_many_days": "Intensive outpatient care is on five days a week or fewer.",
    "too_few_long_days": "Fewer than three days have three hours, which a payer may ask for.",
}


@dataclass(frozen=True, slots=True)
class WeekRow:
    """One week in words; ``rest`` says how much of it is past, and how much is to come."""

    monday: date
    title: str
    total: str
    rest: str
    days: tuple[tuple[date, str], ...]
    findings: tuple[str, ...]


@clinician_page
@require_GET
def week_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show when a patient is busy or free, and this week and the next against their level."""
    chart = open_chart(viewer=viewer, patient_id=patient_id, what=DataCategory.SESSIONS, now=now)
    read = read_week(chart=chart, zone=viewer.clinic.time_zone, now=now)
    weeks = [
        _week_row(week, title)
        for week, title in zip(read.weeks, ("This week", "Next week"), strict=True)
    ]
    return render_page(
        request, "web/week.html", viewer=viewer, here="caseload", patient_id=patient_id,
        name=patient_name(patient_id=patient_id), weeks=weeks, written_at=read.availability.at,
        spans=[_span_text(span) for span in read.availability.spans], zone=read.patient_zone,
    )  # fmt: skip


@clinician_page
@require_POST
def dismiss_move_page(
    request: HttpRequest, *, viewer: User, now: datetime, session_id: UUID
) -> HttpResponse:
    """Leave a session where it is, though its patient asked to have it moved."""
    chart = open_move_request_chart(viewer=viewer, session_id=session_id, now=now)
    dismiss_move_request(chart=chart, session_id=session_id, now=now)
    return redirect_to("today", said="move_dismissed")


def hours_text(minutes: int) -> str:
    """Return minutes as hours: "1.5 h"."""
    return f"{format_plain_number(round(minutes / 60, 1))} h"


def _week_row(week: WeekOutlook, title: str) -> WeekRow:
    total = hours_text(week.attended_minutes + week.open_minutes)
    required = hours_text(week.required.minutes) if week.required is not None else ""
    words = {"missing": hours_text(week.missing_minutes), "required": required}
    return WeekRow(
        monday=week.monday,
        title=title,
        total=f"{total} of {required}" if required else total,
        rest=f"{hours_text(week.attended_minutes)} attended, {hours_text(week.open_minutes)} open",
        days=tuple((day, hours_text(minutes)) for day, minutes in week.days.items()),
        findings=tuple(_FINDING_TEXTS[code].format(**words) for code in week.findings),
    )


def _span_text(span: WeeklySpan) -> str:
    days = ", ".join(formatting.WEEKDAYS[day] for day in span.days)
    clock = f"{_clock_text(span.starts)} to {_clock_text(span.ends)}"
    why = f"busy ({formatting.humanize(span.reason)})" if span.reason else "free"
    return f"{days}, {clock}: {why}"


def _clock_text(minute: int) -> str:
    """Return a minute of the day as a wall clock; the end of the day is midnight."""
    if minute == MINUTES_A_DAY:
        return "midnight"
    hour = minute // 60
    return f"{hour % 12 or 12}:{minute % 60:02} {'am' if hour < 12 else 'pm'}"
