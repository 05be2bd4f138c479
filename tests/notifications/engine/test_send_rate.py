"""How fast all workers together may send: from nothing to the most within a minute."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from notifications.engine.claim import claim_due
from notifications.engine.send import send_batch
from notifications.engine.throttle import reserve, return_unused
from notifications.models.device import GatewayThrottle
from notifications.models.occurrence import Occurrence
from tests import cast as people
from tests.cast import Cast
from tests.notifications.reminder_scenario import DUE, FakePush, phone, planned

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
MOST = 600


@pytest.fixture(autouse=True)
def paced(settings: Settings) -> None:
    """Let the most be 600 a second."""
    settings.PUSH_PER_SECOND = MOST


def sent_by(seconds: int, *, workers: int = 1) -> list[int]:
    """Reserve as fast as allowed; count what may leave in each second."""
    counts = [0] * (seconds + 1)
    now = [DUE] * workers
    while min(now) < DUE + seconds * SECOND:
        turn = now.index(min(now))
        stretch = reserve(name="fcm", wanted=100, now=now[turn])
        now[turn] = max(stretch.starts_at, now[turn])
        place = int((stretch.starts_at - DUE).total_seconds())
        if place <= seconds:
            counts[place] += stretch.count
    return counts


@pytest.mark.parametrize("workers", [1, 4])
def test_the_pace_grows_to_the_most_within_a_minute_however_many_workers(workers: int) -> None:
    counts = sent_by(90, workers=workers)

    assert counts[0] <= MOST / 20
    assert counts[30] == pytest.approx(MOST / 2, rel=0.4)
    assert max(counts) <= MOST + 100
    assert sum(counts[:60]) == pytest.approx(MOST * 30, rel=0.1)
    assert sum(counts[65:85]) == pytest.approx(MOST * 20, rel=0.05)


def test_after_a_pause_it_grows_again() -> None:
    sent_by(90)
    later = DUE + timedelta(minutes=5)

    stretch = reserve(name="fcm", wanted=100, now=later)

    assert (stretch.count, stretch.starts_at) == (MOST / 60, later)


def test_a_short_pause_costs_as_much_as_it_lasted() -> None:
    sent_by(90)
    next_send_at = GatewayThrottle.objects.get().next_send_at
    assert next_send_at is not None

    stretch = reserve(name="fcm", wanted=1, now=next_send_at + 30 * SECOND)

    assert SECOND / stretch.each == pytest.approx(MOST / 2, rel=0.01)


def test_what_was_not_used_is_given_back() -> None:
    stretch = reserve(name="fcm", wanted=10, now=DUE)

    return_unused(stretch, name="fcm", sent=0)

    assert GatewayThrottle.objects.get().next_send_at == DUE


def test_without_a_pace_nothing_is_asked(
    settings: Settings, django_assert_num_queries: object
) -> None:
    settings.PUSH_PER_SECOND = 0

    with django_assert_num_queries(0):  # type: ignore[operator] # a fixture without a type
        stretch = reserve(name="fcm", wanted=100, now=DUE)

    assert (stretch.count, stretch.starts_at) == (100, DUE)


def crowd(cast: Cast, count: int) -> None:
    for number in range(count):
        user = people.patient(
            cast.clinic, f"p{number}", f"P{number}", treated_by=cast.dr_lind, since=people.LONG_AGO
        )
        phone(user)
        planned(user)


def test_a_worker_waits_for_its_stretch(cast: Cast, settings: Settings) -> None:
    settings.PUSH_PER_SECOND = 60
    crowd(cast, 4)
    clock, push = [DUE], FakePush()

    def wait(seconds: float) -> None:
        clock[0] += timedelta(seconds=seconds)

    send_batch(batch=claim_due(now=DUE), gateway=push, clock=lambda: clock[0], wait=wait)

    # One in the first second, and two in the one that follows.
    assert len(push.sent) == 4
    assert 1.5 <= (clock[0] - DUE).total_seconds() <= 3


def test_what_has_no_stretch_in_time_is_given_back_for_then(cast: Cast, settings: Settings) -> None:
    settings.PUSH_PER_SECOND = 0.1
    crowd(cast, 2)
    push = FakePush()

    send_batch(batch=claim_due(now=DUE), gateway=push, clock=lambda: DUE, seconds=20)

    assert len(push.sent) == 1
    waiting = Occurrence.objects.get(state="pending")
    assert waiting.attempts == 0
    assert waiting.next_attempt_at is not None
    assert waiting.next_attempt_at >= DUE + timedelta(seconds=20)


def test_silence_takes_no_room(cast: Cast) -> None:
    crowd(cast, 3)
    Occurrence.objects.all().delete()
    type(cast.maya.patient).objects.update(quiet_start="00:00", quiet_end="23:59")
    push = FakePush()

    send_batch(batch=claim_due(now=DUE), gateway=push, clock=lambda: DUE)

    assert push.sent == []
    assert not GatewayThrottle.objects.exists()


def test_a_turn_before_a_shut_gate_is_given_back(cast: Cast) -> None:
    crowd(cast, 3)
    GatewayThrottle.objects.create(name="fcm", blocked_until=DUE + timedelta(minutes=5))

    send_batch(batch=claim_due(now=DUE), gateway=FakePush(), clock=lambda: DUE)

    assert GatewayThrottle.objects.get().next_send_at == DUE


def test_facts_that_have_grown_old_in_waiting_are_asked_again(
    cast: Cast, settings: Settings
) -> None:
    settings.PUSH_PER_SECOND = 20
    crowd(cast, 2)
    clock, push = [DUE], FakePush()

    def wait(seconds: float) -> None:
        clock[0] += timedelta(seconds=seconds)
        type(cast.maya.patient).objects.update(quiet_start="00:00", quiet_end="23:59")

    send_batch(batch=claim_due(now=DUE), gateway=push, clock=lambda: clock[0], wait=wait)

    assert len(push.sent) == 1
    assert sorted(Occurrence.objects.values_list("state", "reason")) == [
        ("sent", "fcm"), ("skipped", "quiet_hours"),
    ]  # fmt: skip
