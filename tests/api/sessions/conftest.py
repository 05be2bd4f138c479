"""Sessions of maya with her therapist, as most of these tests need them."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from tests import cast as people
from tests.cast import Cast


@pytest.fixture
def planned(cast: Cast) -> UUID:
    """Plan maya's session in an hour, a week after the one she attended."""
    now = timezone.now()
    people.session(
        cast.dr_okafor, starts_at=now - timedelta(days=7), with_patient=cast.maya, status="present"
    )
    return people.session(
        cast.dr_okafor, starts_at=now + timedelta(hours=1), with_patient=cast.maya
    ).pk
