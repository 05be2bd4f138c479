"""Helpers for requests of a signed-in caller.

That is: the type of such a request, the client's address, and the chart of the patient it names.
"""

from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone
from rest_framework.request import Request

from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import DeviceSession, User

if TYPE_CHECKING:

    class SignedIn(Request):
        """A request behind ``IsPatientOrStaff`` or a role: with a user and their sign-in."""

        user: User
        auth: DeviceSession
else:
    SignedIn = Request

#: The header under which a POST may be sent again (api/http/idempotency.py), and where it is not
#: read: tokens are made afresh each time; entries have ids of the phone's, and each save must be
#: read for what it says about safety.
IDEMPOTENCY_HEADER = "Idempotency-Key"
PATHS_WITHOUT_IDEMPOTENCY = ("/api/v1/auth/", "/api/v1/entries", "/api/v1/sync", "/api/v1/shl/")
#: Neither is it where the answer has a key that must be kept nowhere.
_ENDINGS_WITHOUT_IDEMPOTENCY = ("/handovers",)


def is_idempotency_key_read(path: str) -> bool:
    """Whether a POST to this path may be sent again under a key."""
    starts, ends = PATHS_WITHOUT_IDEMPOTENCY, _ENDINGS_WITHOUT_IDEMPOTENCY
    return not path.startswith(starts) and not path.endswith(ends)


def client_address(request: Request) -> str:
    """Return the caller's address as our own server saw it; forwarded headers prove nothing."""
    return str(request.META.get("REMOTE_ADDR", ""))


def open_patient_chart(
    request: SignedIn, patient_id: UUID, *, what: DataCategory, to_write: bool = False
) -> Chart:
    """Open the chart of one of the caller's patients.

    :raises care.access.chart.NoSuchChart: for everybody whom care team and consent don't let in.
    """
    return open_chart(
        viewer=request.user,
        patient_id=patient_id,
        what=what,
        now=timezone.now(),
        to_write=to_write,
    )
