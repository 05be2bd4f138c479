"""Which sign-ins a browser had before: what strangers guess shuts out nobody who was in.

A signed cookie names the last sign-in of each of a few people, for a clinic's shared computer. It
opens nothing; it gives this browser tries of its own (docs/decisions).
"""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from care.actions.signin import MOST_KNOWN
from care.models import DeviceSession

COOKIE = "between_device"
#: As long as the row of an ended sign-in is kept (care/retention.py).
KEPT = timedelta(days=90)
_SALT = "between.known-device"


def known_by(request: HttpRequest) -> tuple[UUID, ...]:
    """Read the sign-ins that this browser had; none where the cookie is missing or not ours."""
    return tuple(UUID(one) for one in _kept(request).values())


def remember(request: HttpRequest, response: HttpResponse, session: DeviceSession) -> HttpResponse:
    """Let the browser keep that it had this sign-in, beside those of others."""
    kept = {str(session.user_id): str(session.pk), **_kept(request)}
    kept[str(session.user_id)] = str(session.pk)
    newest = dict(list(kept.items())[:MOST_KNOWN])
    response.set_cookie(
        COOKIE, signing.dumps(newest, salt=_SALT), max_age=KEPT, path="/review/",
        secure=settings.SECURE_COOKIES, httponly=True, samesite="Strict",
    )  # fmt: skip
    return response


def _kept(request: HttpRequest) -> dict[str, str]:
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=KEPT)
    except signing.BadSignature:
        return {}
    return {str(user): str(one) for user, one in found.items()}
