"""What every answer of a gateway leads to: a state, a bounded number of tries, never silence."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.db.models import Min

from notifications.models.device import Device, GatewayThrottle
from notifications.models.occurrence import Occurrence
from notifications.push.gateway import PushMessage, PushResult, SendOutcome
from tests.cast import Cast
from tests.notifications.reminder_scenario import (
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
HOUR = timedelta(hours=1)


@pytest.fixture
def push(cast: Cast) -> FakePush:
    """Give maya a phone and a check-in at 08:30, and a push to watch."""
    phone(cast.maya, "first")
    planned(cast.maya)
    return FakePush()


def test_a_doubtful_answer_is_sent_again_once_and_not_before_ten_seconds(push: FakePush) -> None:
    push.says = answering(SendOutcome.AMBIGUOUS, code="timeout")

    drain(DUE, push)
    drain(DUE + 9 * SECOND, push)
    assert len(push.sent) == 1
    drain(DUE + 15 * SECOND, push)
    drain(DUE + timedelta(minutes=30), push)

    assert len(push.sent) == 2
    assert push.sent[0].tag == push.sent[1].tag
    assert told() == [("unknown", "timeout")]
    assert only().ambiguous_count == 2


def test_a_doubt_that_clears_up_ends_as_sent(push: FakePush) -> None:
    push.says = answering(SendOutcome.AMBIGUOUS, code="dropped")
    drain(DUE, push)
    push.says = None

    drain(DUE + 15 * SECOND, push)

    assert told() == [("sent", "fcm")]


@pytest.mark.parametrize(
    ("outcome", "code"),
    [(SendOutcome.FAULTED, "status_503"), (SendOutcome.NOT_SENT, "no_connection")],
    ids=["an answer that it can't now", "no connection"],
)
def test_what_certainly_did_not_leave_is_tried_with_growing_pauses(
    push: FakePush, outcome: SendOutcome, code: str
) -> None:
    push.says = answering(outcome, code=code)

    gaps = pauses(push, until=DUE + HOUR + 10 * SECOND)

    bounds = [(10, 13), (20, 25), (40, 49), (80, 97), (160, 193), (320, 385), (640, 769)]
    assert all(least <= gap <= most for gap, (least, most) in zip(gaps, bounds, strict=False)), gaps
    # The pause that would have outlasted the window was cut: the last tries are within it.
    assert HOUR - 16 * SECOND <= sum(gaps) * SECOND < HOUR
    assert min(gaps) >= 10
    # Five in a row have shut the gate, behind which it waited at the end.
    assert told() == [("expired", "gate_shut")]
    assert GatewayThrottle.objects.get().reason == code
    assert only().ambiguous_count == 0


def test_two_answers_of_503_cost_no_reminder(push: FakePush) -> None:
    push.says = answering(SendOutcome.FAULTED, code="status_503")
    drain(DUE, push)
    drain(DUE + 13 * SECOND, push)
    push.says = None

    drain(DUE + 40 * SECOND, push)

    assert told() == [("sent", "fcm")]


def test_a_503_says_when_it_may_be_tried_again(push: FakePush) -> None:
    push.says = answering(SendOutcome.FAULTED, code="status_503", retry_after=300)

    gaps = pauses(push, until=DUE + timedelta(minutes=12))

    assert all(300 <= gap <= 361 for gap in gaps)
    assert len(gaps) == 2


def test_a_doubt_stands_whatever_is_answered_afterwards(push: FakePush) -> None:
    says = [
        SendOutcome.AMBIGUOUS,
        SendOutcome.FAULTED,
        SendOutcome.FAULTED,
        SendOutcome.AMBIGUOUS,
        SendOutcome.SENT,
    ]
    push.says = lambda message: PushResult(message.occurrence, message.device, says.pop(0), "code")

    pauses(push, until=DUE + HOUR)

    assert says == [SendOutcome.SENT]
    assert told() == [("unknown", "code")]


def test_a_window_that_ends_while_nobody_works_keeps_its_doubt(push: FakePush) -> None:
    push.says = answering(SendOutcome.AMBIGUOUS, code="timeout")
    drain(DUE, push)

    drain(DUE + 2 * HOUR, push)

    assert told() == [("unknown", "expired")]


def pauses(push: FakePush, *, until: datetime) -> list[float]:
    """Look whenever something wakes until then; return the seconds from each post to the next."""
    at: datetime | None = DUE
    posts = []
    while at is not None and at < until:
        tries = len(push.sent)
        drain(at, push)
        posts += [at] * (len(push.sent) - tries)
        at = Occurrence.objects.aggregate(at=Min("next_attempt_at"))["at"]
    return [(after - before).total_seconds() for before, after in pairwise(posts)]


def test_a_retry_that_would_come_too_late_expires(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya, expires_minutes=1)
    push.says = answering(SendOutcome.NOT_SENT, code="no_connection")

    drain(DUE + 55 * SECOND, push)

    assert told() == [("expired", "no_connection")]


def test_a_dead_address_ends_that_device_and_nothing_else(cast: Cast, push: FakePush) -> None:
    other = phone(cast.maya, "second")
    push.says = lambda message: PushResult(
        message.occurrence, message.device,
        SendOutcome.DEAD_ADDRESS if message.address == "first" else SendOutcome.SENT,
        "unregistered",
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
    push.says = answering(SendOutcome.DEAD_ADDRESS, code="unregistered")
    drain(DUE, push)
    push.says = None
    phone(cast.maya, "fresh", at=DUE)

    drain(DUE + timedelta(days=1), push)

    assert told() == [("dead_device", "unregistered"), ("sent", "fcm")]


def test_a_refused_message_fails_and_keeps_the_device(push: FakePush) -> None:
    push.says = answering(SendOutcome.REFUSED, code="status_400")

    drain(DUE, push)
    drain(DUE + timedelta(minutes=30), push)

    assert len(push.sent) == 1
    assert told() == [("failed", "status_400")]
    assert Device.objects.get().ended_at is None


def test_a_shut_gate_holds_all_back_as_long_as_was_asked(cast: Cast, push: FakePush) -> None:
    phone(cast.noah)
    planned(cast.noah, "08:31")
    push.says = answering(
        SendOutcome.BACK_OFF, code="quota_exceeded", retry_after=120, throttle="fcm"
    )
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
    GatewayThrottle.objects.create(
        name="fcm:ios", blocked_until=DUE + timedelta(minutes=5), reason="apns"
    )

    drain(DUE, push)

    assert [message.platform for message in push.sent] == ["android"]
    assert Occurrence.objects.get(patient_id=cast.noah.pk).reason == "gate_shut"


def test_a_shorter_pause_does_not_open_a_gate_early(push: FakePush, cast: Cast) -> None:
    far = DUE + timedelta(minutes=9)
    phone(cast.noah)
    planned(cast.noah)

    def shut(message: PushMessage) -> PushResult:
        long = message.address == "first"
        return PushResult(message.occurrence, message.device, SendOutcome.BACK_OFF,
        "quota_exceeded",
                      retry_after=540 if long else 10, throttle="fcm")  # fmt: skip

    push.says = shut
    drain(DUE, push)

    assert GatewayThrottle.objects.get().blocked_until == far


def test_of_two_devices_only_the_one_in_doubt_is_tried_again(cast: Cast, push: FakePush) -> None:
    phone(cast.maya, "second")
    push.says = lambda message: PushResult(
        message.occurrence, message.device,
        SendOutcome.SENT if message.address == "first" else SendOutcome.AMBIGUOUS, "dropped",
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
    planned(cast.noah)
    phone(cast.noah, covered_until=DUE + timedelta(hours=1))

    drain(DUE, push)
    drain(DUE + timedelta(days=1), push)

    assert [told()[0], len(push.sent)] == [("skipped", "on_phone"), 1]
