"""Reading entries by the local days that they belong to."""

from datetime import date

from care.access import Chart
from journaling.entries import COLUMNS, Recorded, from_row
from journaling.queries.entries import visible

_WORDS = COLUMNS.index("words")
_NUMBERS = tuple(name for name in COLUMNS if name != "words")


def entries_of_day(*, chart: Chart, day: date) -> list[Recorded]:
    """List the entries of one local day, oldest first; the diary card by the day it speaks of."""
    rows = visible(chart).filter(local_date=day).order_by("shown_at", "row").values_list(*COLUMNS)
    return [from_row(row, chart.cipher) for row in rows]


def numbers_of_days(*, chart: Chart, first: date, last: date) -> list[Recorded]:
    """List the entries of these local days, oldest first, without opening their free text."""
    rows = (
        visible(chart)
        .filter(local_date__gte=first, local_date__lte=last)
        .order_by("shown_at", "row")
        .values_list(*_NUMBERS)
    )
    return [from_row((*row[:_WORDS], None, *row[_WORDS:]), chart.cipher) for row in rows]
