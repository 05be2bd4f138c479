"""Who is calling: a token's signature first, then the sign-in's row, in one query."""

from django.utils import timezone
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import TokenError

from api.refusals import Unauthenticated
from api.tokens import Access
from backend.kit import actors
from care.models import DeviceSession, User
from care.queries.signin import live_session


class LiveSession(JWTAuthentication):
    """Bearer tokens whose sign-in still holds at this moment; everything else is 401."""

    def authenticate(  # type: ignore[override] # our sign-in stands where the token would
        self, request: Request
    ) -> tuple[User, DeviceSession] | None:
        """Find the user and their sign-in; None without an Authorization header.

        :raises Unauthenticated: for a token that is forged, expired, or of an ended sign-in.
        """
        header = request.META.get("HTTP_AUTHORIZATION")
        if not header:
            return None
        scheme, _, raw = header.partition(" ")
        if scheme.lower() != "bearer" or not raw.strip():
            raise Unauthenticated(code="token_invalid", detail="Send a Bearer token.")
        try:
            session_id = Access(raw.strip().encode("latin-1", "replace")).session_id()
        except TokenError:
            detail = "The access token is not valid any more. Refresh it."
            raise Unauthenticated(code="token_invalid", detail=detail) from None
        found = live_session(session_id=session_id, now=timezone.now())
        if found is None:
            detail = "This sign-in has ended. Sign in again."
            raise Unauthenticated(code="session_revoked", detail=detail)
        actors.become(actors.person(found[0].role, found[0].pk))
        return found

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that a missing token is 401 and never 403."""
        return Unauthenticated.auth_header
