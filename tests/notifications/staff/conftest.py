"""A reminder that waits to be mailed."""

import pytest

from tests.cast import Cast
from tests.notifications.reminder_scenario import DUE, FakePush, chooses_mail, drain, planned


@pytest.fixture
def unreached(cast: Cast) -> Cast:
    """Plan a check-in of maya, who chose mail, at 08:30; it has reached no device."""
    chooses_mail(cast.maya)
    planned(cast.maya, skip_if_logged=True)
    drain(DUE, FakePush())
    return cast
