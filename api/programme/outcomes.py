"""Outcomes of a clinic by month of discharge, and its census: sums alone, small ones hidden."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.fields import A_DAY, OneOf
from api.http.inputs import Input, validated_query
from api.http.openapi import query_parameters
from api.http.permissions import IsAdmin
from api.http.requests import SignedIn
from api.http.responses import json_response
from backend.kit.errors import InvalidInput
from backend.kit.timezones import local_day
from journaling.exports.formats import csv_lines, format_cell
from journaling.reports.census import Census, LevelCensus, census
from journaling.reports.claims import Improvement
from journaling.reports.outcomes import Sums
from journaling.reports.read_outcomes import MAX_YEARS, outcomes_report
from journaling.reports.year_report import MeasureOutcome, OutcomeRow, YearOutcomes

#: What stands in a cell of the CSV that is hidden.
HIDDEN = "hidden"


class OutcomesQuery(Input):
    """Which days; they are widened to whole calendar years. Without them last year and this one."""

    from_: Annotated[date | None, A_DAY, Field(alias="from")] = None
    to: Annotated[date | None, A_DAY] = None
    format: Annotated[str, OneOf(("json", "csv"))] = "json"

    def days(self, today: date) -> tuple[date, date]:
        """Return the first and the last day.

        :raises InvalidInput: the last lies before the first, or there are too many years between.
        """
        last = self.to or today
        first = self.from_ or date(last.year - 1, 1, 1)
        if last < first:
            raise InvalidInput.of("to", "before_from", "Must not lie before the first day.")
        if last.year - first.year >= MAX_YEARS:
            raise InvalidInput.of("from", "too_many_years", f"At most {MAX_YEARS} years at once.")
        return first, last


@dataclass(frozen=True, slots=True)
class SumsOut:
    """What is summed over the people of a row.

    Hours are of sessions whose attendance is known; `unknown_hours` were planned of others.
    `discussed` of `assignments` were practised and spoken of in a session.
    """

    median_days: int
    planned_hours: int
    attended_hours: int
    unknown_hours: int
    sessions: int
    feedback: int
    assignments: int
    discussed: int

    @classmethod
    def of(cls, sums: Sums) -> Self:
        """Show the sums."""
        return cls(
            sums.median_days, sums.planned_hours, sums.attended_hours, sums.unknown_hours,
            sums.sessions, sums.feedback, sums.assignments, sums.discussed,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OutcomeRowOut:
    """The people discharged in one month, or in the year where `month` is null."""

    month: int | None
    counts: Annotated[
        Mapping[str, int | None],
        Field(
            description="People, by column; null is hidden. `discharged` is the sum of the ends,"
            " and of each questionnaire's `none`, `no_first`, `no_last` and `both`; `both` that of"
            " `improved`, `no_change` and `worse`."
        ),
    ]
    sums: SumsOut | None

    @classmethod
    def of(cls, row: OutcomeRow) -> Self:
        """Show one row."""
        return cls(row.month, row.counts, None if row.sums is None else SumsOut.of(row.sums))


@dataclass(frozen=True, slots=True)
class MeasureOutcomeOut:
    """What may be said of one questionnaire. `differs` is whether those with both scores are unlike
    the others; then what is found of them says little of all.
    """

    instrument: str
    name: str
    improvement: Annotated[str, OneOf([one.value for one in Improvement])]
    differs: bool
    first_with_last: float | None
    first_without_last: float | None
    sentences: Sequence[str]

    @classmethod
    def of(cls, measure: MeasureOutcome) -> Self:
        """Show one questionnaire."""
        return cls(
            measure.slug, measure.name, measure.improvement, measure.differs,
            measure.first_with_last, measure.first_without_last, measure.sentences,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class YearOut:
    """The finished months of one year; its total and what may be claimed once it is over."""

    year: int
    endings: Sequence[str]
    months: Sequence[OutcomeRowOut]
    total: OutcomeRowOut | None
    measures: Sequence[MeasureOutcomeOut]

    @classmethod
    def of(cls, year: YearOutcomes) -> Self:
        """Show one year."""
        return cls(
            year.year, year.endings, list(map(OutcomeRowOut.of, year.months)),
            None if year.total is None else OutcomeRowOut.of(year.total),
            list(map(MeasureOutcomeOut.of, year.measures)),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OutcomesReportOut:
    """Years of outcomes. No count of less than `smallest_cell` people is shown, but zero.

    `not_covered` discharged patients are in none of them, as their consent does not cover it.
    """

    years: Sequence[YearOut]
    not_covered: int | None
    smallest_cell: int


class OutcomesReport(APIView):
    """What became of people who were treated."""

    permission_classes = [IsAdmin]

    @extend_schema(
        operation_id="report_outcomes",
        parameters=query_parameters(OutcomesQuery),
        responses={
            (200, "application/json"): OutcomesReportOut,
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """Report it by month of discharge, as JSON or CSV; nobody is named, of staff neither.

        Each patient who is counted finds it in their access log.
        """
        query, now = validated_query(OutcomesQuery, request), timezone.now()
        first, last = query.days(local_day(now, request.user.clinic.time_zone))
        report = outcomes_report(viewer=request.user, first=first, last=last, now=now)
        if query.format == "csv":
            return _csv_response(report.years, first, last)
        years = list(map(YearOut.of, report.years))
        return json_response(OutcomesReportOut(years, report.not_covered, report.smallest_cell))


@dataclass(frozen=True, slots=True)
class LevelCensusOut:
    """One level of care; null is hidden. `median_days` are since admission to it."""

    level: str
    patients: int | None
    median_days: int | None

    @classmethod
    def of(cls, level: LevelCensus) -> Self:
        """Show one level."""
        return cls(level.level, level.patients, level.median_days)


@dataclass(frozen=True, slots=True)
class CensusOut:
    """Who was in treatment on a day, by level of care."""

    on: date
    levels: Sequence[LevelCensusOut]
    patients: int | None
    smallest_cell: int

    @classmethod
    def of(cls, found: Census) -> Self:
        """Show a census."""
        levels = list(map(LevelCensusOut.of, found.levels))
        return cls(found.on, levels, found.patients, found.smallest_cell)


class CensusQuery(Input):
    """On which day of the clinic's calendar: the first of a month, or without one this month's."""

    on: Annotated[date | None, A_DAY] = None


class CensusReport(APIView):
    """How many people are in treatment."""

    permission_classes = [IsAdmin]

    @extend_schema(
        operation_id="report_census", parameters=query_parameters(CensusQuery), responses=CensusOut
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """Count them by level of care, on the first day of the month that holds the day."""
        query, now = validated_query(CensusQuery, request), timezone.now()
        today = local_day(now, request.user.clinic.time_zone)
        on = query.on or today
        if on > today:
            raise InvalidInput.of("on", "too_late", "Must not lie in the future.")
        return json_response(CensusOut.of(census(viewer=request.user, on=on)))


def _csv_response(years: Sequence[YearOutcomes], first: date, last: date) -> HttpResponse:
    table = csv_lines(_csv_rows(years))
    response = HttpResponse(table, content_type="text/csv; charset=utf-8")
    name = f"outcomes-{first.year}-{last.year}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _csv_rows(years: Sequence[YearOutcomes]) -> Iterator[Sequence[str]]:
    """Yield a heading and the rows; the columns are those of all years together."""
    rows = [
        (year.year, row)
        for year in years
        for row in (*year.months, *([year.total] if year.total is not None else []))
    ]
    columns = list(dict.fromkeys(name for _, row in rows for name in row.counts))
    sums = list(SumsOut.__dataclass_fields__)
    yield ["year", "month", *columns, *sums]
    for year, row in rows:
        counts = [row.counts.get(name, 0) for name in columns]
        yield [
            str(year), "all" if row.month is None else str(row.month),
            *(HIDDEN if count is None else format_cell(count) for count in counts),
            *(HIDDEN if row.sums is None else format_cell(getattr(row.sums, name))
              for name in sums),
        ]  # fmt: skip
