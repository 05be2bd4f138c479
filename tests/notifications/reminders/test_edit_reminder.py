"""Planning, changing and ending reminders, and moving them with the patient."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.kit.errors import InvalidInput
from care.models import AccessLogEntry, User
from care.people.profile import change_profile
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.reminders.default_plan import create_default_reminders
from notifications.reminders.edit import (
    ReminderChanged,
    ReminderDiffers,
    TooManyReminders,
    change_reminder,
    create_reminder,
    delete_reminder,
)
from notifications.reminders.follow import follow_time_zone
from notifications.reminders.read import NoSuchReminder
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
    told,
)

HALF_PAST_EIGHT = time(8, 30)


def clocks(reminder: Reminder) -> str:
    assert reminder.next_due_at is not None
    return reminder.next_due_at.isoformat()


def moved(user: User, zone: str, *, at: datetime) -> None:
    fresh = User.objects.get(pk=user.pk)
    change_profile(user=fresh, rev=fresh.rev, changes={"time_zone": zone}, now=at)
    follow_time_zone(patient_id=user.pk, now=at)


def test_a_new_patient_has_two_check_ins_a_day(cast: Cast) -> None:
    create_default_reminders(patient_id=cast.maya.pk, now=MORNING)
    create_default_reminders(patient_id=cast.maya.pk, now=MORNING)

    assert [row.purpose for row in Reminder.objects.order_by("row")] == [
        "checkin", "pre_session", "session",
    ]  # fmt: skip
    reminder = Reminder.objects.get(purpose="checkin")
    assert reminder.minutes == [8 * 60 + 30, 20 * 60]
    assert clocks(reminder) == DUE.isoformat()
    logged = AccessLogEntry.objects.get(patient_id=cast.maya.pk)
    assert (logged.action, logged.data_class, logged.reason) == (
        "write", "reminders", "default_plan",
    )  # fmt: skip


def test_the_same_plan_under_the_same_id_is_one_reminder(cast: Cast) -> None:
    name = uuid4()
    sent = {"purpose": "checkin", "times": [HALF_PAST_EIGHT]}
    chart = people.own_chart(cast.maya)

    _, was_new = create_reminder(chart=chart, reminder_id=name, sent=sent, now=MORNING)
    _, again = create_reminder(chart=chart, reminder_id=name, sent=sent, now=MORNING)

    assert (was_new, again) == (True, False)
    assert Reminder.objects.count() == 1


def test_another_plan_under_the_same_id_is_refused(cast: Cast) -> None:
    reminder = planned(cast.maya, "08:30")

    with pytest.raises(ReminderDiffers):
        planned(cast.maya, "09:30", reminder_id=reminder.id)

    assert Reminder.objects.get().minutes == [510]


def test_the_same_id_of_another_patient_is_their_own(cast: Cast) -> None:
    reminder = planned(cast.maya)

    planned(cast.noah, reminder_id=reminder.id)

    assert Reminder.objects.filter(id=reminder.id).count() == 2


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"times": [time(8, 0), time(8, 59)]}, "times"),
        ({"times": [time(0, 10), time(23, 30)]}, "times"),
        ({"times": [time(hour) for hour in (8, 10, 12, 14, 16)]}, "times"),
        ({"purpose": "gossip"}, "purpose"),
        ({"days": ["mon"], "every": {"days": 2, "from": date(2026, 3, 1)}}, "every"),
        ({"every": {"days": 0, "from": date(2026, 3, 1)}}, "every.days"),
        ({"every": {"days": 2, "from": date(1900, 1, 1)}}, "every.from"),
        ({"starts_on": date(2026, 3, 5), "ends_on": date(2026, 3, 4)}, "ends_on"),
        ({"starts_on": date(9999, 1, 1)}, "starts_on"),
        ({"expires_minutes": 0}, "expires_minutes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_plan_that_cannot_be_names_its_field(
    cast: Cast, sent: dict[str, object], field: str
) -> None:
    plan = {"purpose": "checkin", "times": [HALF_PAST_EIGHT], **sent}

    with pytest.raises(InvalidInput) as refusal:
        create_reminder(
            chart=people.own_chart(cast.maya), reminder_id=uuid4(), sent=plan, now=MORNING
        )

    assert [error.field for error in refusal.value.errors] == [field]
    assert not Reminder.objects.exists()


def test_a_runaway_client_is_stopped(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.reminders.edit.MOST_REMINDERS", 2)
    planned(cast.maya)
    planned(cast.maya)

    with pytest.raises(TooManyReminders):
        planned(cast.maya)


def test_a_changed_time_takes_effect_at_the_next_tick(cast: Cast) -> None:
    reminder = planned(cast.maya, "20:00")

    change_reminder(
        chart=people.own_chart(cast.maya), reminder_id=reminder.id, rev=1,
        changes={"times": [HALF_PAST_EIGHT]}, now=MORNING,
    )  # fmt: skip

    assert drain(DUE) == {"sent": 1}


def test_a_change_never_sends_again_what_was_sent(cast: Cast) -> None:
    reminder = planned(cast.maya, "08:30")
    drain(DUE)

    changed = change_reminder(
        chart=people.own_chart(cast.maya), reminder_id=reminder.id, rev=1,
        changes={"times": [time(8, 45)], "nudge": False}, now=DUE + timedelta(minutes=1),
    )  # fmt: skip
    drain(DUE + timedelta(minutes=20))

    assert Occurrence.objects.count() == 1
    assert changed.next_day == date(2026, 3, 3)


def test_a_change_on_a_journey_never_sends_again_what_was_sent(cast: Cast) -> None:
    reminder = planned(cast.maya, "08:30")
    drain(DUE)
    User.objects.filter(pk=cast.maya.pk).update(time_zone="America/Los_Angeles")
    follow_time_zone(patient_id=cast.maya.pk, now=DUE + timedelta(minutes=80))

    # It is 06:50 there: half past eight comes once more on that day's wall.
    changed = change_reminder(
        chart=people.own_chart(cast.maya), reminder_id=reminder.id, rev=1,
        changes={"expires_minutes": 30}, now=DUE + timedelta(minutes=80),
    )  # fmt: skip

    assert changed.next_day == date(2026, 3, 3)


def test_an_older_revision_changes_nothing(cast: Cast) -> None:
    reminder = planned(cast.maya)
    chart = people.own_chart(cast.maya)
    change_reminder(
        chart=chart, reminder_id=reminder.id, rev=1, changes={"nudge": True}, now=MORNING
    )

    with pytest.raises(ReminderChanged):
        change_reminder(
            chart=chart, reminder_id=reminder.id, rev=1, changes={"nudge": False}, now=MORNING
        )
    with pytest.raises(ReminderChanged):
        delete_reminder(chart=chart, reminder_id=reminder.id, rev=1, now=MORNING)

    assert Reminder.objects.get().nudge is True
    assert Reminder.objects.get().deleted_at is None


def test_nobody_reaches_the_reminder_of_another(cast: Cast) -> None:
    reminder = planned(cast.maya)
    chart = people.own_chart(cast.noah)

    with pytest.raises(NoSuchReminder):
        change_reminder(
            chart=chart, reminder_id=reminder.id, rev=1, changes={"active": False}, now=MORNING
        )
    with pytest.raises(NoSuchReminder):
        delete_reminder(chart=chart, reminder_id=reminder.id, rev=1, now=MORNING)

    assert Reminder.objects.get().active is True


def test_a_weekly_one_from_next_week_is_silent_on_the_day_it_was_made(cast: Cast) -> None:
    # Monday 2 March is the day on which it is made; it begins a week later.
    planned(cast.maya, days=["mon"], starts_on=date(2026, 3, 9))

    assert drain(DUE) == {}
    # Clocks changed on the Sunday in between: 08:30 is an hour earlier by UTC.
    assert drain(DUE + timedelta(days=7, hours=-1, seconds=-1)) == {}
    assert drain(DUE + timedelta(days=7, hours=-1)) == {"sent": 1}


def test_an_ended_reminder_is_silent_and_its_nudge_withdrawn(cast: Cast) -> None:
    reminder = planned(cast.maya, "08:30", nudge=True)
    drain(DUE)

    delete_reminder(chart=people.own_chart(cast.maya), reminder_id=reminder.id, rev=1, now=DUE)
    drain(DUE + timedelta(days=3))

    assert told() == [("sent", "inbox"), ("skipped", "deleted")]


def test_switching_off_and_on_again_goes_on_in_the_future(cast: Cast) -> None:
    reminder = planned(cast.maya)
    chart = people.own_chart(cast.maya)
    change_reminder(
        chart=chart, reminder_id=reminder.id, rev=1, changes={"active": False}, now=MORNING
    )

    assert drain(DUE) == {}
    again = change_reminder(
        chart=chart, reminder_id=reminder.id, rev=2, changes={"active": True}, now=DUE
    )

    assert again.next_day == date(2026, 3, 3)


def test_a_new_zone_moves_what_comes_and_keeps_what_was_sent(cast: Cast) -> None:
    planned(cast.maya, "08:30", "20:00")
    drain(DUE)
    before = only()

    moved(cast.maya, "Asia/Tokyo", at=DUE + timedelta(hours=1))

    reminder = Reminder.objects.get()
    # 00:30 on Tuesday in Tokyo: the morning of Tuesday is next.
    assert clocks(reminder) == datetime(2026, 3, 2, 23, 30, tzinfo=UTC).isoformat()
    assert Occurrence.objects.get().due_at == before.due_at


def test_travelling_west_doubles_nothing_on_that_day(cast: Cast) -> None:
    planned(cast.maya, "08:30", "20:00")
    drain(DUE)

    moved(cast.maya, "America/Los_Angeles", at=DUE + timedelta(minutes=30))
    drain(DUE + timedelta(hours=2))  # 08:30 in Los Angeles
    drain(DUE + timedelta(hours=13, minutes=30))  # 20:00 there

    days = list(Occurrence.objects.order_by("due_at").values_list("local_day", "slot"))
    assert days == [(date(2026, 3, 2), 510), (date(2026, 3, 2), 1200)]


def test_the_number_of_statements_of_a_change_is_fixed(cast: Cast) -> None:
    reminder = planned(cast.maya)
    for _ in range(5):
        planned(cast.maya, "12:00")
    chart = people.own_chart(cast.maya)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        change_reminder(
            chart=chart, reminder_id=reminder.id, rev=1, changes={"nudge": True}, now=MORNING
        )

    assert len(asked) <= 8


def test_a_phone_gets_nothing_of_an_ended_series(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya, ends_on=date(2026, 3, 2))

    drain(DUE, push)
    drain(DUE + timedelta(days=1), push)

    assert len(push.sent) == 1
    assert Reminder.objects.get().next_due_at is None
