"""Pushes keep away from full quarters of an hour; names and times stay what they are."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pytest_django import Settings

from backend.kit.ids import new_id
from notifications.engine.forecast import upcoming
from notifications.models.reminder import Purpose, Reminder
from notifications.reminders.edit import change_reminder
from notifications.reminders.follow import follow_time_zone
from notifications.reminders.next_due import spread_seconds, unspread_due_at
from tests import cast as people
from tests.cast import Cast
from tests.notifications.reminder_scenario import (
    DUE,
    MORNING,
    FakePush,
    drain,
    only,
    phone,
    planned,
)

SECOND = timedelta(seconds=1)
NAMES = [UUID(int=number * 7919) for number in range(200)]


@pytest.fixture(autouse=True)
def spread(settings: Settings) -> None:
    """Spread, as with FCM."""
    settings.REMINDER_SPREAD = True


def at(minute: int) -> datetime:
    return datetime(2026, 3, 2, 14, minute, tzinfo=UTC)


def pickup(reminder: Reminder) -> datetime:
    found = Reminder.objects.get(pk=reminder.pk).next_due_at
    assert found is not None
    return found


@pytest.mark.parametrize("minute", range(60))
def test_no_push_of_a_check_in_leaves_near_a_quarter(minute: int) -> None:
    for name in NAMES:
        held = timedelta(seconds=spread_seconds("checkin", name, at(minute), 60))

        leaves = at(minute) + held
        past = (leaves - at(0)).total_seconds() % 900
        assert 120 < past < 780
        assert timedelta() <= held <= timedelta(minutes=9)


def test_two_to_seven_minutes_after_the_quarter_fixed_for_each() -> None:
    found = {name: spread_seconds("checkin", name, at(30), 60) for name in NAMES}

    assert min(found.values()) >= 121
    assert max(found.values()) <= 420
    assert len(set(found.values())) > 100
    assert found == {name: spread_seconds("checkin", name, at(45), 60) for name in NAMES}


@pytest.mark.parametrize(
    ("purpose", "expires"), [("session", 60), ("dose", 60), ("checkin", 14)], ids=str
)
def test_what_must_be_exact_is(purpose: str, expires: int) -> None:
    assert spread_seconds(purpose, NAMES[1], at(30), expires) == 0


def test_between_the_quarters_everything_is_exact() -> None:
    for purpose in Purpose.values:
        assert spread_seconds(purpose, NAMES[1], at(40), 60) == 0


def test_another_gateway_has_no_rush_hour(settings: Settings) -> None:
    settings.REMINDER_SPREAD = False

    assert spread_seconds("checkin", NAMES[1], at(30), 60) == 0


def test_the_push_is_late_and_its_record_is_not(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    reminder = planned(cast.maya, "08:30")
    leaves = pickup(reminder)

    assert drain(leaves - SECOND, push) == {}
    assert drain(leaves, push) == {"sent": 1}
    assert timedelta(minutes=2) < leaves - DUE <= timedelta(minutes=7)
    assert (only().due_at, only().not_after) == (DUE, DUE + timedelta(hours=1))
    assert push.sent[0].minute == 510


def test_the_phone_is_told_the_true_time(cast: Cast) -> None:
    reminder = planned(cast.maya, "08:30")

    (first, *_) = upcoming(chart=people.own_chart(cast.maya), hours=24, now=MORNING)

    assert first.due_at == DUE
    assert unspread_due_at(reminder) == DUE


def test_an_edit_between_the_time_and_its_push_loses_nothing(cast: Cast) -> None:
    reminder = planned(cast.maya, "08:30", nudge=False)
    leaves = pickup(reminder)

    change_reminder(
        chart=people.own_chart(cast.maya), reminder_id=reminder.id, rev=1,
        changes={"nudge": True}, now=leaves - SECOND,
    )  # fmt: skip

    assert pickup(reminder) == leaves
    assert drain(leaves) == {"sent": 1}


def test_a_journey_between_the_time_and_its_push_doubles_nothing(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    reminder = planned(cast.maya, "08:30")
    leaves = pickup(reminder)
    type(cast.maya).objects.filter(pk=cast.maya.pk).update(time_zone="America/Denver")

    follow_time_zone(patient_id=cast.maya.pk, now=leaves - SECOND)
    drain(leaves, push)
    drain(leaves + timedelta(hours=1, minutes=10), push)

    assert [message.minute for message in push.sent] == [510]


def test_the_nudge_keeps_its_distance_from_the_true_time(cast: Cast) -> None:
    reminder = planned(cast.maya, "08:30", nudge=True, expires_minutes=120)
    drain(pickup(reminder))

    assert drain(DUE + timedelta(minutes=45) - SECOND) == {}
    assert drain(DUE + timedelta(minutes=45)) == {"sent": 1}


def test_series_do_not_drift(cast: Cast) -> None:
    reminder = planned(cast.maya, "08:30", reminder_id=new_id())
    first = pickup(reminder)
    for day in range(1, 5):
        drain(pickup(reminder) + timedelta(minutes=3))
        assert pickup(reminder) == first + timedelta(days=day)
