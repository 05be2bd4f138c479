"""Claims are decided by the row's own columns, and evidence is written where it survives."""

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from backend.kit.db.claims import InsideTransaction, UnsafeClaim, claim, require_autocommit
from care.models import CareTeamMembership, User
from tests.cast import Cast


def test_the_second_claim_of_a_row_gets_nothing(cast: Cast) -> None:
    active = User.objects.filter(pk=cast.maya.pk, is_active=True)

    assert claim(active, is_active=False) == 1
    assert claim(active, is_active=False) == 0


def test_a_claim_may_count_on(cast: Cast) -> None:
    claim(User.objects.filter(pk=cast.maya.pk, rev=1), rev=F("rev") + 1)

    assert User.objects.get(pk=cast.maya.pk).rev == 2


def test_a_claim_across_a_join_is_refused(cast: Cast) -> None:
    joined = CareTeamMembership.objects.filter(clinician__username="dr_okafor")

    with pytest.raises(UnsafeClaim):
        claim(joined, ends_at=timezone.now())

    assert CareTeamMembership.objects.filter(ends_at=None).count() == 2


def test_a_sliced_claim_is_refused(cast: Cast) -> None:
    with pytest.raises(UnsafeClaim):
        claim(User.objects.order_by("pk")[:1], is_active=False)

    assert User.objects.filter(is_active=True).count() == 6


def test_evidence_is_refused_inside_a_transaction(cast: Cast) -> None:
    require_autocommit()

    with transaction.atomic(), pytest.raises(InsideTransaction):
        require_autocommit()
