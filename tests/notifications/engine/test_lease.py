"""What a holder has in hand is one row of its own, and only that counts as tried."""

from datetime import timedelta

import pytest

from notifications.engine.claim import (
    begin_attempts,
    claim_due,
    lease_duration,
    release_unstarted,
)
from notifications.engine.send import send_batch
from notifications.engine.step import Leased
from notifications.engine.sweep import EXPIRED_LEASES_KEPT_FOR, sweep
from notifications.models.occurrence import Lease, Occurrence
from notifications.push.gateway import InboxGateway
from tests import cast as people
from tests.cast import Cast
from tests.notifications.reminder_scenario import DUE, drain, planned

LENGTH = lease_duration()
SECOND = timedelta(seconds=1)


@pytest.fixture
def both(cast: Cast) -> list[Leased]:
    """Let one claim take a reminder of each of two, and the holder begin on the first."""
    planned(cast.maya)
    planned(cast.noah)
    batch = claim_due(now=DUE)
    first, second = batch.leased
    begin_attempts(lease_id=batch.lease_id, items=[first], now=DUE)
    return [first, second]


def tries() -> dict[object, int]:
    return dict(Occurrence.objects.values_list("pk", "attempts"))


def test_after_a_crash_only_started_occurrences_count_an_attempt(both: list[Leased]) -> None:
    found = claim_due(now=DUE + LENGTH)

    assert {item.id: item.attempts for item in found.leased} == {both[0].id: 1, both[1].id: 0}
    assert tries() == {both[0].id: 1, both[1].id: 0}


def test_a_second_death_counts_its_own_hand_alone(both: list[Leased]) -> None:
    batch = claim_due(now=DUE + LENGTH)
    begin_attempts(lease_id=batch.lease_id, items=[both[1]], now=DUE + LENGTH)

    claim_due(now=DUE + 2 * LENGTH)

    assert tries() == {both[0].id: 1, both[1].id: 1}


def test_what_was_given_back_was_not_tried(both: list[Leased]) -> None:
    lease_id = Lease.objects.get().lease_id
    release_unstarted(lease_id=lease_id, items=[both[1]], next_attempt_at=DUE)

    assert [item.id for item in claim_due(now=DUE).leased] == [both[1].id]
    assert tries()[both[1].id] == 0


def test_a_lease_that_lasts_holds_up_nobody_else(both: list[Leased], cast: Cast) -> None:
    lease_id = Lease.objects.get().lease_id
    begin_attempts(lease_id=lease_id, items=both, now=DUE + LENGTH / 2)
    third = people.patient(cast.clinic, "lena", "Lena", treated_by=cast.dr_lind)
    planned(third, "08:31")

    found = claim_due(now=DUE + LENGTH)

    assert [item.patient for item in found.leased] == [third.pk]
    assert set(Occurrence.objects.filter(lease_id=lease_id).values_list("pk", flat=True)) == {
        item.id for item in both
    }


def test_a_drained_batch_leaves_no_lease(cast: Cast) -> None:
    planned(cast.maya)
    batch = claim_due(now=DUE)

    tally = send_batch(batch=batch, gateway=InboxGateway(), clock=lambda: DUE)

    assert tally == {"sent": 1}
    assert not Lease.objects.exists()
    assert tries() == {batch.leased[0].id: 1}


def test_expired_leases_are_deleted(both: list[Leased]) -> None:
    drain(DUE + LENGTH)
    until = Lease.objects.get().until

    assert sweep(now=until + EXPIRED_LEASES_KEPT_FOR)["leases"] == 0
    assert sweep(now=until + EXPIRED_LEASES_KEPT_FOR + SECOND)["leases"] == 1
    assert not Lease.objects.exists()
