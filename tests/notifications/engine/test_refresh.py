"""A silent push tells a phone that plans by itself to read its plan again."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from backend.kit.ids import new_id
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.accounts.device_sessions import start_device_session
from care.models import TreatmentSession
from care.people.enrol import revoke_treatment_consents
from notifications.models.device import Device, GatewayThrottle
from notifications.models.reminder import Recipient, Reminder
from notifications.push import local as push_local
from notifications.push.devices import end_device
from notifications.push.gateway import InboxGateway, PushMessage, PushResult, SendOutcome
from notifications.reminders.edit import create_reminder, delete_reminder
from notifications.reminders.follow import follow_session, follow_time_zone, sweep_sessions
from notifications.reminders.receipts import pause
from tests import cast as people
from tests.cast import Cast
from tests.notifications.reminder_scenario import (
    MORNING,
    FakePush,
    answering,
    drain,
    phone,
    planned,
    told,
)

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
AFTERNOON = MORNING + 6 * HOUR


@pytest.fixture
def session(cast: Cast) -> TreatmentSession:
    """Let maya have a session in the afternoon, and a phone that has planned a week."""
    made = people.session(cast.dr_okafor, starts_at=AFTERNOON, with_patient=cast.maya)
    phone(cast.maya, covered_until=MORNING + WEEK)
    return made


def move(session: TreatmentSession, *, at: datetime = MORNING) -> None:
    starts_at = session.starts_at + HOUR
    TreatmentSession.objects.filter(pk=session.pk).update(
        starts_at=starts_at, ends_at=starts_at + HOUR
    )
    follow_session(session_id=session.pk, now=at)


def test_a_moved_session_is_told_without_a_word(session: TreatmentSession) -> None:
    push = FakePush()
    move(session)

    drain(MORNING, push)
    drain(MORNING + HOUR, push)

    [sent] = push.sent
    assert (sent.kind, sent.sentence, sent.address) == ("refresh", "", "address of maya")
    assert sent.not_after == MORNING + timedelta(hours=24)


def test_a_cancelled_and_a_planned_session_are_told(cast: Cast, session: TreatmentSession) -> None:
    push = FakePush()
    TreatmentSession.objects.filter(pk=session.pk).update(cancelled_at=MORNING)
    follow_session(session_id=session.pk, now=MORNING)
    drain(MORNING, push)

    made = people.session(cast.dr_okafor, starts_at=AFTERNOON, with_patient=cast.maya)
    follow_session(session_id=made.pk, now=MORNING + HOUR)
    drain(MORNING + HOUR, push)

    assert [message.kind for message in push.sent] == ["refresh", "refresh"]


def test_a_session_of_a_group_is_told_to_each_member_alone(cast: Cast) -> None:
    push = FakePush()
    group = people.group(cast.dr_lind, cast.maya)
    phone(cast.maya, covered_until=MORNING + WEEK)
    phone(cast.noah, covered_until=MORNING + WEEK)
    made = people.session(cast.dr_lind, starts_at=AFTERNOON, with_group=group, kind="group")

    follow_session(session_id=made.pk, now=MORNING)
    drain(MORNING, push)

    assert [message.address for message in push.sent] == ["address of maya"]


def test_a_burst_of_changes_is_one_push_and_another_after_five_minutes(
    session: TreatmentSession,
) -> None:
    push = FakePush()
    for second in range(5):
        move(session, at=MORNING + second * SECOND)
    drain(MORNING + 5 * SECOND, push)
    for second in range(10, 200, 10):
        move(session, at=MORNING + second * SECOND)
        drain(MORNING + second * SECOND, push)
    assert len(push.sent) == 1

    drain(MORNING + 5 * MINUTE + 5 * SECOND, push)
    drain(MORNING + 3 * HOUR, push)

    assert len(push.sent) == 2


def test_a_change_while_it_is_being_sent_is_told_by_another(session: TreatmentSession) -> None:
    push = FakePush()

    def meanwhile(message: PushMessage) -> PushResult:
        move(session, at=MORNING + SECOND)
        return PushResult(message.occurrence, message.device, SendOutcome.SENT, "fcm")

    move(session)
    push.says = meanwhile
    drain(MORNING, push)
    push.says = None
    drain(MORNING + 4 * MINUTE, push)
    assert len(push.sent) == 1
    drain(MORNING + 5 * MINUTE, push)

    assert len(push.sent) == 2
    assert Device.objects.get().refresh_at is None


def test_only_phones_that_have_planned_something_are_told(cast: Cast) -> None:
    push = FakePush()
    session = people.session(cast.dr_okafor, starts_at=AFTERNOON, with_patient=cast.maya)
    phone(cast.maya, "plans nothing")
    phone(cast.maya, "planned until now", covered_until=MORNING)
    phone(cast.maya, "a browser", platform="web", covered_until=MORNING + WEEK)
    end_device(
        chart=people.own_chart(cast.maya), now=MORNING,
        device_id=phone(cast.maya, "removed", covered_until=MORNING + WEEK).pk,
    )  # fmt: skip

    move(session)
    drain(MORNING, push)

    assert push.sent == []


def test_it_counts_in_no_limit_and_takes_no_turn(cast: Cast, session: TreatmentSession) -> None:
    push = FakePush()
    planned(cast.maya, "08:30")
    move(session)
    drain(MORNING, push)
    assert not Recipient.objects.filter(last_message_at__isnull=False).exists()
    assert told() == []

    drain(MORNING + 30 * MINUTE, push)

    assert [message.kind for message in push.sent] == ["refresh", "checkin"]


def test_somebody_who_took_consent_back_gets_none(cast: Cast, session: TreatmentSession) -> None:
    push = FakePush()
    move(session)
    revoke_treatment_consents(patient_id=cast.maya.pk, now=MORNING)

    drain(MORNING + MINUTE, push)

    assert push.sent == []
    assert Device.objects.get().refresh_at is None


def test_a_503_is_tried_again_with_growing_pauses(session: TreatmentSession) -> None:
    push = FakePush()
    push.says = answering(SendOutcome.FAULTED, code="status_503")
    move(session)

    for second in range(29):
        drain(MORNING + second * SECOND, push)
    assert len(push.sent) == 2
    push.says = None
    drain(MORNING + 31 * SECOND, push)

    assert len(push.sent) == 3
    assert Device.objects.get().refresh_at is None


def test_silence_of_the_gateway_is_tried_once_more(session: TreatmentSession) -> None:
    push = FakePush()
    push.says = answering(SendOutcome.AMBIGUOUS, code="timeout")
    move(session)

    for second in range(0, 600, 5):
        drain(MORNING + second * SECOND, push)

    assert len(push.sent) == 2


def test_it_waits_at_a_shut_gate(session: TreatmentSession) -> None:
    push = FakePush()
    GatewayThrottle.objects.create(
        name="fcm", blocked_until=MORNING + MINUTE, reason="quota_exceeded"
    )
    move(session)

    drain(MORNING, push)
    assert push.sent == []
    drain(MORNING + MINUTE, push)

    assert len(push.sent) == 1
    assert GatewayThrottle.objects.get().blocked_until is None


def test_a_dead_address_ends_its_device(session: TreatmentSession) -> None:
    push = FakePush()
    push.says = answering(SendOutcome.DEAD_ADDRESS, code="unregistered")
    move(session)

    drain(MORNING, push)

    assert Device.objects.get().ended_reason == "unregistered"


def test_a_phone_that_was_off_for_a_day_is_told_no_more(session: TreatmentSession) -> None:
    push = FakePush()
    move(session)

    drain(MORNING + timedelta(hours=25), push)

    assert [message.kind for message in push.sent] == []


def test_who_dies_while_sending_lets_it_be_sent_again(session: TreatmentSession) -> None:
    class Dies(FakePush):
        def send(self, messages: object, *, now: datetime) -> list[PushResult]:
            raise SystemExit

    push = FakePush()
    move(session)
    with pytest.raises(SystemExit):
        drain(MORNING, Dies())
    drain(MORNING + 119 * SECOND, push)
    assert push.sent == []

    drain(MORNING + 121 * SECOND, push)

    assert len(push.sent) == 1


def test_where_nothing_is_pushed_nothing_is_told(session: TreatmentSession) -> None:
    move(session)

    assert drain(MORNING, InboxGateway()) == {}


def test_an_edit_on_one_phone_is_told_to_the_other(cast: Cast) -> None:
    push = FakePush()
    mine, other = (
        start_device_session(user=cast.maya, device_name=name, now=MORNING)
        for name in ("mine", "other")
    )
    for session in (mine, other):
        device = phone(cast.maya, session.device_name, covered_until=MORNING + WEEK)
        Device.objects.filter(pk=device.pk).update(device_session=session)
    cast.maya.device_session_id = mine.pk  # as the request of that phone does
    chart = open_own_chart(
        viewer=cast.maya, what=DataCategory.REMINDERS, now=MORNING, to_write=True
    )

    reminder, _ = create_reminder(
        chart=chart, reminder_id=new_id(), sent={"purpose": "session"}, now=MORNING
    )
    drain(MORNING, push)
    delete_reminder(chart=chart, reminder_id=reminder.id, rev=1, now=MORNING + HOUR)
    drain(MORNING + HOUR, push)

    assert [message.address for message in push.sent] == ["other", "other"]


def test_a_pause_and_a_zone_are_told(cast: Cast, session: TreatmentSession) -> None:
    push, chart = FakePush(), people.own_chart(cast.maya)
    pause(chart=chart, until=MORNING + 5 * HOUR, now=MORNING)
    drain(MORNING, push)

    follow_time_zone(patient_id=cast.maya.pk, now=MORNING + HOUR)
    drain(MORNING + HOUR, push)

    assert len(push.sent) == 2


def test_the_sweep_tells_only_of_what_moved(cast: Cast, session: TreatmentSession) -> None:
    push = FakePush()
    create_reminder(
        chart=people.own_chart(cast.maya), reminder_id=new_id(), sent={"purpose": "session"},
        now=MORNING,
    )  # fmt: skip
    Device.objects.update(refresh_at=None)
    sweep_sessions(now=MORNING)
    drain(MORNING, push)
    assert push.sent == []
    TreatmentSession.objects.filter(pk=session.pk).update(starts_at=AFTERNOON + HOUR / 2)

    sweep_sessions(now=MORNING)
    drain(MORNING, push)

    assert len(push.sent) == 1


def test_a_fault_of_it_fails_no_save_of_staff(
    session: TreatmentSession, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_reminder(
        chart=people.own_chart(cast.maya), reminder_id=new_id(), sent={"purpose": "session"},
        now=MORNING,
    )  # fmt: skip

    def broken(**_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")

    monkeypatch.setattr(push_local, "request_refresh", broken)

    move(session)

    assert Reminder.objects.get().next_due_at == AFTERNOON
    with pytest.raises(DatabaseError):
        broken()


def test_an_idle_tick_is_one_statement_still(session: TreatmentSession) -> None:
    with CaptureQueriesContext(connection) as asked:
        drain(MORNING, FakePush())

    assert len(asked) == 1
