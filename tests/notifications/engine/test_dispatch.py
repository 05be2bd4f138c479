"""Claim, send, record: each occurrence once, in the right minute, at a fixed cost."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from backend.kit.db.claims import InsideTransaction
from care.people.enrol import revoke_treatment_consents
from notifications.engine.claim import (
    MOST_ATTEMPTS,
    begin_attempts,
    claim_due,
    lease_duration,
)
from notifications.engine.send import send_batch
from notifications.engine.tick import dispatch, is_anything_due
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.push.gateway import InboxGateway, PushMessage, PushResult
from notifications.reminders.receipts import record_answered
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

MINUTE = timedelta(minutes=1)
LEASE = lease_duration()


def test_nothing_leaves_before_its_minute(cast: Cast) -> None:
    planned(cast.maya)

    assert drain(DUE - timedelta(seconds=1)) == {}
    assert drain(DUE) == {"sent": 1}
    assert drain(DUE) == {}
    assert told() == [("sent", "inbox")]


def test_what_is_sent_stands_with_its_day_slot_and_window(cast: Cast) -> None:
    reminder = planned(cast.maya, expires_minutes=30)

    drain(DUE + MINUTE)

    found = only()
    assert (found.local_day.isoformat(), found.slot, found.due_at) == ("2026-03-02", 510, DUE)
    assert found.not_after == DUE + timedelta(minutes=30)
    assert (found.sent_at, found.next_attempt_at, found.attempts) == (DUE + MINUTE, None, 1)
    reminder.refresh_from_db()
    assert (reminder.last_day, reminder.last_slot) == (found.local_day, 510)


def test_a_reminder_over_its_limit_is_recorded_and_not_sent(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya, expires_minutes=60)

    drain(DUE + timedelta(minutes=60), push)

    assert push.sent == []
    assert told() == [("expired", "expired")]


def test_after_an_outage_there_is_one_message_at_most(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    for clock in ("00:30", "02:00", "04:00", "07:30", "07:45", "08:00"):
        planned(cast.maya, clock, expires_minutes=600, at=DUE - timedelta(hours=9))

    drain(DUE, push)

    assert len(push.sent) == 1
    assert push.sent[0].sentence == "You have a few things waiting."
    assert sorted(told()) == [("sent", "fcm")] + [("skipped", "bundled")] * 5


def test_after_days_down_the_series_jumps_once(cast: Cast) -> None:
    planned(cast.maya, "08:30", "20:00")

    drain(DUE + timedelta(days=30, minutes=5))

    assert told() == [("expired", "expired")]
    found = Reminder.objects.get()
    # Chicago has changed to summer time meanwhile.
    assert found.next_due_at == datetime(2026, 4, 2, 1, 0, tzinfo=UTC)


def test_reminders_of_one_minute_are_one_message_with_its_count(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya, "08:30")
    planned(cast.maya, "08:32", purpose="dose")

    drain(DUE + 3 * MINUTE, push)

    assert [message.sentence for message in push.sent] == ["You have a few things waiting."]
    assert sorted(told()) == [("sent", "fcm"), ("skipped", "bundled")]


def test_a_turn_taken_by_another_worker_is_seen(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya, "08:30")
    planned(cast.maya, "08:30", purpose="dose")
    first = claim_due(now=DUE, limit=1)
    second = claim_due(now=DUE, limit=1)

    send_batch(batch=second, gateway=push, clock=lambda: DUE)
    send_batch(batch=first, gateway=push, clock=lambda: DUE)

    assert len(push.sent) == 1


def test_a_nudge_comes_once_under_the_same_tag(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya, nudge=True, expires_minutes=120)

    for minutes in (0, 44, 45, 46, 90, 119):
        drain(DUE + minutes * MINUTE, push)

    assert [message.minute for message in push.sent] == [510, 510]
    assert len({message.tag for message in push.sent}) == 1


def test_an_answer_withdraws_the_nudge(cast: Cast) -> None:
    planned(cast.maya, nudge=True, expires_minutes=120)
    drain(DUE)
    first = Occurrence.objects.get(state="sent")

    record_answered(chart=people.own_chart(cast.maya), occurrence_id=first.pk, now=DUE + MINUTE)
    drain(DUE + 45 * MINUTE)

    assert told() == [("sent", "inbox"), ("skipped", "answered")]


def test_a_lost_lease_is_taken_again_by_the_next(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya)
    claim_due(now=DUE)  # and the holder dies

    drain(DUE + LEASE - timedelta(seconds=1), push)
    assert push.sent == []
    drain(DUE + LEASE, push)

    assert len(push.sent) == 1
    assert (only().state, only().attempts) == ("sent", 1)


def test_a_lease_that_was_taken_over_lasts_as_long(cast: Cast) -> None:
    planned(cast.maya)
    claim_due(now=DUE)
    claim_due(now=DUE + LEASE)  # and the second holder dies as well

    assert claim_due(now=DUE + 2 * LEASE - timedelta(seconds=1)).handled == 0
    assert len(claim_due(now=DUE + 2 * LEASE).leased) == 1


def test_a_holder_that_comes_back_too_late_overwrites_nothing(cast: Cast) -> None:
    planned(cast.maya)
    zombie = claim_due(now=DUE)
    fresh = claim_due(now=DUE + LEASE)
    send_batch(batch=fresh, gateway=InboxGateway(), clock=lambda: DUE + LEASE)
    revoke_treatment_consents(patient_id=cast.maya.pk, now=DUE + LEASE)

    send_batch(batch=zombie, gateway=InboxGateway(), clock=lambda: DUE + LEASE + MINUTE)

    assert told() == [("sent", "inbox")]


def test_what_was_begun_too_often_and_never_settled_is_given_up(cast: Cast) -> None:
    planned(cast.maya)
    for turn in range(MOST_ATTEMPTS):
        batch = claim_due(now=DUE + turn * LEASE)
        assert (
            len(begin_attempts(lease_id=batch.lease_id, items=batch.leased, now=DUE + turn * LEASE))
            == 1
        )

    last = claim_due(now=DUE + MOST_ATTEMPTS * LEASE)

    assert last.leased == []
    assert told() == [("unknown", "too_many_attempts")]


def test_to_be_claimed_and_never_begun_counts_as_no_try(cast: Cast) -> None:
    planned(cast.maya)
    for turn in range(MOST_ATTEMPTS + 1):
        claim_due(now=DUE + turn * LEASE)

    assert drain(DUE + (MOST_ATTEMPTS + 1) * LEASE) == {"sent": 1}


def test_a_holder_whose_lease_was_lost_begins_nothing(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya)
    zombie = claim_due(now=DUE)
    claim_due(now=DUE + LEASE)  # somebody else has it now

    send_batch(batch=zombie, gateway=push, clock=lambda: DUE + LEASE)

    assert push.sent == []
    assert only().attempts == 0


def test_to_begin_renews_the_lease(cast: Cast) -> None:
    planned(cast.maya)
    batch = claim_due(now=DUE)

    begin_attempts(lease_id=batch.lease_id, items=batch.leased, now=DUE + LEASE / 2)

    assert claim_due(now=DUE + LEASE).handled == 0
    assert claim_due(now=DUE + LEASE * 1.5).handled == 1


def test_a_lost_lease_past_its_window_expires(cast: Cast) -> None:
    planned(cast.maya, expires_minutes=1)
    claim_due(now=DUE)

    drain(DUE + LEASE)

    assert told() == [("expired", "expired")]


def test_what_is_past_its_window_is_leased_to_nobody(cast: Cast) -> None:
    planned(cast.maya, expires_minutes=1)
    planned(cast.noah, expires_minutes=60)
    claim_due(now=DUE)  # and the holder dies

    found = claim_due(now=DUE + LEASE)

    assert [item.patient for item in found.leased] == [cast.noah.pk]
    assert found.handled == 2


def test_what_fell_due_while_nobody_worked_is_leased_to_nobody(cast: Cast) -> None:
    planned(cast.maya, expires_minutes=60)

    found = claim_due(now=DUE + timedelta(minutes=60))

    assert (found.leased, found.handled) == ([], 1)


def test_an_occurrence_that_stands_already_is_leased_to_nobody(cast: Cast) -> None:
    planned(cast.maya)
    drain(DUE)
    Reminder.objects.update(next_due_at=DUE, next_day=DUE.date(), next_slot=510)

    found = claim_due(now=DUE + 10 * MINUTE)

    assert (found.leased, found.handled) == ([], 1)


def test_an_occurrence_that_stands_already_is_not_sent_again(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya)
    drain(DUE, push)
    Reminder.objects.update(next_due_at=DUE, next_day=DUE.date(), next_slot=510)

    drain(DUE + 10 * MINUTE, push)

    assert len(push.sent) == 1
    assert told() == [("sent", "fcm")]


def test_sending_inside_a_transaction_is_refused(cast: Cast) -> None:
    from django.db import transaction

    planned(cast.maya)
    batch = claim_due(now=DUE)

    with pytest.raises(InsideTransaction), transaction.atomic():
        send_batch(batch=batch, gateway=InboxGateway(), clock=lambda: DUE)


class SlowPush(FakePush):
    """A gateway during whose work the clock runs on."""

    def __init__(self, clock: list[datetime]) -> None:
        super().__init__()
        self.clock = clock

    def send(self, messages: Sequence[PushMessage], *, now: datetime) -> list[PushResult]:
        self.clock[0] += timedelta(seconds=45)
        return super().send(messages, now=now)


def test_what_a_lease_leaves_no_time_for_is_given_back(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.engine.send.CHUNK_SIZE", 1)
    clock = [DUE]
    push = SlowPush(clock)
    for user in (cast.maya, cast.noah):
        phone(user)
        planned(user)
    third = people.patient(cast.clinic, "ines", "Ines", treated_by=cast.dr_lind)
    phone(third)
    planned(third)
    batch = claim_due(now=DUE)

    send_batch(batch=batch, gateway=push, clock=lambda: clock[0])

    assert len(push.sent) == 2
    assert Occurrence.objects.get(state="pending").attempts == 0
    assert drain(clock[0], push) == {"sent": 1}


def crowd(cast: Cast, count: int) -> None:
    for number in range(count):
        user = people.patient(
            cast.clinic, f"p{number}", f"P{number}", treated_by=cast.dr_lind, since=people.LONG_AGO
        )
        phone(user)
        planned(user, skip_if_logged=True, nudge=True)


@pytest.mark.parametrize("count", [1, 60])
def test_the_number_of_statements_is_the_same_for_one_and_many(cast: Cast, count: int) -> None:
    crowd(cast, count)
    push = FakePush()

    with CaptureQueriesContext(connection) as claiming:
        batch = claim_due(now=DUE)
    with CaptureQueriesContext(connection) as sending:
        send_batch(batch=batch, gateway=push, clock=lambda: DUE)

    assert len(push.sent) == count
    # Waiting rows, due rows, zones, insert, advance; and a savepoint's two in this test. PostgreSQL
    # is told how to read at each claim, at the turns, and at each lot that is written down.
    by_index = [one for one in (*claiming, *sending) if "enable_seqscan" in one["sql"]]
    assert len(by_index) in (0, 3)
    assert len(claiming) <= 7 + bool(by_index)
    assert len(sending) <= 18 + len(by_index) - bool(by_index)


def test_an_idle_tick_is_one_indexed_statement(cast: Cast) -> None:
    planned(cast.maya)

    with CaptureQueriesContext(connection) as asked:
        dispatch(clock=lambda: MORNING, gateway=InboxGateway())

    assert len(asked) == 1
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {asked[0]['sql']}")
            plan = " ".join(str(row) for row in cursor.fetchall())
            assert "reminder_due" in plan
            assert "occurrence_open" in plan
            assert "SCAN notifications" not in plan


def test_a_batch_goes_to_the_oldest_first_and_the_rest_follows(cast: Cast) -> None:
    crowd(cast, 5)

    assert claim_due(now=DUE, limit=2).handled == 2
    assert is_anything_due(now=DUE)
    assert drain(DUE) == {"sent": 3}


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_send_each_exactly_once() -> None:
    cast = people.enter()
    crowd(cast, 30)
    push, faults = FakePush(), []

    def work() -> None:
        try:
            for _ in range(4):
                batch = claim_due(now=DUE, limit=4)
                send_batch(batch=batch, gateway=push, clock=lambda: DUE)
        except Exception as fault:  # shown below: a thread's exception is not the test's
            faults.append(fault)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert faults == []
    assert len(push.sent) == len({message.occurrence for message in push.sent}) == 30
    assert Occurrence.objects.filter(state="sent", attempts=1).count() == 30
