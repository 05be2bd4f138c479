"""A job is one worker's at a time: who comes after the end of a lease changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.kit.jobs import CANDIDATES, LeaseLost, Queue
from care.models import PasswordReset
from tests.cast import Cast

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
QUEUE = Queue(
    PasswordReset,
    lease_period=timedelta(seconds=60),
    first_pause=timedelta(seconds=15),
    longest_pause=timedelta(minutes=2),
)


def waits(at: datetime = NOW) -> PasswordReset:
    return PasswordReset.objects.create(asked_at=at, next_attempt_at=at, expires_at=at + SECOND)


def test_what_is_due_longest_goes_to_one_worker(cast: Cast) -> None:
    later, sooner = waits(NOW), waits(NOW - SECOND)
    waits(NOW + SECOND)

    leases = [QUEUE.claim_next(now=NOW) for _ in range(3)]

    assert [lease and lease.row.pk for lease in leases] == [sooner.pk, later.pk, None]
    first = PasswordReset.objects.get(pk=sooner.pk)
    assert leases[0] is not None
    assert (first.lease_id, first.attempts) == (leases[0].id, 1)
    assert first.next_attempt_at == NOW + QUEUE.lease_period


def test_of_two_who_saw_the_same_row_one_gets_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = waits()
    stale = list(QUEUE.due(now=NOW))
    first = QUEUE.claim_next(now=NOW)

    monkeypatch.setattr(Queue, "due", lambda *_, **__: stale)
    second = QUEUE.claim_next(now=NOW)

    assert first is not None
    assert second is None
    row.refresh_from_db()
    assert (row.lease_id, row.attempts) == (first.id, 1)


def test_a_worker_that_is_killed_is_followed_after_its_lease(cast: Cast) -> None:
    waits()
    assert QUEUE.claim_next(now=NOW) is not None

    assert QUEUE.claim_next(now=NOW + QUEUE.lease_period - SECOND) is None
    next_lease = QUEUE.claim_next(now=NOW + QUEUE.lease_period)

    assert next_lease is not None
    assert next_lease.row.attempts == 2


def test_to_renew_moves_the_end_and_sets_what_was_done(cast: Cast) -> None:
    waits()
    lease = QUEUE.claim_next(now=NOW)
    assert lease is not None

    lease.renew(now=NOW + 30 * SECOND, attempts=0)

    assert QUEUE.claim_next(now=NOW + QUEUE.lease_period) is None
    assert PasswordReset.objects.get().attempts == lease.row.attempts == 0


def test_who_lost_the_lease_changes_nothing(cast: Cast) -> None:
    waits()
    lost = QUEUE.claim_next(now=NOW)
    held = QUEUE.claim_next(now=NOW + QUEUE.lease_period)
    assert lost is not None
    assert held is not None
    before = PasswordReset.objects.values().get()

    with pytest.raises(LeaseLost):
        lost.renew(now=NOW + QUEUE.lease_period, used_at=NOW)
    assert not lost.finish(used_at=NOW)
    assert not lost.retry(now=NOW)

    assert PasswordReset.objects.values().get() == before
    assert held.finish(used_at=NOW)


def test_what_is_finished_is_nobodys_any_more(cast: Cast) -> None:
    waits()
    lease = QUEUE.claim_next(now=NOW)
    assert lease is not None

    assert lease.finish(used_at=NOW)

    row = PasswordReset.objects.get()
    assert (row.next_attempt_at, row.lease_id, row.used_at) == (None, None, NOW)
    assert not lease.finish()
    assert QUEUE.claim_next(now=NOW + timedelta(days=1)) is None


def test_pauses_double_from_the_first_to_the_longest(cast: Cast) -> None:
    waits()
    now, pauses = NOW, []

    for _ in range(6):
        lease = QUEUE.claim_next(now=now)
        assert lease is not None
        assert lease.retry(now=now)
        at = PasswordReset.objects.get().next_attempt_at
        assert at is not None
        pauses.append((at - now).total_seconds())
        now = at

    assert pauses == [15, 30, 60, 120, 120, 120]


def test_what_is_due_can_be_put_off_together(cast: Cast) -> None:
    waits()
    held = QUEUE.claim_next(now=NOW)
    for _ in range(CANDIDATES + 1):
        waits()

    assert QUEUE.postpone_due(now=NOW, until=NOW + 30 * SECOND) == CANDIDATES + 1

    assert QUEUE.claim_next(now=NOW + 29 * SECOND) is None
    assert held is not None
    assert held.finish()
