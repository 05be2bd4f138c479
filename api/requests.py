"""The request as our views know it."""

from typing import TYPE_CHECKING

from rest_framework.request import Request

from care.models import DeviceSession, User

#: The header under which a POST may be sent again (api/idempotency.py), and where it is not read:
#: tokens are made afresh each time; entries have ids of the phone's, and each save must be read for
#: what it says about safety.
REPEAT_KEY = "Idempotency-Key"
WITHOUT_REPEAT_KEY = ("/api/v1/auth/", "/api/v1/entries", "/api/v1/sync")

if TYPE_CHECKING:

    class SignedIn(Request):
        """A request behind ``IsSignedIn`` or a role: it has one of our users and their sign-in."""

        user: User
        auth: DeviceSession
else:
    SignedIn = Request
