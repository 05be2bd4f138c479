"""Comparing our series with the oracle's, rule by rule."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from notifications.reminders.recurrence import EVERY_DAY, RecurrenceRule
from tests.proofs.oracle.wall_clock import Wall, expected, ours

DAY = timedelta(days=1)
#: Not places, and different between hosts.
NOT_PLACES = {"localtime", "Factory"}
#: Times of the day on both sides of every hour at which clocks are changed somewhere.
TIMES = (0, 1, 30, 59, 60, 90, 119, 120, 135, 150, 179, 180, 181, 510, 1200, 1380, 1410, 1439)


def zones() -> list[str]:
    """List every IANA zone."""
    return sorted(available_timezones() - NOT_PLACES)


def kinds(names: Sequence[str], first: date, last: date) -> list[str]:
    """Choose one zone of each kind that differs between these days; others are its aliases."""
    seen: dict[tuple[object, ...], str] = {}
    for name in names:
        zone, offsets = ZoneInfo(name), []
        day = datetime.combine(first, datetime.min.time(), tzinfo=UTC)
        while day.date() <= last:
            offsets.append(day.astimezone(zone).utcoffset())
            day += DAY
        seen.setdefault(tuple(offsets), name)
    return sorted(seen.values())


def rules(first: date) -> list[RecurrenceRule]:
    """Make the rules that are compared: every day, weekdays, every so many days, from and until."""
    month, half = first + 30 * DAY, first + 180 * DAY
    return [
        RecurrenceRule(TIMES),
        RecurrenceRule((150, 1200), weekdays=0b1010101),
        RecurrenceRule((0, 150), weekdays=None, every_days=3, every_from=first),
        RecurrenceRule((90,), weekdays=None, every_days=31, every_from=first + DAY),
        RecurrenceRule((60, 1439), weekdays=0b1000000, starts_on=month),
        RecurrenceRule(
            (120, 1380), weekdays=None, every_days=14, every_from=first - 9 * DAY, ends_on=half
        ),
    ]


def differences(zone_name: str, *, first: date, last: date) -> tuple[int, list[str]]:
    """Compare every occurrence between two days; return how many, and what differs."""
    wall = Wall(zone_name, first, last)
    start = datetime.combine(first, datetime.min.time(), tzinfo=UTC) - 2 * DAY
    count, wrong = 0, []
    for rule in rules(first):
        series = ours(rule, zone_name, after=start, until=last)
        mine = [found for found in series if found[0] >= first]
        days = _days(rule, first, last)
        theirs = list(_in_order(expected(wall, minutes=rule.minutes, days=days)))
        count += len(theirs)
        wrong += [
            f"{zone_name}: ours {found}, the wall's {wanted}"
            for found, wanted in zip(mine, theirs, strict=False)
            if found != wanted
        ]
        if len(mine) != len(theirs):
            wrong.append(f"{zone_name}: {len(mine)} of {len(theirs)} occurrences of {rule}")
    return count, wrong


def _in_order(
    slots: Iterator[tuple[date, int, datetime]],
) -> Iterator[tuple[date, int, datetime]]:
    """Of times that a gap moved to one instant only the first is due: one message a minute."""
    newest: datetime | None = None
    for slot in slots:
        if newest is None or slot[2] > newest:
            newest = slot[2]
            yield slot


def _days(rule: RecurrenceRule, first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        if (rule.starts_on and day < rule.starts_on) or (rule.ends_on and day > rule.ends_on):
            fits = False
        elif rule.every_days is None or rule.every_from is None:
            fits = bool((rule.weekdays or EVERY_DAY) & 1 << day.weekday())
        else:
            since = day.toordinal() - rule.every_from.toordinal()
            fits = since >= 0 and since % rule.every_days == 0
        if fits:
            yield day
        day += DAY
