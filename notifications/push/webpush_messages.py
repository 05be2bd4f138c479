"""Web Push's wire format: subscriptions, encryption, signatures, and what its answers mean.

A message is encrypted for one subscription (RFC 8291) and signed with a VAPID key of the service
(RFC 8292), whose public half the browser was given when it subscribed.
"""

import hashlib
import json
import logging
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

import jwt
from django.conf import settings

from backend.kit.crypto import parse_key_ring
from backend.kit.errors import FieldError, InvalidInput, NotThere
from backend.kit.web_push import (
    InvalidKeys,
    VapidKey,
    check_receiver,
    check_secret,
    encode_base64url,
    public_half,
    vapid_key_from,
)
from notifications.push.gateway import (
    PushMessage,
    PushResult,
    SendOutcome,
    push_service_of,
    web_push_throttle,
)
from notifications.push.http_gateway import QUOTA_BLOCK_SECONDS, retry_after_seconds

log = logging.getLogger(__name__)

#: RFC 8292 allows a day; a header is signed anew after half of it.
TOKEN_LIFETIME = timedelta(hours=12)


class WebPushOff(NotThere):
    """The settings have no VAPID key, so that no browser can subscribe."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser gave to encrypt for it, and the VAPID key that it subscribed with."""

    p256dh: str
    auth: str = field(repr=False)
    key_id: str

    def to_text(self) -> str:
        """Return it as the one text that is stored, sealed."""
        return f"{self.key_id} {self.p256dh} {self.auth}"

    @classmethod
    def from_text(cls, text: str) -> "Subscription":
        """Read what ``to_text`` wrote."""
        key_id, p256dh, auth = text.split(" ", 2)
        return cls(p256dh, auth, key_id)


class BrowserKeys(NamedTuple):
    """The keys of a subscription as a browser gives them, in base64url.

    ``web_key`` is the public key that it subscribed with, None for the one that is offered now.
    """

    p256dh: str
    auth: str
    web_key: str | None


@cache
def _parse_vapid_keys(text: str) -> Mapping[str, VapidKey]:
    """Return private keys by id, the newest first; 32 bytes of a ring are one number each."""
    return {key_id: vapid_key_from(raw) for key_id, raw in parse_key_ring(text).items()}


def vapid_keys() -> Mapping[str, VapidKey]:
    """Return the private keys of the settings by id; the first is offered to new subscriptions."""
    return _parse_vapid_keys(settings.VAPID_KEYS)


def public_key_text(key_id: str) -> str:
    """Return the public half of a key, as a browser's ``applicationServerKey`` is written."""
    return public_half(vapid_keys()[key_id])


def offered_public_key() -> str:
    """Return the public key that browsers are to subscribe with now.

    :raises WebPushOff: where the settings have none.
    """
    if not vapid_keys():
        raise WebPushOff
    return public_key_text(next(iter(vapid_keys())))


def subscription_for(*, endpoint: str, platform: str, keys: BrowserKeys | None) -> Subscription:
    """Return the subscription of a browser that was checked field by field.

    :raises backend.kit.errors.InvalidInput: naming each field at fault.
    """
    if not vapid_keys():
        raise InvalidInput.of("provider", "not_offered", "No push to browsers is set up here.")
    faults = []
    if platform != "web":
        faults.append(FieldError("platform", "invalid_choice", "A browser's platform is web."))
    if push_service_of(endpoint) is None:
        faults.append(FieldError("address", "unknown_push_service", "No push service known here."))
    if keys is None:
        raise InvalidInput([*faults, FieldError("keys", "required", "This field is required.")])
    key_id = _key_id_of(keys.web_key)
    faults += _key_faults(keys, key_id)
    if faults or key_id is None:
        raise InvalidInput(faults)
    return Subscription(keys.p256dh, keys.auth, key_id)


def _key_faults(keys: BrowserKeys, key_id: str | None) -> Iterator[FieldError]:
    if key_id is None:
        detail = "Subscribe again with the key of push/web-key."
        yield FieldError("web_key", "unknown_key", detail)
    try:
        check_receiver(keys.p256dh)
    except InvalidKeys:
        yield FieldError("keys.p256dh", "invalid", "Not a key of this kind.")
    try:
        check_secret(keys.auth)
    except InvalidKeys:
        yield FieldError("keys.auth", "invalid", "Not a secret of this kind.")


