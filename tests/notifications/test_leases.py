"""What a holder has in hand is one row of its own, and only that counts as tried."""

from datetime import timedelta

import pytest

from notifications import leases
from notifications.claiming import claim_due
from notifications.delivery import deliver
from notifications.gateways.inbox import InboxGateway
from notifications.leases import Leased, begin, release
from notifications.models import Lease, Occurrence
from notifications.sweeping import sweep
from tests import cast as people
from tests.cast import Cast
from tests.notifications.scene import DUE, drain, planned

LENGTH = leases.length()
SECOND = timedelta(seconds=1)


@pytest.fixture
def both(cast: Cast) -> list[Leased]:
    """Let one claim take a reminder of each of two, and the holder begin on the first."""
    planned(cast.maya)
    planned(cast.noah)
    batch = claim_due(now=DUE)
    first, second = batch.leased
    begin(fence=batch.fence, items=[first], now=DUE)
    return [first, second]


def tries() -> dict[object, int]:
    return dict(Occurrence.objects.values_list("pk", "attempts"))


def test_of_a_dead_holder_only_what_it_had_in_hand_was_tried(both: list[Leased]) -> None:
    found = claim_due(now=DUE + LENGTH)

    assert {item.id: item.attempts for item in found.leased} == {both[0].id: 1, both[1].id: 0}
    assert tries() == {both[0].id: 1, both[1].id: 0}


def test_a_second_death_counts_its_own_hand_alone(both: list[Leased]) -> None:
    batch = claim_due(now=DUE + LENGTH)
    begin(fence=batch.fence, items=[both[1]], now=DUE + LENGTH)

    claim_due(now=DUE + 2 * LENGTH)

    assert tries() == {both[0].id: 1, both[1].id: 1}


def test_what_was_given_back_was_not_tried(both: list[Leased]) -> None:
    fence = Lease.objects.get().fence
    release(fence=fence, items=[both[1]], wake_at=DUE)

    assert [item.id for item in claim_due(now=DUE).leased] == [both[1].id]
    assert tries()[both[1].id] == 0


def test_a_lease_that_lasts_holds_up_nobody_else(both: list[Leased], cast: Cast) -> None:
    fence = Lease.objects.get().fence
    begin(fence=fence, items=both, now=DUE + LENGTH / 2)
    third = people.patient(cast.clinic, "lena", "Lena", treated_by=cast.dr_lind)
    planned(third, "08:31")

    found = claim_due(now=DUE + LENGTH)

    assert [item.patient for item in found.leased] == [third.pk]
    assert set(Occurrence.objects.filter(fence=fence).values_list("pk", flat=True)) == {
        item.id for item in both
    }


def test_a_drained_batch_leaves_no_lease(cast: Cast) -> None:
    planned(cast.maya)
    batch = claim_due(now=DUE)

    tally = deliver(batch=batch, gateway=InboxGateway(), clock=lambda: DUE)

    assert tally == {"sent": 1}
    assert not Lease.objects.exists()
    assert tries() == {batch.leased[0].id: 1}


def test_leases_of_the_long_dead_are_swept(both: list[Leased]) -> None:
    drain(DUE + LENGTH)
    until = Lease.objects.get().until

    assert sweep(now=until + leases.FORGOTTEN_AFTER)["leases"] == 0
    assert sweep(now=until + leases.FORGOTTEN_AFTER + SECOND)["leases"] == 1
    assert not Lease.objects.exists()
