"""Seven days of a patient's diary cards and skills as a grid, to be printed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from backend.kit.errors import InvalidInput
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import User
from care.people.patients import patient_name
from journaling import formatting
from journaling.entries.kinds.daily import URGE_PHRASES
from journaling.insights.diary_week import DAYS, DayAnswer, DiaryRow, DiaryWeek, diary_week
from web.access import clinician_page
from web.form_fields import day_or_none
from web.rendering import render_page

#: What stands in a cell without a number; none of it reads as a zero.
MISSING_TEXTS = {
    "ahead": "", "no_card": "no card", "not_asked": "not asked", "not_answered": "not answered",
}  # fmt: skip
_UNITS = {"sleep_hours": "Sleep, hours", "sleep_quality": "Sleep quality, 0 to 4",
          "pain": "Worst pain, 0 to 10", "meals": "Meals",
          "movement_minutes": "Movement, minutes"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShownCell:
    """One cell: a number, or in words why there is none."""

    number: str
    remark: str


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row with its title; what a patient named stands as they spelt it."""

    title: str
    cells: tuple[ShownCell, ...]


@clinician_page
@require_GET
def diary_week_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show the week from a day on; without one, or with one that can't be, the last seven days."""
    chart = open_chart(viewer=viewer, patient_id=patient_id, what=DataCategory.ENTRIES, now=now)
    week = _read(chart, day_or_none(request.GET.get("from", "")), now)
    first = week.days[0]
    return render_page(
        request, "web/diary_week.html", viewer=viewer, here="caseload", patient_id=patient_id,
        name=patient_name(patient_id=patient_id), week=week, tables=_tables(week),
        before=first - timedelta(days=DAYS), after=_next_week(week),
        late=[day for day in week.days if day in week.late],
    )  # fmt: skip


def _read(chart: Chart, first: date | None, now: datetime) -> DiaryWeek:
    try:
        return diary_week(chart=chart, first=first, now=now)
    except InvalidInput:
        return diary_week(chart=chart, first=None, now=now)


def _next_week(week: DiaryWeek) -> date | None:
    """Return where the next week begins; a week that lies ahead is none."""
    after = week.days[0] + timedelta(days=DAYS)
    return after if after <= week.today else None


def _tables(week: DiaryWeek) -> list[tuple[str, list[ShownRow]]]:
    skills = [
        ShownRow(one.name, tuple(
            ShownCell("", "") if used is None else ShownCell(str(used), "") for used in one.used
        ))
        for one in week.skills
    ]  # fmt: skip
    return [
        ("Strongest urge, 0 to 5", [_row(one, _urge_title(one)) for one in week.urges]),
        ("Emotions, 0 to 5", [_row(one, formatting.humanize(one.name).capitalize())
                              for one in week.emotions]),
        ("Day", [_row(one, _UNITS[one.name]) for one in week.day_fields]),
        ("Times that a skill was used", skills),
    ]  # fmt: skip


def _urge_title(row: DiaryRow) -> str:
    phrase = f"for {row.name}" if row.is_own else URGE_PHRASES[row.name]
    return f"{phrase[0].upper()}{phrase[1:]}"


def _row(row: DiaryRow, title: str) -> ShownRow:
    return ShownRow(title, tuple(map(_cell, row.answers)))


def _cell(answer: DayAnswer) -> ShownCell:
    acted = {True: "acted on", False: "not acted on", None: ""}[answer.acted]
    if answer.value is None:
        return ShownCell("", acted or MISSING_TEXTS[answer.missing or "not_asked"])
    return ShownCell(formatting.format_number(answer.value), acted)