def _key_id_of(public_key: str | None) -> str | None:
    """Return the id of the key with this public half, of the offered one for None, or None."""
    for key_id in vapid_keys():
        if public_key is None or public_key_text(key_id) == public_key.rstrip("="):
            return key_id
    return None


def declarative_body(message: PushMessage) -> bytes:
    """Return the message as Declarative Web Push has it, which our service worker reads as well.

    It shows the neutral sentence under the tag, and opens the page of this reminder.
    """
    return json.dumps(
        {
            "web_push": 8030,
            "notification": {
                "title": message.sentence,
                "navigate": f"{settings.PUBLIC_URL}/app/?o={message.occurrence}&p={message.kind}",
                "tag": message.tag,
                "data": {"id": str(message.occurrence), "kind": message.kind},
            },
        },
        separators=(",", ":"),
    ).encode()


class VapidHeaders:
    """The signed headers of one process, by push service and key; several threads may ask."""

    def __init__(self) -> None:
        self._headers: dict[tuple[str, str], tuple[datetime, str]] = {}
        self._lock = threading.Lock()

    def header(self, endpoint: str, key_id: str, *, now: datetime) -> str:
        """Return the Authorization header for an endpoint, signed at most twice a day."""
        parts = urlsplit(endpoint)
        origin = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            renew_at, header = self._headers.get((origin, key_id), (now, ""))
            if now >= renew_at:
                expires = now + TOKEN_LIFETIME
                claims = {
                    "aud": origin, "exp": int(expires.timestamp()), "sub": settings.VAPID_SUBJECT
                }  # fmt: skip
                token = jwt.encode(claims, vapid_keys()[key_id], algorithm="ES256")
                header = f"vapid t={token}, k={public_key_text(key_id)}"
                self._headers[origin, key_id] = (now + TOKEN_LIFETIME / 2, header)
            return header


def topic_of(tag: str) -> str:
    """Return the topic of a tag: a waiting message of the same topic is replaced (RFC 8030)."""
    return encode_base64url(hashlib.sha256(tag.encode()).digest()[:24])


def result_of_status(
    message: PushMessage, status: int, retry_after: str, *, now: datetime
) -> PushResult:
    """Return the result of a push service's answer to one message.

    A refused signature is a fault, of which several in a row block the throttle: one alone may be
    due to a subscription that was made with another key, which may stop nobody else's messages.
    """
    outcome, code = _classify(status)
    seconds = retry_after_seconds(retry_after, now=now)
    if code == "vapid_refused" or outcome in {SendOutcome.BACK_OFF, SendOutcome.REFUSED}:
        log.error("refused", extra={"event": "webpush_refused", "code": code, "status": status,
                                    "occurrence": str(message.occurrence)})  # fmt: skip
    if outcome is SendOutcome.BACK_OFF and seconds is None:
        seconds = QUOTA_BLOCK_SECONDS
    return PushResult(
        message.occurrence,
        message.device,
        outcome,
        code,
        seconds,
        web_push_throttle(message.address),
    )


_BY_STATUS = {
    404: (SendOutcome.DEAD_ADDRESS, "not_found"),
    410: (SendOutcome.DEAD_ADDRESS, "gone"),
    401: (SendOutcome.FAULTED, "vapid_refused"),
    403: (SendOutcome.FAULTED, "vapid_refused"),
    408: (SendOutcome.AMBIGUOUS, "status_408"),
    413: (SendOutcome.REFUSED, "too_large"),
    429: (SendOutcome.BACK_OFF, "quota_exceeded"),
}


def _classify(status: int) -> tuple[SendOutcome, str]:
    if status in {200, 201, 202}:
        return SendOutcome.SENT, "webpush"
    if status >= 500:
        return SendOutcome.FAULTED, f"status_{status}"
    return _BY_STATUS.get(status, (SendOutcome.REFUSED, f"status_{status}"))
