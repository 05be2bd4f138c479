"""The request as our views know it."""

from typing import TYPE_CHECKING

from rest_framework.request import Request

from care.models import DeviceSession, User

if TYPE_CHECKING:

    class SignedIn(Request):
        """A request behind ``IsSignedIn`` or a role: it has one of our users and their sign-in."""

        user: User
        auth: DeviceSession
else:
    SignedIn = Request
