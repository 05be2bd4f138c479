"""One poisoned row, message or gateway holds up no other."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from notifications.engine import select as engine_select
from notifications.engine import send as engine_send
from notifications.engine.claim import begin_attempts, claim_due, lease_duration
from notifications.engine.select import address_messages
from notifications.engine.send import send_batch
from notifications.engine.step import Leased
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.push.gateway import PushMessage, PushResult, SendOutcome
from tests import cast as people
from tests.cast import Cast
from tests.notifications.reminder_scenario import DUE, FakePush, drain, phone, planned, told


@pytest.fixture
def crowd(cast: Cast) -> list[Reminder]:
    """Give six patients a phone and a check-in at 08:30."""
    reminders = []
    for number in range(6):
        user = people.patient(
            cast.clinic, f"p{number}", f"P{number}", treated_by=cast.dr_lind, since=people.LONG_AGO
        )
        phone(user)
        reminders.append(planned(user))
    return reminders


def test_a_series_that_cannot_be_reckoned_stops_and_the_others_go_on(
    crowd: list[Reminder],
) -> None:
    push = FakePush()
    Reminder.objects.filter(pk=crowd[2].pk).update(minutes=["not a minute"])

    drain(DUE, push)

    assert len(push.sent) == 5
    assert sorted(told()) == [("failed", "fault")] + [("sent", "fcm")] * 5
    broken = Reminder.objects.get(pk=crowd[2].pk)
    assert (broken.next_due_at, broken.active) == (None, True)


def test_a_message_that_cannot_be_prepared_fails_alone(
    crowd: list[Reminder], monkeypatch: pytest.MonkeyPatch
) -> None:
    push, poison = FakePush(), crowd[3].pk

    def strict(items: Sequence[Leased], **more: Any) -> Any:
        if any(item.reminder == poison for item in items):
            raise KeyError("canary")
        return address_messages(items, **more)

    monkeypatch.setattr(engine_select, "address_messages", strict)

    drain(DUE, push)

    assert len(push.sent) == 5
    assert sorted(told()) == [("failed", "fault")] + [("sent", "fcm")] * 5


def test_a_gateway_that_breaks_off_leaves_the_rest_in_doubt(crowd: list[Reminder]) -> None:
    class Breaks(FakePush):
        def send(self, messages: Sequence[PushMessage], *, now: datetime) -> Any:
            return self.some(messages)

        def some(self, messages: Sequence[PushMessage]) -> Iterator[PushResult]:
            for message in messages[:4]:
                yield PushResult(message.occurrence, message.device, SendOutcome.SENT, "fcm")
            raise RuntimeError("canary")

    drain(DUE, Breaks())

    assert sorted(told()) == [("pending", "no_result")] * 2 + [("sent", "fcm")] * 4
    push = FakePush()
    drain(DUE + timedelta(seconds=15), push)
    assert len(push.sent) == 2


def test_what_kills_whoever_begins_it_is_begun_alone_and_last(crowd: list[Reminder]) -> None:
    """A row on which the process itself dies: no exception tells of it."""

    class Deadly(FakePush):
        def send(self, messages: Sequence[PushMessage], *, now: datetime) -> list[PushResult]:
            if any(message.occurrence == poison for message in messages):
                raise SystemExit
            return super().send(messages, now=now)

    push = Deadly()
    poison = claim_due(now=DUE).leased[2].id
    at = DUE + lease_duration()
    for _ in range(12):
        try:
            drain(at, push)
        except SystemExit:
            at += lease_duration()

    found = dict(Occurrence.objects.values_list("id", "state"))
    assert found.pop(poison) == "unknown"
    assert set(found.values()) == {"sent"}


def test_results_are_written_in_small_lots(
    crowd: list[Reminder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_send, "FLUSH_SIZE", 2)
    monkeypatch.setattr(engine_send, "FLUSH_SECONDS", 3600.0)  # however slow the machine is
    written: list[int] = []

    class Watched(FakePush):
        def send(self, messages: Sequence[PushMessage], *, now: datetime) -> Any:
            for result in super().send(messages, now=now):
                yield result
                written.append(Occurrence.objects.filter(state="sent").count())

    send_batch(batch=claim_due(now=DUE), gateway=Watched(), clock=lambda: DUE)

    assert written == [0, 2, 2, 4, 4, 6]


def test_a_slow_gateway_does_not_keep_results_unwritten(
    crowd: list[Reminder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_send, "FLUSH_SECONDS", 0)
    written: list[int] = []

    class Watched(FakePush):
        def send(self, messages: Sequence[PushMessage], *, now: datetime) -> Any:
            for result in super().send(messages, now=now):
                yield result
                written.append(Occurrence.objects.filter(state="sent").count())

    send_batch(batch=claim_due(now=DUE), gateway=Watched(), clock=lambda: DUE)

    assert written == [1, 2, 3, 4, 5, 6]


def test_a_result_nobody_asked_for_is_ignored(crowd: list[Reminder]) -> None:
    class Chatty(FakePush):
        def send(self, messages: Sequence[PushMessage], *, now: datetime) -> list[PushResult]:
            found = super().send(messages, now=now)
            return [
                *found,
                *found,
                PushResult(found[0].occurrence, None, SendOutcome.DEAD_ADDRESS, "x"),
            ]

    batch = claim_due(now=DUE)
    begin_attempts(lease_id=batch.lease_id, items=[], now=DUE)

    assert send_batch(batch=batch, gateway=Chatty(), clock=lambda: DUE) == {"sent": 6}
