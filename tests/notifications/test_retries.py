"""What every answer of a gateway leads to: a state, a bounded number of tries, never silence."""

from datetime import timedelta

import pytest

from notifications.gateways import Message, Outcome, Result
from notifications.models import Device, Gate, Occurrence
from tests.cast import Cast
from tests.notifications.scene import (
    DUE,
    FakePush,
    answering,
    drain,
    only,
    phone,
    planned,
    told,
)

SECOND = timedelta(seconds=1)


@pytest.fixture
def push(cast: Cast) -> FakePush:
    """Give maya a phone and a check-in at 08:30, and a push to watch."""
    phone(cast.maya, "first")
    planned(cast.maya)
    return FakePush()


def test_a_doubtful_answer_is_sent_again_once_and_not_before_ten_seconds(push: FakePush) -> None:
    push.says = answering(Outcome.DOUBTFUL, code="timeout")

    drain(DUE, push)
    drain(DUE + 9 * SECOND, push)
    assert len(push.sent) == 1
    drain(DUE + 15 * SECOND, push)
    drain(DUE + timedelta(minutes=30), push)

    assert len(push.sent) == 2
    assert push.sent[0].tag == push.sent[1].tag
    assert told() == [("unknown", "timeout")]
    assert only().doubts == 2


def test_a_doubt_that_clears_up_ends_as_sent(push: FakePush) -> None:
    push.says = answering(Outcome.DOUBTFUL, code="status_503")
    drain(DUE, push)
    push.says = None

    drain(DUE + 15 * SECOND, push)

    assert told() == [("sent", "fcm")]


def test_what_certainly_did_not_leave_is_tried_with_growing_pauses(push: FakePush) -> None:
    push.says = answering(Outcome.NOT_SENT, code="no_connection")
    gaps = []
    at, before = DUE, DUE

    while only_or_none() is None or only().state == "pending":
        tries = len(push.sent)
        drain(at, push)
        if len(push.sent) > tries:
            gaps.append((at - before).total_seconds())
            before = at
        at += SECOND

    assert [10 <= gaps[1] <= 13, 20 <= gaps[2] <= 25, 40 <= gaps[3] <= 49, 80 <= gaps[4] <= 97] == [
        True
    ] * 4
    assert told() == [("failed", "no_connection")]
    assert only().attempts == 5


def only_or_none() -> Occurrence | None:
    return Occurrence.objects.first()


def test_a_retry_that_would_come_too_late_expires(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya, expires_minutes=1)
    push.says = answering(Outcome.NOT_SENT, code="no_connection")

    drain(DUE + 55 * SECOND, push)

    assert told() == [("expired", "no_connection")]


def test_a_dead_address_ends_that_device_and_nothing_else(cast: Cast, push: FakePush) -> None:
    other = phone(cast.maya, "second")
    push.says = lambda message: Result(
        message.occurrence, message.device,
        Outcome.DEAD if message.address == "first" else Outcome.SENT, "unregistered",
    )  # fmt: skip

    drain(DUE, push)
    drain(DUE + timedelta(days=1), push)

    assert [message.address for message in push.sent] == ["first", "second", "second"]
    assert Device.objects.get(ended_at__isnull=True).pk == other.pk
    assert Device.objects.get(ended_at__isnull=False).ended_reason == "unregistered"
    assert {state for state, _ in told()} == {"sent"}


def test_when_the_only_device_is_dead_a_new_registration_resumes(
    cast: Cast, push: FakePush
) -> None:
    push.says = answering(Outcome.DEAD, code="unregistered")
    drain(DUE, push)
    push.says = None
    phone(cast.maya, "fresh", at=DUE)

    drain(DUE + timedelta(days=1), push)

    assert told() == [("dead_device", "unregistered"), ("sent", "fcm")]


def test_a_refused_message_fails_and_keeps_the_device(push: FakePush) -> None:
    push.says = answering(Outcome.REFUSED, code="status_400")

    drain(DUE, push)
    drain(DUE + timedelta(minutes=30), push)

    assert len(push.sent) == 1
    assert told() == [("failed", "status_400")]
    assert Device.objects.get().ended_at is None


def test_a_shut_gate_holds_all_back_as_long_as_was_asked(cast: Cast, push: FakePush) -> None:
    phone(cast.noah)
    planned(cast.noah, "08:31")
    push.says = answering(Outcome.SHUT, code="quota_exceeded", retry_after=120, gate="fcm")
    drain(DUE, push)
    push.says = None

    drain(DUE + 60 * SECOND, push)
    drain(DUE + 119 * SECOND, push)
    assert len(push.sent) == 1
    drain(DUE + 150 * SECOND, push)
    assert len(push.sent) == 2  # one to see whether it is open again
    drain(DUE + 153 * SECOND, push)

    assert len(push.sent) == 3
    assert {state for state, _ in told()} == {"sent"}


def test_a_gate_of_one_platform_leaves_the_others_open(cast: Cast, push: FakePush) -> None:
    phone(cast.noah, platform="ios")
    planned(cast.noah)
    Gate.objects.create(name="fcm:ios", shut_until=DUE + timedelta(minutes=5), reason="apns")

    drain(DUE, push)

    assert [message.platform for message in push.sent] == ["android"]
    assert Occurrence.objects.get(patient_id=cast.noah.pk).reason == "gate_shut"


def test_a_shorter_pause_does_not_open_a_gate_early(push: FakePush, cast: Cast) -> None:
    far = DUE + timedelta(minutes=9)
    phone(cast.noah)
    planned(cast.noah)

    def shut(message: Message) -> Result:
        long = message.address == "first"
        return Result(message.occurrence, message.device, Outcome.SHUT, "quota_exceeded",
                      retry_after=540 if long else 10, gate="fcm")  # fmt: skip

    push.says = shut
    drain(DUE, push)

    assert Gate.objects.get().shut_until == far


def test_of_two_devices_only_the_one_in_doubt_is_tried_again(cast: Cast, push: FakePush) -> None:
    phone(cast.maya, "second")
    push.says = lambda message: Result(
        message.occurrence, message.device,
        Outcome.SENT if message.address == "first" else Outcome.DOUBTFUL, "dropped",
    )  # fmt: skip

    drain(DUE, push)
    drain(DUE + 20 * SECOND, push)

    assert [message.address for message in push.sent] == ["first", "second", "second"]
    assert told() == [("sent", "dropped")]
    assert only().sent_at == DUE


def test_without_a_phone_it_waits_in_the_inbox(cast: Cast) -> None:
    push = FakePush()
    planned(cast.noah)

    drain(DUE, push)

    assert push.sent == []
    assert told() == [("skipped", "no_device")]


def test_the_server_is_silent_for_what_the_phone_has_planned(cast: Cast) -> None:
    push = FakePush()
    phone(cast.noah, covered_until=DUE + timedelta(hours=1))
    planned(cast.noah)

    drain(DUE, push)
    drain(DUE + timedelta(days=1), push)

    assert [told()[0], len(push.sent)] == [("skipped", "on_phone"), 1]
