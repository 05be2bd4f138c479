"""The next occurrence: wall-clock times kept in every zone, checked by an oracle of its own."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.reminders.recurrence import DueSlot, RecurrenceRule, find_next_slot

CHICAGO = "America/Chicago"
ZONES = sorted(available_timezones() - {"localtime", "Factory"})
MINUTE = timedelta(minutes=1)


def oracle_instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The first instant at which the wall clock shows the time, or the first after its gap."""
    wanted = datetime.combine(day, time(minute // 60, minute % 60))
    around = [wanted.replace(tzinfo=UTC) + timedelta(hours=hours) for hours in range(-36, 37, 6)]
    offsets = {at.astimezone(zone).utcoffset() for at in around}
    shown = [
        wanted.replace(tzinfo=UTC) - offset
        for offset in offsets
        if offset is not None
        and (wanted.replace(tzinfo=UTC) - offset).astimezone(zone).replace(tzinfo=None) == wanted
    ]
    if shown:
        return min(shown)
    at = wanted.replace(tzinfo=UTC) - max(offset for offset in offsets if offset is not None)
    while at.astimezone(zone).replace(tzinfo=None) < wanted:
        at += MINUTE
    return at


def fits(rule: RecurrenceRule, day: date) -> bool:
    if (rule.starts_on and day < rule.starts_on) or (rule.ends_on and day > rule.ends_on):
        return False
    if rule.every_days and rule.every_from:
        behind = (day - rule.every_from).days
        return behind >= 0 and behind % rule.every_days == 0
    return bool((rule.weekdays or 0) >> day.weekday() & 1)


def oracle(
    rule: RecurrenceRule,
    zone_name: str,
    after: datetime,
    handled: tuple[date, int] | None,
    days: int,
) -> DueSlot | None:
    """Look at every day one by one, in the plainest way."""
    zone = ZoneInfo(zone_name)
    first = after.astimezone(zone).date()
    if handled:
        first = max(first, handled[0])
    for step in range(days):
        day = first + timedelta(days=step)
        for minute in rule.minutes if fits(rule, day) else ():
            at = oracle_instant(day, minute, zone)
            if at > after and (handled is None or (day, minute) > handled):
                return DueSlot(day, minute, at)
    return None


def series(rule: RecurrenceRule, zone_name: str, after: datetime, count: int) -> list[DueSlot]:
    found: list[DueSlot] = []
    handled = None
    while len(found) < count:
        slot = find_next_slot(rule, zone_name=zone_name, after=after, handled=handled)
        if slot is None:
            break
        found.append(slot)
        after, handled = slot.due_at, (slot.day, slot.minute)
    return found


def shown(slots: list[DueSlot], zone_name: str) -> list[str]:
    zone = ZoneInfo(zone_name)
    return [slot.due_at.astimezone(zone).strftime("%m-%d %H:%M") for slot in slots]


def test_the_wall_clock_holds_over_both_changes() -> None:
    spring = series(RecurrenceRule((510,)), CHICAGO, datetime(2026, 3, 6, tzinfo=UTC), 4)
    autumn = series(RecurrenceRule((510,)), CHICAGO, datetime(2026, 10, 30, 20, tzinfo=UTC), 3)

    assert shown(spring, CHICAGO) == ["03-06 08:30", "03-07 08:30", "03-08 08:30", "03-09 08:30"]
    assert [slot.due_at.hour for slot in spring] == [14, 14, 13, 13]
    assert shown(autumn, CHICAGO) == ["10-31 08:30", "11-01 08:30", "11-02 08:30"]


def test_a_skipped_time_is_the_first_minute_after_the_gap_once() -> None:
    found = series(RecurrenceRule((150,)), CHICAGO, datetime(2026, 3, 7, 12, tzinfo=UTC), 2)

    assert shown(found, CHICAGO) == ["03-08 03:00", "03-09 02:30"]


def test_a_repeated_time_is_the_first_of_the_two_once() -> None:
    found = series(RecurrenceRule((90,)), CHICAGO, datetime(2026, 10, 31, 12, tzinfo=UTC), 2)

    assert [slot.due_at for slot in found] == [
        datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
        datetime(2026, 11, 2, 7, 30, tzinfo=UTC),
    ]


def test_half_hour_changes_are_kept_too() -> None:
    zone = "Australia/Lord_Howe"

    found = series(RecurrenceRule((135,)), zone, datetime(2026, 10, 3, 1, tzinfo=UTC), 2)

    assert shown(found, zone) == ["10-04 02:30", "10-05 02:15"]


def test_every_fortnight_runs_over_month_and_year_ends() -> None:
    rule = RecurrenceRule((540,), weekdays=None, every_days=14, every_from=date(2027, 12, 10))

    found = series(rule, "UTC", datetime(2027, 12, 1, tzinfo=UTC), 7)

    assert [slot.day.isoformat() for slot in found] == [
        "2027-12-10", "2027-12-24", "2028-01-07", "2028-01-21", "2028-02-04", "2028-02-18",
        "2028-03-03",
    ]  # fmt: skip


def test_nothing_comes_before_the_start_or_after_the_end() -> None:
    rule = RecurrenceRule((540,), starts_on=date(2026, 5, 2), ends_on=date(2026, 5, 3))

    found = series(rule, "UTC", datetime(2026, 4, 1, tzinfo=UTC), 9)

    assert [slot.day.day for slot in found] == [2, 3]


@pytest.mark.parametrize("hour", [19, 20, 21, 22, 23])
@pytest.mark.parametrize("offset", range(-12, 15))
def test_saturday_evening_is_saturday_in_every_zone(hour: int, offset: int) -> None:
    # Etc/GMT names carry the opposite sign.
    zone = f"Etc/GMT{-offset:+d}" if offset else "UTC"
    friday = datetime(2026, 7, 3, 12, tzinfo=UTC) - timedelta(hours=offset)

    due_at = datetime(2026, 7, 4, hour, tzinfo=UTC) - timedelta(hours=offset)
    rule = RecurrenceRule((hour * 60,), weekdays=1 << 5)

    # The evening itself may be Sunday by UTC, and the morning of a far east Friday.
    found = [
        find_next_slot(rule, zone_name=zone, after=after)
        for after in (friday, due_at - timedelta(minutes=1))
    ]
    following = find_next_slot(rule, zone_name=zone, after=due_at)

    assert found == [(date(2026, 7, 4), hour * 60, due_at)] * 2
    assert following == (date(2026, 7, 11), hour * 60, due_at + timedelta(days=7))


def test_travelling_west_repeats_no_time_of_the_day() -> None:
    rule = RecurrenceRule((510, 1200))
    after = datetime(2026, 6, 1, 13, 0, tzinfo=UTC)  # 09:00 in New York, 06:00 in Los Angeles

    found = find_next_slot(
        rule, zone_name="America/Los_Angeles", after=after, handled=(date(2026, 6, 1), 510)
    )

    assert found is not None
    assert (found.day, found.minute) == (date(2026, 6, 1), 1200)


def kinds_of_zones() -> list[str]:
    """One zone of each kind that differs in 2026 and 2027: the other names are aliases of these."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    seen: dict[tuple[object, ...], str] = {}
    for name in ZONES:
        zone = ZoneInfo(name)
        offsets = tuple(
            (start + timedelta(days=step)).astimezone(zone).utcoffset() for step in range(731)
        )
        seen.setdefault(offsets, name)
    return sorted(seen.values())


@pytest.mark.parametrize("zone_name", kinds_of_zones())
def test_every_change_of_every_zone_agrees_with_the_oracle(zone_name: str) -> None:
    zone = ZoneInfo(zone_name)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    days = [start + timedelta(days=step) for step in range(731)]
    offsets = [day.astimezone(zone).utcoffset() for day in days]
    changes = [day for day, was, now in zip(days, offsets, offsets[1:], strict=False) if was != now]
    rule = RecurrenceRule((0, 30, 65, 90, 119, 120, 150, 180, 1380, 1439))

    for change in changes or [start]:
        after, handled = change - timedelta(days=1), None
        for _ in range(25):
            found = find_next_slot(rule, zone_name=zone_name, after=after, handled=handled)
            assert found == oracle(rule, zone_name, after, handled, days=4)
            assert found is not None
            after, handled = found.due_at, (found.day, found.minute)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    minutes=st.sets(st.integers(0, 1439), min_size=1, max_size=4),
    weekdays=st.integers(1, 127),
    every=st.none() | st.tuples(st.integers(1, 20), st.dates(date(2025, 12, 1), date(2026, 12, 1))),
    zone_name=st.sampled_from(ZONES),
    after=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    span=st.tuples(st.integers(-10, 20), st.integers(0, 30)),
    handled=st.one_of(st.none(), st.tuples(st.integers(-3, 3), st.integers(0, 1439))),
)  # fmt: skip
def test_any_rule_agrees_with_the_oracle(
    minutes: set[int], weekdays: int, every: tuple[int, date] | None, zone_name: str,
    after: datetime, span: tuple[int, int], handled: tuple[int, int] | None,
) -> None:  # fmt: skip
    starts_on = after.date() + timedelta(days=span[0])
    rule = RecurrenceRule(
        tuple(sorted(minutes)),
        weekdays=None if every else weekdays,
        every_days=every[0] if every else None,
        every_from=every[1] if every else None,
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=span[1]),
    )
    done = (after.date() + timedelta(days=handled[0]), handled[1]) if handled else None
    at = after.replace(tzinfo=UTC)

    found = find_next_slot(rule, zone_name=zone_name, after=at, handled=done)

    assert found == oracle(rule, zone_name, at, done, days=70)
