"""The lines drawn beside two sections: one number per day, gaps where nothing counts."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from journaling.brief.document import Spark
from journaling.brief.facts import Facts
from journaling.entries import Recorded

Daily = Callable[[Iterable[Recorded]], dict[date, float]]


def drawn(
    facts: Facts, *, kind: str, daily: Daily, label: str, scale: tuple[int, int]
) -> Spark | None:
    """Draw one number a day over the days of context and the window; None without any number.

    The window's days show exactly what its figures were made from.
    """
    if not facts.all_days:
        return None
    found = {**before(facts, kind=kind, daily=daily), **daily(facts.of(kind))}
    if not found:
        return None
    days = facts.all_days
    context = sum(day < facts.window.first_day for day in days)
    low, high = scale
    values = tuple(found.get(day) for day in days)
    return Spark(label, low, high, days[0], days[-1], values, context)


def before(facts: Facts, *, kind: str, daily: Daily) -> Mapping[date, float]:
    """Sum up the days of context, without the day on which the window begins."""
    found = daily(facts.before(kind))
    return {day: value for day, value in found.items() if day < facts.window.first_day}
