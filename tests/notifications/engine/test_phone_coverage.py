"""A phone covers what stood when it said so; what was planned or changed later is pushed."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.kit.errors import InvalidInput
from backend.kit.ids import new_id
from care.models import TreatmentSession, User
from care.people.profile import change_profile
from notifications.models.device import Device
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.reminders.edit import change_reminder, create_reminder, delete_reminder
from notifications.reminders.follow import follow_session, follow_time_zone
from notifications.reminders.receipts import pause, resume
from tests import cast as people
from tests.cast import Cast
from tests.notifications.reminder_scenario import (
    DUE,
    MORNING,
    FakePush,
    drain,
    phone,
    planned,
    told,
)

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
#: Monday 2 March 2026, 14:00 in Chicago.
AFTERNOON = MORNING + 6 * HOUR


@pytest.fixture
def push(cast: Cast) -> FakePush:
    """Give maya a check-in at 08:30, and a phone that has planned a week of it."""
    planned(cast.maya, "08:30")
    phone(cast.maya, covered_until=MORNING + WEEK)
    return FakePush()


def changed(cast: Cast, **changes: object) -> None:
    row = Reminder.objects.order_by("row")[0]
    change_reminder(
        chart=people.own_chart(cast.maya), reminder_id=row.id, rev=row.rev, changes=changes,
        now=MORNING + MINUTE,
    )  # fmt: skip


def met(cast: Cast, at: datetime = AFTERNOON) -> TreatmentSession:
    session = people.session(cast.dr_okafor, starts_at=at, with_patient=cast.maya)
    follow_session(session_id=session.pk, now=MORNING + MINUTE)
    return session


def moved(session: TreatmentSession, to: datetime) -> None:
    TreatmentSession.objects.filter(pk=session.pk).update(starts_at=to, ends_at=to + HOUR)
    follow_session(session_id=session.pk, now=MORNING + MINUTE)


def of_day(push: FakePush, hours: int = 12) -> list[tuple[str, str]]:
    """Look every five minutes of a day; tell what became of each."""
    for minutes in range(0, hours * 60, 5):
        drain(MORNING + minutes * MINUTE, push)
    return told()


def test_what_stood_is_left_to_the_phone(cast: Cast, push: FakePush) -> None:
    assert of_day(push) == [("skipped", "on_phone")]
    drain(DUE + timedelta(days=1), push)
    assert push.sent == []

    phone(cast.maya, at=DUE + timedelta(days=1), covered_until=MORNING + timedelta(days=2))
    drain(DUE + timedelta(days=2), push)
    assert len(push.sent) == 1


def test_a_reminder_that_was_made_later_is_pushed_and_the_other_is_not(
    cast: Cast, push: FakePush
) -> None:
    planned(cast.maya, "11:00", at=MORNING + MINUTE)

    assert of_day(push) == [("skipped", "on_phone"), ("sent", "fcm")]


@pytest.mark.parametrize(
    "changes",
    [
        {"times": [time(10)]},
        {"nudge": True},
        {"purpose": "measure"},
        {"expires_minutes": 30},
        {"skip_if_logged": True},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_was_edited_later_is_pushed(
    cast: Cast, push: FakePush, changes: dict[str, object]
) -> None:
    changed(cast, **changes)

    assert of_day(push)[0] == ("sent", "fcm")


def test_a_day_that_was_added_later_is_pushed(cast: Cast) -> None:
    push = FakePush()
    planned(cast.maya, "08:30", days=["tue"])
    phone(cast.maya, covered_until=MORNING + WEEK)
    changed(cast, days=["mon", "tue"])

    assert of_day(push) == [("sent", "fcm")]


def test_what_was_switched_off_and_on_is_pushed(cast: Cast, push: FakePush) -> None:
    changed(cast, active=False)
    changed(cast, active=True)

    assert of_day(push) == [("sent", "fcm")]


def test_what_was_paused_and_resumed_is_pushed(cast: Cast, push: FakePush) -> None:
    chart = people.own_chart(cast.maya)
    pause(chart=chart, until=MORNING + 2 * HOUR, now=MORNING)
    resume(chart=chart, now=MORNING + MINUTE)

    assert of_day(push) == [("sent", "fcm")]


def test_what_a_pause_had_kept_from_the_plan_is_pushed(cast: Cast) -> None:
    push, chart = FakePush(), people.own_chart(cast.maya)
    planned(cast.maya, "08:30")
    pause(chart=chart, until=MORNING + 2 * HOUR, now=MORNING)
    phone(cast.maya, covered_until=MORNING + WEEK)
    resume(chart=chart, now=MORNING + MINUTE)

    assert of_day(push) == [("sent", "fcm")]


def test_what_moved_with_the_zone_is_pushed(cast: Cast, push: FakePush) -> None:
    User.objects.filter(pk=cast.maya.pk).update(time_zone="America/Los_Angeles")
    follow_time_zone(patient_id=cast.maya.pk, now=MORNING + MINUTE)

    assert of_day(push) == [("sent", "fcm")]


def test_what_quiet_hours_had_kept_from_the_plan_is_pushed(cast: Cast) -> None:
    push = FakePush()
    night = {"quiet_start": time(8), "quiet_end": time(9)}
    maya = change_profile(user=cast.maya, rev=cast.maya.rev, changes=night, now=MORNING)
    planned(cast.maya, "08:30")
    phone(cast.maya, covered_until=MORNING + WEEK)
    none = {"quiet_start": time(0), "quiet_end": time(0)}
    change_profile(user=maya, rev=maya.rev, changes=none, now=MORNING)

    assert of_day(push) == [("sent", "fcm")]


def test_a_nudge_that_nobody_planned_is_pushed(cast: Cast, push: FakePush) -> None:
    changed(cast, nudge=True, expires_minutes=120)
    # The phone reads its plan again and plans the reminder only.
    phone(cast.maya, at=MORNING + 2 * MINUTE, covered_until=DUE + 20 * MINUTE)

    assert of_day(push) == [("skipped", "on_phone"), ("sent", "fcm")]


def test_a_nudge_that_stood_is_left_to_the_phone(cast: Cast) -> None:
    push = FakePush()
    planned(cast.maya, "08:30", nudge=True, expires_minutes=120)
    phone(cast.maya, covered_until=MORNING + WEEK)

    assert of_day(push) == [("skipped", "on_phone"), ("skipped", "on_phone")]


@pytest.mark.parametrize(
    "change",
    [
        met,
        lambda cast: moved(met(cast, AFTERNOON + 48 * HOUR), AFTERNOON),
    ],
    ids=["planned", "planned and moved"],
)
def test_a_session_that_was_planned_later_is_pushed(
    cast: Cast, change: Callable[[Cast], object]
) -> None:
    push = FakePush()
    planned_session(cast)
    phone(cast.maya, covered_until=MORNING + WEEK)
    change(cast)

    assert of_day(push) == [("sent", "fcm")]


@pytest.mark.parametrize("shift", [-HOUR, HOUR, timedelta(days=-1)], ids=str)
def test_a_session_that_was_moved_later_is_pushed(cast: Cast, shift: timedelta) -> None:
    push = FakePush()
    planned_session(cast)
    session = met(cast, AFTERNOON - min(shift, timedelta()))
    phone(cast.maya, at=MORNING + MINUTE, covered_until=MORNING + WEEK)
    moved(session, session.starts_at + shift)

    of_day(push)

    # One that shows nothing, so that the phone follows, and the announcement of the new time.
    assert [message.kind for message in push.sent] == ["refresh", "session"]


def test_a_session_further_ahead_than_the_next_is_looked_at_as_well(cast: Cast) -> None:
    push = FakePush()
    planned_session(cast)
    met(cast)
    later = met(cast, AFTERNOON + 24 * HOUR)
    phone(cast.maya, at=MORNING + MINUTE, covered_until=MORNING + WEEK)
    moved(later, AFTERNOON + 26 * HOUR)

    of_day(push, hours=40)

    assert told() == [("skipped", "on_phone"), ("sent", "fcm")]


def test_a_session_that_stood_is_left_to_the_phone(cast: Cast) -> None:
    push = FakePush()
    planned_session(cast)
    met(cast)
    phone(cast.maya, at=MORNING + MINUTE, covered_until=MORNING + WEEK)

    assert of_day(push) == [("skipped", "on_phone")]


def test_what_the_phone_left_out_as_bundled_is_pushed_when_it_stands_alone(cast: Cast) -> None:
    push = FakePush()
    carrier, carried = planned(cast.maya, "08:30"), planned(cast.maya, "08:33")
    phone(cast.maya, covered_until=MORNING + WEEK)
    delete_reminder(chart=people.own_chart(cast.maya), reminder_id=carrier.id, rev=1, now=MORNING)

    of_day(push)

    assert told() == [("sent", "fcm")]
    assert Occurrence.objects.get().reminder_id == carried.row


def test_of_two_phones_the_one_that_covers_less_rings(cast: Cast, push: FakePush) -> None:
    phone(cast.maya, "second")

    of_day(push)

    assert [message.address for message in push.sent] == ["second"]


def test_said_again_while_it_shows_one_the_phone_keeps_it(cast: Cast) -> None:
    push = FakePush()
    planned(cast.maya, "08:30")
    phone(cast.maya, covered_until=MORNING + WEEK)
    # Pushes are spread: the phone shows it at the minute, and tells what it has planned anew.
    Reminder.objects.update(next_due_at=DUE + 4 * MINUTE, next_spread=240)
    phone(cast.maya, at=DUE + MINUTE, covered_until=DUE + WEEK)

    drain(DUE + 5 * MINUTE, push)

    assert told() == [("skipped", "on_phone")]


def test_said_no_more_it_is_pushed_again(cast: Cast, push: FakePush) -> None:
    phone(cast.maya, at=MORNING + MINUTE)

    assert of_day(push) == [("sent", "fcm")]


def test_a_far_date_is_refused_and_a_slightly_fast_clock_is_cut(cast: Cast) -> None:
    planned(cast.maya)

    with pytest.raises(InvalidInput) as refused:
        phone(cast.maya, covered_until=MORNING.replace(year=2569))
    assert [error.field for error in refused.value.errors] == ["covered_until"]
    assert not Device.objects.exists()
    device = phone(cast.maya, covered_until=MORNING + 2 * WEEK + 5 * MINUTE)

    assert device.covered_until == MORNING + 2 * WEEK


def test_what_is_covered_is_asked_by_two_statements_however_many(cast: Cast) -> None:
    def statements(at: datetime) -> int:
        with CaptureQueriesContext(connection) as asked:
            drain(at, FakePush())
        return len([1 for one in asked if '"covered"' in one["sql"] or '"rev"' in one["sql"]])

    planned(cast.maya, "08:30")
    planned(cast.noah, "08:30")
    bare = statements(DUE)
    phone(cast.maya, at=DUE, covered_until=DUE + WEEK)
    phone(cast.noah, at=DUE, covered_until=DUE + WEEK)

    covered = statements(DUE + timedelta(days=1))

    assert (bare, covered) == (0, 2)
    assert told()[2:] == [("skipped", "on_phone")] * 2


def planned_session(cast: Cast) -> Reminder:
    """Let maya be reminded of each session an hour before."""
    sent = {"purpose": "session"}
    return create_reminder(
        chart=people.own_chart(cast.maya), reminder_id=new_id(), sent=sent, now=MORNING
    )[0]
