"""Reports for administrators: what became of people, how many are in treatment. Sums alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from backend.kit.timezones import local_day
from care.access.roster import open_caseload_roster
from care.due import DueKind, due_report
from care.models import User
from journaling import formatting
from journaling.briefs.limits import RELIABLE_CHANGE
from journaling.reports.census import census
from journaling.reports.outcomes import CHANGES, MISSING, Sums
from journaling.reports.read_outcomes import outcomes_report
from journaling.reports.year_report import OutcomeRow, YearOutcomes
from web.access import administrator_page, staff_page
from web.rendering import clinic_zone, render_page

#: What stands in a cell that is hidden.
HIDDEN = "hidden"
_STATUS_TITLES = {
    "both": "First and last", "improved": "Improved", "no_change": "No reliable change",
    "worse": "Worse", "no_last": "No last", "no_first": "No first", "none": "None at all",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One line of a table, its cells in words."""

    title: str
    cells: tuple[str, ...]
    is_total: bool


@dataclass(frozen=True, slots=True)
class ShownTable:
    """One table: its caption, the heads of its columns, and its lines."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[ShownRow, ...]


@dataclass(frozen=True, slots=True)
class ShownYear:
    """One year, in tables and sentences."""

    year: int
    tables: tuple[ShownTable, ...]
    sentences: tuple[str, ...]


DUE_TEXTS = {
    DueKind.CERTIFICATION: "Certification ran out, or was never made",
    DueKind.PLAN_REVIEW: "Review the plan of care",
    DueKind.SCREENING: "A screening was asked for",
    DueKind.REFILL: "A refill",
    DueKind.TASK: "A task",
}


@dataclass(frozen=True, slots=True)
class ShownDue:
    """One thing that is due, in words."""

    patient_id: UUID
    name: str
    text: str
    on: date | None


@administrator_page
@require_GET
def outcomes_page(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """Show last year and this one; the access log of each who is counted says so."""
    today = local_day(now, clinic_zone(viewer))
    report = outcomes_report(viewer=viewer, first=date(today.year - 1, 1, 1), last=today, now=now)
    counted = census(viewer=viewer, on=today)
    return render_page(
        request, "web/outcomes.html", viewer=viewer, not_covered=report.not_covered,
        least=report.smallest_cell, census=counted,
        levels=[
            (formatting.humanize(level.level), _count(level.patients), level.median_days)
            for level in counted.levels
        ],
        all_patients=_count(counted.patients),
        years=[_shown_year(year) for year in reversed(report.years)],
    )  # fmt: skip


@staff_page
@require_GET
def due_page(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """Show what is due of the viewer's patients, and which resources of the clinic to check."""
    roster = None
    if viewer.role == User.Role.CLINICIAN:
        roster = open_caseload_roster(viewer=viewer, now=now)
    report = due_report(viewer=viewer, roster=roster, now=now)
    items = [ShownDue(item.patient_id, item.name, DUE_TEXTS[item.kind], item.on) for item in
             report.items]  # fmt: skip
    return render_page(
        request, "web/due_report.html", viewer=viewer, here="caseload", items=items,
        stale=report.stale,
    )  # fmt: skip


def _shown_year(year: YearOutcomes) -> ShownYear:
    rows = [*year.months, *([year.total] if year.total is not None else [])]
    names = {outcome.slug: outcome.name for outcome in year.measures}
    tables = [_endings_table(year, rows)]
    for slug in sorted(RELIABLE_CHANGE):
        name = names.get(slug, slug.upper())
        columns = {
            f"{slug}.{status}": _STATUS_TITLES[status] for status in ("both", *CHANGES, *MISSING)
        }
        tables.append(
            _table(f"{name} in {year.year}: first and last of each treatment", rows, columns)
        )
    sentences = [sentence for measure in year.measures for sentence in measure.sentences]
    return ShownYear(year.year, tuple(tables), tuple(sentences))


def _endings_table(year: YearOutcomes, rows: Sequence[OutcomeRow]) -> ShownTable:
    columns = {"discharged": "Discharged"} | {
        name: formatting.humanize(name).capitalize() for name in year.endings
    }
    table = _table(f"Discharged in {year.year}", rows, columns)
    heads = ("Median days", "Hours kept", "Homework practised and discussed", "Feedback given")
    return ShownTable(
        table.caption,
        (*table.heads, *heads),
        tuple(
            ShownRow(shown.title, (*shown.cells, *_sum_cells(row)), shown.is_total)
            for shown, row in zip(table.rows, rows, strict=True)
        ),
    )


def _table(caption: str, rows: Sequence[OutcomeRow], columns: Mapping[str, str]) -> ShownTable:
    return ShownTable(
        caption,
        tuple(columns.values()),
        tuple(
            ShownRow(
                _month_name(row.month),
                tuple(_count(row.counts.get(name, 0)) for name in columns),
                row.month is None,
            )
            for row in rows
        ),
    )


def _sum_cells(row: OutcomeRow) -> tuple[str, ...]:
    if row.sums is None:
        nothing = HIDDEN if row.counts["discharged"] is None else "none"
        return (nothing,) * 4
    sums = row.sums
    return (
        str(sums.median_days), _hours(sums), _share(sums.discussed, sums.assignments),
        _share(sums.feedback, sums.sessions),
    )  # fmt: skip


def _hours(sums: Sums) -> str:
    text = _share(sums.attended_hours, sums.planned_hours)
    return f"{text}; {sums.unknown_hours} not recorded" if sums.unknown_hours else text


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({round(100 * part / whole)} %)" if whole else "none"


def _count(count: int | None) -> str:
    return HIDDEN if count is None else str(count)


def _month_name(month: int | None) -> str:
    return "The year" if month is None else date(2000, month, 1).strftime("%B")
