"""The safety net: devices that nobody uses, sign-ins that ended, and answers of the phone's own."""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
import time_machine
from django.core.management import call_command
from pytest_django import Settings

from care.accounts.device_sessions import start_device_session
from care.models import User
from notifications.engine.forecast import upcoming
from notifications.engine.sweep import DEAD_AFTER, STALE_AFTER, sweep
from notifications.models.device import Device
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.reminders.receipts import NoSuchOccurrence, record_answered, record_opened
from notifications.tasks import sweep_reminders
from tests import cast as people
from tests.cast import Cast, signed_in
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

SECOND = timedelta(seconds=1)


def ended() -> dict[str, str]:
    return {row.address: row.ended_reason for row in Device.objects.all()}


@pytest.mark.parametrize(
    ("unseen", "has_other", "reason"),
    [
        (STALE_AFTER - SECOND, True, ""),
        (STALE_AFTER + SECOND, True, "stale"),
        (STALE_AFTER + SECOND, False, ""),
        (DEAD_AFTER + SECOND, False, "dead"),
    ],
    ids=["fresh", "stale beside a fresher one", "stale and the only one", "dead"],
)
def test_devices_are_swept_when_nobody_uses_them(
    cast: Cast, unseen: timedelta, has_other: bool, reason: str
) -> None:
    phone(cast.maya, "old", at=MORNING - unseen)
    phone(cast.noah, "another patient's", at=MORNING)
    if has_other:
        phone(cast.maya, "new", at=MORNING)

    sweep(now=MORNING)

    assert ended()["old"] == reason
    assert ended()["another patient's"] == ""


def test_after_a_month_without_the_app_the_server_still_reminds(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya, at=MORNING - timedelta(days=40))
    planned(cast.maya)

    sweep(now=MORNING)
    drain(DUE, push)

    assert len(push.sent) == 1


def test_a_device_of_an_ended_sign_in_gets_nothing_even_before_the_sweep(cast: Cast) -> None:
    push = FakePush()
    planned(cast.maya)
    user = User.objects.select_related("patient").get(pk=cast.maya.pk)
    session = start_device_session(user=user, device_name="phone", now=MORNING)
    device = phone(cast.maya)
    Device.objects.filter(pk=device.pk).update(device_session=session)
    type(session).objects.filter(pk=session.pk).update(revoked_at=MORNING)

    drain(DUE, push)
    found = sweep(now=DUE)

    assert push.sent == []
    assert told() == [("skipped", "no_device")]
    assert found["signed_out"] == 1
    assert sweep(now=DUE)["signed_out"] == 0


def test_a_dead_address_ends_alone_and_the_next_registration_resumes(cast: Cast) -> None:
    push = FakePush()
    device = phone(cast.maya, "first")
    planned(cast.maya)
    Device.objects.filter(pk=device.pk).update(ended_at=DUE, ended_reason="UNREGISTERED")
    drain(DUE, push)

    phone(cast.maya, "second", at=DUE)
    drain(DUE + timedelta(days=1), push)

    assert Reminder.objects.get().active
    assert [message.address for message in push.sent] == ["second"]


def test_the_command_and_the_task_sweep(cast: Cast) -> None:
    phone(cast.maya, "old", at=MORNING - DEAD_AFTER - SECOND)
    out = StringIO()

    with time_machine.travel(MORNING, tick=False):
        call_command("reminders", "sweep", stdout=out)
        sweep_reminders()
        call_command("reminders", "sweep", stdout=out)

    assert out.getvalue().splitlines() == ["1 dead", "nothing to sweep"]


def body(**more: object) -> dict[str, object]:
    return people.craving(at=DUE, **more)


@pytest.mark.parametrize("door", ["entries", "sync"])
def test_an_entry_that_names_its_reminder_answers_it(cast: Cast, door: str) -> None:
    planned(cast.maya, nudge=True, expires_minutes=120)
    drain(DUE)
    sent = Occurrence.objects.get(state="sent")
    entry = body(origin=f"prompt:{sent.pk}")

    with time_machine.travel(DUE + timedelta(minutes=2), tick=False):
        client = signed_in(cast.maya)
        for _ in range(2):
            if door == "entries":
                answer = client.post("/api/v1/entries", entry)
            else:
                operation = {**entry, "base_rev": None, "deleted": False}
                answer = client.post("/api/v1/sync", {"cursor": None, "ops": [operation]})

    assert answer.status_code == 200
    sent.refresh_from_db()
    assert sent.answered_at == DUE + timedelta(minutes=2)
    assert told() == [("sent", "inbox"), ("skipped", "answered")]


def test_an_origin_that_is_nobodys_is_only_a_word(cast: Cast) -> None:
    planned(cast.noah)
    drain(DUE)
    theirs = only()

    with time_machine.travel(DUE, tick=False):
        client = signed_in(cast.maya)
        for name in (theirs.pk, uuid4()):
            stored = client.post("/api/v1/entries", body(origin=f"prompt:{name}"))
            assert stored.status_code == 201

    theirs.refresh_from_db()
    assert theirs.answered_at is None


def test_what_the_phone_showed_and_had_answered_is_not_pushed(
    cast: Cast, settings: Settings
) -> None:
    settings.REMINDER_SPREAD = True
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya, nudge=True, expires_minutes=120)
    chart = people.own_chart(cast.maya)
    shown = upcoming(chart=chart, hours=2, now=MORNING)[0]

    record_answered(chart=chart, occurrence_id=shown.id, now=DUE + SECOND)
    for minutes in (1, 5, 10, 46):
        drain(DUE + timedelta(minutes=minutes), push)

    assert push.sent == []
    found = Occurrence.objects.get(pk=shown.id)
    assert (found.reason, found.answered_at) == ("on_phone", DUE + SECOND)
    assert told() == [("skipped", "on_phone"), ("skipped", "answered")]
    assert Reminder.objects.get().next_day is not None


def test_what_is_not_due_yet_has_no_receipts(cast: Cast) -> None:
    planned(cast.maya)
    chart = people.own_chart(cast.maya)
    shown = upcoming(chart=chart, hours=2, now=MORNING)[0]

    with pytest.raises(NoSuchOccurrence):
        record_opened(chart=chart, occurrence_id=shown.id, now=DUE - SECOND)

    assert not Occurrence.objects.exists()


def test_nobody_takes_up_what_another_patients_phone_shows(cast: Cast) -> None:
    planned(cast.maya)
    shown = upcoming(chart=people.own_chart(cast.maya), hours=2, now=MORNING)[0]

    with pytest.raises(NoSuchOccurrence):
        record_answered(chart=people.own_chart(cast.noah), occurrence_id=shown.id, now=DUE + SECOND)

    assert drain(DUE) == {"sent": 1}
