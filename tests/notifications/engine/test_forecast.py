"""What a phone is told to plan: what will be sent if nothing changes, and nothing else.

Whether it holds after any history, ``test_machine.py`` asks.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from care.models import Consent, Patient
from journaling.entries.record import record_entry
from notifications.engine.forecast import upcoming
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Recipient, Reminder
from notifications.reminders.receipts import pause
from tests import cast as people
from tests.cast import Cast
from tests.notifications.reminder_scenario import DUE, MORNING, FakePush, drain, phone, planned

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def named(cast: Cast, *, hours: int = 14, at: datetime = MORNING) -> list[str]:
    """Tell at which times of maya's clock something comes."""
    found = upcoming(chart=people.own_chart(cast.maya), hours=hours, now=at)
    return [f"{item.due_at - 6 * HOUR:%H:%M}" for item in found]


def quiet_until_noon(cast: Cast) -> None:
    Patient.objects.filter(pk=cast.maya.pk).update(quiet_start=time(7), quiet_end=time(12))


def sits_in_a_session(cast: Cast) -> None:
    people.session(cast.dr_okafor, starts_at=DUE - MINUTE, with_patient=cast.maya)


def pauses(cast: Cast) -> None:
    pause(chart=people.own_chart(cast.maya), until=DUE + HOUR, now=MORNING)


def has_logged(cast: Cast) -> None:
    record_entry(
        chart=people.own_chart(cast.maya), sent=people.craving(at=MORNING), now=MORNING
    )  # fmt: skip


def was_sent_something_else(cast: Cast) -> None:
    Recipient.objects.update_or_create(
        patient_id=cast.maya.pk,
        defaults={
            "last_message_at": MORNING - 15 * MINUTE,
            "recent_message_times": [str(MORNING - 15 * MINUTE)],
        },
    )


@pytest.mark.parametrize(
    "why",
    [quiet_until_noon, sits_in_a_session, pauses, has_logged, was_sent_something_else],
    ids=lambda why: why.__name__,
)
def test_what_a_rule_keeps_silent_is_left_out(cast: Cast, why: Callable[[Cast], None]) -> None:
    planned(cast.maya, "08:30", "13:00", skip_if_logged=True, expires_minutes=15)
    before = named(cast)

    why(cast)

    assert before == ["08:30", "13:00"]
    assert named(cast) == ["13:00"]


def test_a_fifth_of_a_day_is_left_out_until_the_next_day(cast: Cast) -> None:
    for clocks in (("08:30", "10:00"), ("11:15", "12:30"), ("15:00",)):
        planned(cast.maya, *clocks)

    assert named(cast, hours=25) == ["08:30", "10:00", "11:15", "12:30", "08:30"]


def test_what_comes_too_soon_waits_or_is_left_out(cast: Cast) -> None:
    planned(cast.maya, "08:30")
    planned(cast.maya, "08:33", "11:00")
    planned(cast.maya, "08:50", expires_minutes=120)

    assert named(cast, hours=4) == ["08:30", "09:30", "11:00"]


def test_nudges_come_under_the_tag_of_what_they_repeat(cast: Cast) -> None:
    planned(cast.maya, nudge=True, expires_minutes=120)

    main, nudge = upcoming(chart=people.own_chart(cast.maya), hours=4, now=MORNING)
    phone(cast.maya)
    drain(DUE)
    drain(DUE + 45 * MINUTE)

    assert (nudge.due_at - main.due_at, nudge.tag) == (45 * MINUTE, main.tag)
    assert {main.id, nudge.id} == set(Occurrence.objects.values_list("pk", flat=True))


def test_after_three_misses_the_series_is_halved(cast: Cast) -> None:
    planned(cast.maya, "08:30", "13:00")

    found = upcoming(chart=people.own_chart(cast.maya), hours=100, now=MORNING)

    days = [(item.due_at - 6 * HOUR).strftime("%d %H:%M") for item in found]
    assert days == ["02 08:30", "02 13:00", "03 08:30", "04 08:30", "05 08:30", "06 08:30"]
    assert Reminder.objects.get().halved_at is None


def test_after_three_days_of_silence_one_a_day_comes(cast: Cast) -> None:
    for clock in ("08:30", "12:00", "18:00"):
        planned(cast.maya, clock)
    Patient.objects.filter(pk=cast.maya.pk).update(enrolled_at=MORNING - 100 * HOUR)

    Recipient.objects.filter(pk=cast.maya.pk).update(last_active_at=MORNING - 70 * HOUR)

    assert named(cast, hours=36) == ["08:30", "08:30"]


def test_nothing_comes_after_a_discharge_or_the_end_of_a_consent(cast: Cast) -> None:
    planned(cast.maya, "08:30", "13:00")

    Consent.objects.filter(patient_id=cast.maya.pk).update(expires_at=DUE + HOUR)
    first = named(cast)
    Patient.objects.filter(pk=cast.maya.pk).update(discharged_at=DUE)
    second = named(cast)
    Consent.objects.filter(patient_id=cast.maya.pk).update(revoked_at=MORNING)

    assert first == ["08:30"]
    assert second == named(cast) == []


def test_a_phone_that_shows_at_the_true_time_keeps_the_distance_as_well(
    cast: Cast, settings: Settings
) -> None:
    settings.REMINDER_SPREAD = True
    planned(cast.maya, "08:30", "09:30", "10:30")
    planned(cast.maya, "11:25", purpose="dose")

    found = [
        item.due_at for item in upcoming(chart=people.own_chart(cast.maya), hours=6, now=MORNING)
    ]

    assert found[:3] == [DUE, DUE + HOUR, DUE + 2 * HOUR]
    assert all(later - earlier >= HOUR for earlier, later in pairwise(found))


def test_a_nudge_follows_what_the_phone_itself_has_shown(cast: Cast) -> None:
    push = FakePush()
    planned(cast.maya, nudge=True, expires_minutes=120)
    phone(cast.maya, covered_until=DUE + 30 * MINUTE)

    drain(DUE, push)
    drain(DUE + 45 * MINUTE, push)

    assert [message.not_after for message in push.sent] == [DUE + 120 * MINUTE]
    assert list(Occurrence.objects.order_by("due_at").values_list("state", "reason")) == [
        ("skipped", "on_phone"), ("sent", "fcm"),
    ]  # fmt: skip


def test_it_takes_as_many_statements_for_many_series_as_for_one(cast: Cast) -> None:
    chart = people.own_chart(cast.maya)
    planned(cast.maya, "08:10", nudge=True)
    with CaptureQueriesContext(connection) as few:
        upcoming(chart=chart, hours=24, now=MORNING)
    for hour in range(9, 20):
        planned(cast.maya, f"{hour:02}:10", nudge=True)

    with CaptureQueriesContext(connection) as many:
        found = upcoming(chart=chart, hours=336, now=MORNING)

    assert len(found) > 10
    assert len(many) == len(few)
