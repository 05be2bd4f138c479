"""Idempotency of forms: a form that is sent twice is executed once.

A form carries a token of its own (``{% form_token %}``). Sent again, by a second click, a reload or
a browser that lost the response, it redirects to where the first one did.
"""

import hashlib
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import urlencode

from care.accounts import idempotency
from care.accounts.idempotency import ClaimedKey, KeyInUse, KeyReused, StoredAnswer
from care.models import User

TOKEN_FIELD_NAME = "form_token"  # noqa: S105 (the name of a field)
#: How often and how long the second of two clicks waits for the first one to finish.
POLLS, POLL_SECONDS = 50, 0.1
_IGNORED_FIELDS = frozenset({TOKEN_FIELD_NAME, "csrfmiddlewaretoken"})


def run_once(
    page: Callable[..., HttpResponse], request: HttpRequest, *, user: User, **kwargs: Any
) -> HttpResponse:
    """Run a page; for a form that was sent before, redirect to where it led instead.

    Only redirects are stored: a form that came back with errors may be sent again. The same token
    with other content is somebody who went back and wrote something else.
    """
    token = request.POST.get(TOKEN_FIELD_NAME, "") if request.method == "POST" else ""
    if not token or len(token) > 64:
        return page(request, **kwargs)
    try:
        begun = _claim_token(user, token, _form_digest(request))
    except (KeyInUse, KeyReused):
        return page(request, **kwargs)
    if isinstance(begun, StoredAnswer):
        return redirect(begun.answer.decode())
    return _run_and_store(begun, page, request, kwargs)


def _claim_token(user: User, token: str, said: bytes) -> ClaimedKey | StoredAnswer:
    for look in range(POLLS):
        try:
            return idempotency.begin_request(user=user, key=token, request=said, now=timezone.now())
        except KeyInUse:
            if look == POLLS - 1:
                raise
            time.sleep(POLL_SECONDS)
    raise KeyInUse


def _run_and_store(
    begun: ClaimedKey,
    page: Callable[..., HttpResponse],
    request: HttpRequest,
    kwargs: dict[str, Any],
) -> HttpResponse:
    response: HttpResponse | None = None
    try:
        response = page(request, **kwargs)
    finally:
        if response is not None and response.status_code == 302:
            idempotency.store_answer(begun, answer=response["Location"].encode())
        else:
            idempotency.release_key(begun)
    return response


def _form_digest(request: HttpRequest) -> bytes:
    """Return a digest of path and content of a form."""
    fields = [(name, request.POST.getlist(name)) for name in sorted(request.POST)]
    said = urlencode([pair for pair in fields if pair[0] not in _IGNORED_FIELDS], doseq=True)
    return hashlib.sha256(f"{request.path}?{said}".encode()).hexdigest().encode()


def store_shown_once(*, user: User, secret: str) -> str:
    """Store what the next page shows once, and return its id for that page's address."""
    return str(idempotency.store_secret_once(user=user, secret=secret.encode(), now=timezone.now()))


def read_shown_once(request: HttpRequest, *, user: User) -> str:
    """Return what was stored for this page, if it is the user's and fresh, or an empty text."""
    try:
        sent = request.POST if request.method == "POST" else request.GET
        shown_id = UUID(sent.get("shown", ""))
    except ValueError:
        return ""
    secret = idempotency.read_stored_secret(user=user, shown_id=shown_id, now=timezone.now())
    return (secret or b"").decode()
