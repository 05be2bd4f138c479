"""Questionnaires and balance over time, as the page of a patient draws them (CLINICAL §5).

From five values on: of fewer the eye makes a trend. Nobody is marked as "not on track": the rules
for it that are published are of questionnaires that we may not ship.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from care.access.chart import Chart
from care.access.data_categories import DataCategory
from journaling.briefs.document import Sparkline
from journaling.entries.kinds.daily import SPHERES
from journaling.entries.read import visible_entries
from journaling.measures import instruments
from journaling.measures.instruments import ScoredScale

#: Ours, as for every line that is drawn of single values.
LEAST_POINTS = 5
MEASURES_DRAWN_DAYS = 366
BALANCE_DRAWN_DAYS = 56
_BALANCE_SCALE = (0, 4)


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """The scores of one version of a questionnaire, oldest first, beside its published bands."""

    slug: str
    name: str
    scale: ScoredScale
    points: tuple[tuple[date, int], ...]


@dataclass(frozen=True, slots=True)
class OverTime:
    """What is drawn of one patient; nothing of what has too few values."""

    measures: tuple[MeasureLine, ...] = ()
    balance: tuple[Sparkline, ...] = ()


def lines_over_time(*, chart: Chart, today: date) -> OverTime:
    """Read the lines of a patient up to ``today``, within what the chart shows."""
    if not chart.covers(DataCategory.ENTRIES):
        return OverTime()
    rows = visible_entries(chart).filter(
        Q(kind="measure") | Q(kind="daily", balance__isnull=False), is_countable=True,
        local_date__lte=today, local_date__gt=today - timedelta(days=MEASURES_DRAWN_DAYS),
    ).order_by("timeline_at", "row")  # fmt: skip
    answered: dict[tuple[str, str], list[tuple[date, Mapping[str, int]]]] = defaultdict(list)
    balance: dict[date, Mapping[str, int]] = {}
    for day, slug, version, answers, felt in rows.values_list(
        "local_date", "instrument", "version", "answers", "balance"
    ):
        if felt is not None:
            balance[day] = felt
        else:
            answered[slug or "", version or ""].append((day, answers or {}))
    return OverTime(tuple(_measure_lines(answered)), tuple(_balance_lines(balance, today)))


def _measure_lines(
    answered: Mapping[tuple[str, str], Iterable[tuple[date, Mapping[str, int]]]],
) -> Iterable[MeasureLine]:
    for (slug, version), given in sorted(answered.items()):
        instrument = instruments.find_instrument(slug, version)
        if instrument is None or instrument.total is None:
            continue
        points = [
            (day, total.score)
            for day, answers in given
            if (total := instruments.score_total(instrument, answers)) is not None
            and total.score is not None
        ]
        if len(points) >= LEAST_POINTS:
            yield MeasureLine(slug, instrument.short_name, instrument.total, tuple(points))


def _balance_lines(by_day: Mapping[date, Mapping[str, int]], today: date) -> Iterable[Sparkline]:
    first = today - timedelta(days=BALANCE_DRAWN_DAYS - 1)
    days = [first + timedelta(days=n) for n in range(BALANCE_DRAWN_DAYS)]
    low, high = _BALANCE_SCALE
    for sphere in SPHERES:
        values = tuple(by_day.get(day, {}).get(sphere) for day in days)
        if sum(value is not None for value in values) >= LEAST_POINTS:
            yield Sparkline(sphere.capitalize(), low, high, first, today, values, 0)
