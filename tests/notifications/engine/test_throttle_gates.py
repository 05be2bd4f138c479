"""The brakes that all workers share: shut for everybody, opened by one message that passes."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db.models import Min

from notifications.engine.claim import claim_due
from notifications.engine.send import send_batch
from notifications.models.device import GatewayThrottle
from notifications.models.occurrence import Occurrence
from notifications.push.gateway import PushMessage, PushResult, SendOutcome
from tests import cast as people
from tests.cast import Cast
from tests.notifications.reminder_scenario import (
    DUE,
    FakePush,
    answering,
    drain,
    phone,
    planned,
    told,
)

SECOND = timedelta(seconds=1)
REFUSED = answering(SendOutcome.BACK_OFF, code="quota_exceeded", retry_after=60, throttle="fcm")


@pytest.fixture
def push(cast: Cast) -> FakePush:
    """Give ten patients a phone and a check-in at 08:30, and a push to watch."""
    for number in range(10):
        user = people.patient(
            cast.clinic, f"p{number}", f"P{number}", treated_by=cast.dr_lind, since=people.LONG_AGO
        )
        phone(user)
        planned(user)
    return FakePush()


def shut_at(at: datetime, *, name: str = "fcm", seconds: int = 60) -> None:
    GatewayThrottle.objects.create(
        name=name, blocked_until=at + seconds * SECOND, reason="quota_exceeded"
    )


def states() -> set[tuple[str, str]]:
    return set(told())


def test_nobody_sends_while_it_is_shut_and_it_counts_as_no_try(push: FakePush) -> None:
    shut_at(DUE)

    drain(DUE, push)
    drain(DUE + 59 * SECOND, push)

    assert push.sent == []
    assert states() == {("pending", "gate_shut")}
    assert set(Occurrence.objects.values_list("attempts", flat=True)) == {0}


def test_one_message_goes_first_and_opens_it_for_all(push: FakePush) -> None:
    shut_at(DUE)
    drain(DUE, push)

    drain(DUE + 60 * SECOND, push)
    assert len(push.sent) == 1
    drain(DUE + 63 * SECOND, push)

    assert len(push.sent) == 10
    assert states() == {("sent", "fcm")}
    assert GatewayThrottle.objects.get().blocked_until is None


def test_of_many_workers_one_sends_the_one_message(push: FakePush) -> None:
    shut_at(DUE, seconds=0)
    batches = [claim_due(now=DUE, limit=2) for _ in range(5)]

    push.says = answering(SendOutcome.AMBIGUOUS, code="timeout")
    for batch in batches:
        send_batch(batch=batch, gateway=push, clock=lambda: DUE)

    assert len(push.sent) == 1


def test_a_probe_that_is_refused_shuts_it_for_as_long_as_it_says(push: FakePush) -> None:
    shut_at(DUE, seconds=0)
    push.says = answering(
        SendOutcome.BACK_OFF, code="quota_exceeded", retry_after=17, throttle="fcm"
    )

    drain(DUE, push)

    assert GatewayThrottle.objects.get().blocked_until == DUE + 17 * SECOND
    drain(DUE + 16 * SECOND, push)
    assert len(push.sent) == 1


def test_in_a_long_storm_there_is_one_message_per_pause_and_each_is_another(
    push: FakePush,
) -> None:
    shut_at(DUE, seconds=0)
    push.says = REFUSED

    for second in range(0, 600, 5):
        drain(DUE + second * SECOND, push)

    assert len(push.sent) == 10  # ten minutes, one a minute
    assert len({message.occurrence for message in push.sent}) == len(push.sent)


@pytest.mark.parametrize("outcome", [SendOutcome.AMBIGUOUS, SendOutcome.NOT_SENT])
def test_a_probe_in_doubt_opens_nothing(push: FakePush, outcome: SendOutcome) -> None:
    shut_at(DUE, seconds=0)
    push.says = answering(outcome, code="timeout")

    drain(DUE, push)
    drain(DUE + 29 * SECOND, push)

    assert len(push.sent) == 1


@pytest.mark.parametrize("outcome", [SendOutcome.DEAD_ADDRESS, SendOutcome.REFUSED])
def test_an_answer_about_one_message_opens_it(push: FakePush, outcome: SendOutcome) -> None:
    shut_at(DUE, seconds=0)
    push.says = answering(outcome, code="x")

    drain(DUE, push)

    assert GatewayThrottle.objects.get().blocked_until is None


def test_faults_in_a_row_shut_it_for_everybody_until_a_probe_passes(push: FakePush) -> None:
    push.says = answering(SendOutcome.FAULTED, code="status_503")
    drain(DUE, push)
    drain(DUE + 14 * SECOND, push)
    assert len(push.sent) == 10

    look_on(push, until=DUE + 600 * SECOND)
    probes = len(push.sent) - 10
    push.says = None
    look_on(push, until=DUE + 1500 * SECOND)

    assert 30 <= probes <= 39  # one each fifteen seconds, if one is awake then
    assert len(push.sent) == 10 + probes + 10
    assert states() == {("sent", "fcm")}
    throttle = GatewayThrottle.objects.get()
    assert (throttle.blocked_until, throttle.consecutive_faults) == (None, 0)


def test_a_probe_that_faults_shuts_it_for_as_long_as_it_says(push: FakePush) -> None:
    push.says = answering(SendOutcome.FAULTED, code="status_503", retry_after=90)

    drain(DUE, push)
    drain(DUE + 89 * SECOND, push)
    assert len(push.sent) == 10
    drain(DUE + 110 * SECOND, push)
    drain(DUE + 199 * SECOND, push)
    assert len(push.sent) == 11
    drain(DUE + 202 * SECOND, push)

    assert len(push.sent) == 12


@pytest.mark.parametrize("outcome", [SendOutcome.AMBIGUOUS, SendOutcome.NOT_SENT])
def test_silence_in_a_row_shuts_it_as_well(push: FakePush, outcome: SendOutcome) -> None:
    push.says = answering(outcome, code="x")
    drain(DUE, push)

    drain(DUE + 12 * SECOND, push)

    assert len(push.sent) == 10
    assert GatewayThrottle.objects.get().blocked_until == DUE + 15 * SECOND


def test_a_success_between_them_begins_the_count_anew(push: FakePush) -> None:
    turns = iter("ffffsffff" + "s")
    push.says = lambda message: PushResult(
        message.occurrence, message.device,
        SendOutcome.FAULTED if next(turns) == "f" else SendOutcome.SENT, "x",
    )  # fmt: skip

    drain(DUE, push)

    throttle = GatewayThrottle.objects.get_or_create(name="fcm")[0]
    assert (throttle.blocked_until, throttle.consecutive_faults) == (None, 0)


def test_faults_are_counted_from_one_worker_and_minute_to_the_next(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya)
    push.says = answering(SendOutcome.FAULTED, code="status_500")

    drain(DUE, push)
    look_on(push, until=DUE + 130 * SECOND)
    assert GatewayThrottle.objects.get().consecutive_faults == 4
    look_on(push, until=DUE + 200 * SECOND)

    throttle = GatewayThrottle.objects.get()
    assert (throttle.consecutive_faults, throttle.reason) == (5, "status_500")
    assert throttle.blocked_until is not None


def test_a_refused_token_is_no_fault_of_the_way(push: FakePush) -> None:
    push.says = answering(SendOutcome.NOT_SENT, code="unauthenticated")

    drain(DUE, push)

    assert not GatewayThrottle.objects.exists()


def look_on(push: FakePush, *, until: datetime) -> None:
    """Look whenever something wakes until then."""
    while (at := Occurrence.objects.aggregate(at=Min("next_attempt_at"))["at"]) and at < until:
        drain(at, push)


def test_a_prober_that_dies_is_followed_by_another(push: FakePush) -> None:
    shut_at(DUE, seconds=0)

    class Dies(FakePush):
        def send(self, messages: object, *, now: datetime) -> list[PushResult]:
            raise SystemExit

    with pytest.raises(SystemExit):
        send_batch(batch=claim_due(now=DUE, limit=5), gateway=Dies(), clock=lambda: DUE)
    drain(DUE + 29 * SECOND, push)
    assert push.sent == []
    drain(DUE + 31 * SECOND, push)

    assert len(push.sent) == 1


def test_a_late_success_of_before_does_not_open_it(push: FakePush) -> None:
    batch = claim_due(now=DUE, limit=5)

    def shut_meanwhile(message: PushMessage) -> PushResult:
        GatewayThrottle.objects.get_or_create(
            name="fcm", defaults={"blocked_until": DUE + 60 * SECOND, "reason": "quota_exceeded"}
        )
        return PushResult(message.occurrence, message.device, SendOutcome.SENT, "fcm")

    push.says = shut_meanwhile
    send_batch(batch=batch, gateway=push, clock=lambda: DUE)

    assert GatewayThrottle.objects.get().blocked_until == DUE + 60 * SECOND


def of_ios(says: SendOutcome) -> Callable[[PushMessage], PushResult]:
    def answer(message: PushMessage) -> PushResult:
        if message.platform == "ios":
            return PushResult(message.occurrence, message.device, says, "third_party_auth",
                          300, "fcm:ios")  # fmt: skip
        return PushResult(message.occurrence, message.device, SendOutcome.SENT, "fcm")

    return answer


def test_a_patient_with_two_phones_gets_it_where_the_way_is_open(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya, "an android")
    phone(cast.maya, "an iphone", platform="ios")
    planned(cast.maya)
    push.says = of_ios(SendOutcome.BACK_OFF)
    drain(DUE, push)
    push.says = None

    drain(DUE + 299 * SECOND, push)
    assert [message.address for message in push.sent] == ["an android", "an iphone"]
    drain(DUE + 400 * SECOND, push)

    assert [message.address for message in push.sent][2:] == ["an iphone"]
    assert told() == [("sent", "fcm")]


def test_what_a_gate_keeps_beyond_its_window_expires(push: FakePush) -> None:
    shut_at(DUE, seconds=3600)

    drain(DUE, push)

    assert states() == {("expired", "gate_shut")}
