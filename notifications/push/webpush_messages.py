"""Web Push's wire format: subscriptions, encryption, signatures, and what its answers mean.

A message is encrypted for one subscription (RFC 8291) and signed with a VAPID key of the service
(RFC 8292), whose public half the browser was given when it subscribed.
"""

import base64
import hashlib
import json
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from backend.kit.crypto import parse_key_ring
from backend.kit.errors import FieldError, InvalidInput, NotThere
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
#: One record of RFC 8188 holds the whole message.
RECORD_SIZE = 4096
_POINT_BYTES, _AUTH_BYTES = 65, 16
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class WebPushOff(NotThere):
    """The settings have no VAPID key, so that no browser can subscribe."""


class InvalidSubscription(ValueError):
    """The keys of a subscription are no point of the curve, or no secret of 16 bytes."""


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


def decode_base64url(text: str) -> bytes:
    """Decode base64url with or without padding; anything else is an invalid subscription.

    :raises InvalidSubscription: for other characters.
    """
    try:
        bare = text.rstrip("=")
        return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise InvalidSubscription("base64url") from error


def encode_base64url(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _point(raw: bytes) -> ec.EllipticCurvePublicKey:
    if len(raw) != _POINT_BYTES:
        raise InvalidSubscription("p256dh")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError as error:
        raise InvalidSubscription("p256dh") from error


def _point_bytes(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@cache
def _parse_vapid_keys(text: str) -> Mapping[str, ec.EllipticCurvePrivateKey]:
    """Return private keys by id, the newest first; 32 bytes of a ring are one number each."""
    return {
        key_id: ec.derive_private_key(
            int.from_bytes(raw) % (_P256_ORDER - 1) + 1, ec.SECP256R1()
        )
        for key_id, raw in parse_key_ring(text).items()
    }  # fmt: skip


def vapid_keys() -> Mapping[str, ec.EllipticCurvePrivateKey]:
    """Return the private keys of the settings by id; the first is offered to new subscriptions."""
    return _parse_vapid_keys(settings.VAPID_KEYS)


def public_key_text(key_id: str) -> str:
    """Return the public half of a key, as a browser's ``applicationServerKey`` is written."""
    return encode_base64url(_point_bytes(vapid_keys()[key_id].public_key()))


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
        _point(decode_base64url(keys.p256dh))
    except InvalidSubscription:
        yield FieldError("keys.p256dh", "invalid", "Not a key of this kind.")
    try:
        is_secret = len(decode_base64url(keys.auth)) == _AUTH_BYTES
    except InvalidSubscription:
        is_secret = False
    if not is_secret:
        yield FieldError("keys.auth", "invalid", "Not a secret of this kind.")


def _key_id_of(public_key: str | None) -> str | None:
    """Return the id of the key with this public half, of the offered one for None, or None."""
    for key_id in vapid_keys():
        if public_key is None or public_key_text(key_id) == public_key.rstrip("="):
            return key_id
    return None


def encrypt(
    plain: bytes,
    subscription: Subscription,
    *,
    salt: bytes | None = None,
    sender: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """Encrypt a message for a subscription: RFC 8291, one record of RFC 8188.

    ``salt`` and ``sender`` are new for each message; the worked example of the RFC sets them.

    :raises InvalidSubscription: where its keys are none.
    """
    receiver = decode_base64url(subscription.p256dh)
    salt = os.urandom(16) if salt is None else salt
    sender = ec.generate_private_key(ec.SECP256R1()) if sender is None else sender
    own = _point_bytes(sender.public_key())
    secret = sender.exchange(ec.ECDH(), _point(receiver))
    shared = _hkdf(
        secret, decode_base64url(subscription.auth), b"WebPush: info\0" + receiver + own, 32
    )
    key = _hkdf(shared, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _hkdf(shared, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + RECORD_SIZE.to_bytes(4) + bytes([len(own)]) + own
    return header + AESGCM(key).encrypt(nonce, plain + b"\x02", None)


def _hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length=length, salt=salt, info=info).derive(secret)


def declarative_body(message: PushMessage) -> bytes:
    """Return the message as Declarative Web Push has it, which our service worker reads as well.

    It shows the neutral sentence under the tag, and opens the page of this reminder.
    """
    return json.dumps(
        {
            "web_push": 8030,
            "notification": {
                "title": message.sentence,
                "navigate": f"{settings.PUBLIC_URL}/app/#/reminder/{message.occurrence}",
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
