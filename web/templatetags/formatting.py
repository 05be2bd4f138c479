"""Template tags of the review pages: sparklines, and codes and days in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django import template

from backend.kit.parsing import format_clock_minute, format_plain_number
from backend.kit.text import truncate
from care.medical.regimen import EVERY_DAY, Regimen
from journaling import formatting
from journaling.briefs.document import Sparkline
from journaling.briefs.over_time import MeasureLine

register = template.Library()

#: The drawing's own units; the page scales it.
WIDTH, HEIGHT = 480, 120
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 10, 22


@dataclass(frozen=True, slots=True)
class Point:
    """One day that has a value."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class DayValue:
    """One day in words, for those who don't see the line."""

    day: date
    text: str


@register.filter
def day(on: date) -> str:
    """Return a day in words: "Tue Nov 12"."""
    return formatting.format_day(on)


@register.filter
def when_taken(regimen: Regimen) -> str:
    """Return when something is taken: "08:00, 20:00 on Mon, Thu"."""
    times = ", ".join(map(format_clock_minute, regimen.minutes)) or "as needed"
    days = [name for n, name in enumerate(formatting.WEEKDAYS) if regimen.weekdays >> n & 1]
    return times if regimen.weekdays == EVERY_DAY else f"{times} on {', '.join(days)}"


@register.filter
def humanize_code(code: str) -> str:
    """Return a code in words, with a capital first letter: "Group leader"."""
    return formatting.humanize(code).capitalize()


@register.inclusion_tag("web/spark.html")
def sparkline(drawn: Sparkline, key: str) -> dict[str, Any]:
    """Draw one number per day: a gap stays a gap, a lone day is a dot; context is shaded."""
    points = _points(drawn)
    runs = _runs(points)
    days = len(drawn.values)
    edge = _x(drawn.context_days - 0.5, days) if 0 < drawn.context_days < days else None
    return {
        "key": key,
        "spark": drawn,
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "top": TOP,
        "bottom": HEIGHT - BOTTOM,
        "depth": HEIGHT - BOTTOM - TOP,
        "base": HEIGHT - 4,
        "lines": [
            " ".join(f"{format_plain_number(p.x)},{format_plain_number(p.y)}" for p in run)
            for run in runs
            if len(run) > 1
        ],
        "dots": [point for run in runs for point in run],
        "middle": _y(0, drawn) if drawn.low < 0 < drawn.high else None,
        "edge": edge,
        "context_width": edge - LEFT if edge is not None else 0,
        "low": formatting.format_signed(drawn.low) if drawn.low < 0 else str(drawn.low),
        "high": formatting.format_signed(drawn.high) if drawn.low < 0 else str(drawn.high),
        "known": sum(value is not None for value in drawn.values),
        "days": _day_values(drawn),
    }


@register.inclusion_tag("web/measure_line.html")
def measure_line(drawn: MeasureLine, key: str) -> dict[str, Any]:
    """Draw the scores of a questionnaire by their days, with where its published bands begin."""
    first, last = drawn.points[0][0], drawn.points[-1][0]
    low, high = drawn.scale.low or 0, drawn.scale.high or 1
    depth, days = HEIGHT - BOTTOM - TOP, max(1, (last - first).days)

    def y_of(score: int) -> float:
        return round(HEIGHT - BOTTOM - depth * (score - low) / (high - low), 1)

    dots = [
        Point(round(LEFT + 6 + (WIDTH - LEFT - RIGHT - 12) * (on - first).days / days, 1), y_of(n))
        for on, n in drawn.points
    ]
    return {
        "key": key, "line": drawn, "width": WIDTH, "height": HEIGHT, "left": LEFT,
        "right": WIDTH - RIGHT, "top": TOP, "bottom": HEIGHT - BOTTOM, "base": HEIGHT - 4,
        "first": first, "last": last, "dots": dots,
        "edges": [y_of(band.low) for band in drawn.scale.bands if band.low > low],
        "path": " ".join(f"{format_plain_number(p.x)},{format_plain_number(p.y)}" for p in dots),
        "words": [
            (on, f"{n}, {band}" if (band := drawn.scale.band_of(n)) else str(n))
            for on, n in drawn.points
        ],
    }  # fmt: skip


@register.filter
def truncate_label(text: str, longest: int) -> str:
    """Truncate a text for a label, between grapheme clusters."""
    return truncate(text, longest=longest)


@register.inclusion_tag("web/tiny.html")
def mini_sparkline(values: Sequence[int | None], name: str, gap: str) -> dict[str, Any]:
    """Draw the strongest craving of each day, 0 to 10, as small as a word."""
    points = [
        None if value is None else Point(round(6 + 12 * n, 1), round(36 - 3.2 * value, 1))
        for n, value in enumerate(values)
    ]
    runs = _runs(points)
    return {
        "name": name,
        "gap": gap,
        "known": any(value is not None for value in values),
        "lines": [
            " ".join(f"{format_plain_number(p.x)},{format_plain_number(p.y)}" for p in run)
            for run in runs
            if len(run) > 1
        ],
        "dots": [run[0] for run in runs if len(run) == 1],
        "words": ", ".join("not logged" if value is None else str(value) for value in values),
    }


def _points(drawn: Sparkline) -> list[Point | None]:
    days = len(drawn.values)
    return [
        None if value is None else Point(_x(n, days), _y(value, drawn))
        for n, value in enumerate(drawn.values)
    ]


def _runs(points: list[Point | None]) -> list[list[Point]]:
    """Split the line where days have no value."""
    grouped = groupby(points, key=lambda point: point is None)
    return [[point for point in run if point] for is_gap, run in grouped if not is_gap]


def _x(n: float, days: int) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * (n + 0.5) / days, 1)


def _y(value: float, drawn: Sparkline) -> float:
    share = (value - drawn.low) / (drawn.high - drawn.low)
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share, 1)


def _day_values(drawn: Sparkline) -> list[DayValue]:
    write = formatting.format_signed if drawn.low < 0 else formatting.format_number
    return [
        DayValue(drawn.first_day + timedelta(days=n), "no value" if v is None else write(v))
        for n, v in enumerate(drawn.values)
    ]
