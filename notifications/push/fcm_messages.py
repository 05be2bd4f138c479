"""FCM's wire format: request bodies of its own library's messages, and what its answers mean."""

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from firebase_admin import messaging

from notifications.push.gateway import PushMessage, PushResult, SendOutcome
from notifications.push.http_gateway import (
    QUOTA_BLOCK_SECONDS,
    REFUSAL_BLOCK_SECONDS,
    retry_after_seconds,
    ttl_seconds,
)

log = logging.getLogger(__name__)

_ADDRESS_FIELDS = {"message.token", "message.fid"}
_BY_CODE = {
    "UNREGISTERED": (SendOutcome.DEAD_ADDRESS, "unregistered", ""),
    "SENDER_ID_MISMATCH": (SendOutcome.DEAD_ADDRESS, "sender_id_mismatch", ""),
    "QUOTA_EXCEEDED": (SendOutcome.BACK_OFF, "quota_exceeded", ""),
    "THIRD_PARTY_AUTH_ERROR": (SendOutcome.BACK_OFF, "third_party_auth", "platform"),
    "APNS_AUTH_ERROR": (SendOutcome.BACK_OFF, "third_party_auth", "platform"),
}
_BY_STATUS = {
    401: (SendOutcome.NOT_SENT, "unauthenticated", ""),
    403: (SendOutcome.BACK_OFF, "permission_denied", ""),
    408: (SendOutcome.AMBIGUOUS, "status_408", ""),
    429: (SendOutcome.BACK_OFF, "quota_exceeded", ""),
}

_ADDRESS_MARK, _TAG_MARK = "-address-", "-tag-"
_ID_MARK = UUID(int=0)
#: No message lives for so long, or ends then: in a template these numbers stand for its own.
_TTL_MARK, _END_MARK = 987_654_321, datetime(2255, 5, 5, 5, 5, 5, tzinfo=UTC)
_PLACEHOLDERS = {
    _ADDRESS_MARK: "%(address)s", _TAG_MARK: "%(tag)s", str(_ID_MARK): "%(id)s",
    str(_TTL_MARK): "%(left)d", str(int(_END_MARK.timestamp())): "%(end)d",
}  # fmt: skip
_MARK_PATTERN = re.compile("|".join(_PLACEHOLDERS))


def build_fcm_message(message: PushMessage, *, now: datetime) -> messaging.Message:
    """Build a message: a neutral sentence, an opaque id, a type code, a tag, an end of life.

    Without a sentence it is data alone: it wakes the app and shows nothing.
    """
    built = (
        _notification_message(message, now=now)
        if message.sentence
        else _data_message(message, now=now)
    )
    # Set afterwards: the constructor warns about tokens, which phones in the field still have.
    setattr(built, "fid" if message.provider == "fcm_fid" else "token", message.address)
    return built


def _notification_message(message: PushMessage, *, now: datetime) -> messaging.Message:
    ttl = ttl_seconds(message, now=now)
    headers = {"TTL": str(ttl), "Urgency": "high"}
    return messaging.Message(
        data={"id": str(message.occurrence), "kind": message.kind},
        notification=messaging.Notification(body=message.sentence),
        android=messaging.AndroidConfig(
            collapse_key=message.kind, priority="high", ttl=timedelta(seconds=ttl),
            notification=messaging.AndroidNotification(tag=message.tag),
        ),
        apns=messaging.APNSConfig(
            headers={
                "apns-collapse-id": message.tag,
                "apns-expiration": str(int(message.not_after.timestamp())),
                "apns-priority": "10",
                "apns-push-type": "alert",
            },
            payload=messaging.APNSPayload(messaging.Aps(sound="default")),
        ),
        webpush=messaging.WebpushConfig(
            headers=headers,
            notification=messaging.WebpushNotification(body=message.sentence, tag=message.tag),
        ),
    )  # fmt: skip


def _data_message(message: PushMessage, *, now: datetime) -> messaging.Message:
    ttl = ttl_seconds(message, now=now)
    return messaging.Message(
        data={"kind": message.kind},
        android=messaging.AndroidConfig(
            collapse_key=message.kind, priority="normal", ttl=timedelta(seconds=ttl)
        ),
        apns=messaging.APNSConfig(
            headers={
                "apns-collapse-id": message.tag,
                "apns-expiration": str(int(message.not_after.timestamp())),
                "apns-priority": "5",
                "apns-push-type": "background",
            },
            payload=messaging.APNSPayload(messaging.Aps(content_available=True)),
        ),
        webpush=messaging.WebpushConfig(headers={"TTL": str(ttl), "Urgency": "low"}),
    )


def encode_fcm_message(message: messaging.Message) -> str:
    """Return the body of the request that sends a message, in JSON.

    The text of a message is the JSON in which the library itself would post it.

    :raises ValueError: where the library would refuse the message.
    """
    return f'{{"message": {message}}}'


class BodyRenderer:
    """Renders request bodies of messages that differ in address, id, tag and end only.

    Each kind is rendered once to a template, which is then filled in; several threads may do so.
    """

    def __init__(self) -> None:
        self._templates: dict[tuple[str, str, str], str] = {}

    def body(self, message: PushMessage, *, now: datetime) -> bytes:
        """Render the body of one request.

        :raises ValueError: where the library would refuse the message.
        """
        if not message.address:
            raise ValueError("no address")
        key = (message.provider, message.kind, message.sentence)
        template = self._templates.get(key)
        if template is None:
            template = self._templates[key] = self._template(message)
        # Addresses are opaque: whatever is in one is written as a JSON string.
        values = {
            "address": json.dumps(message.address)[1:-1], "tag": message.tag,
            "id": message.occurrence, "left": ttl_seconds(message, now=now),
            "end": message.not_after.timestamp(),
        }  # fmt: skip
        return (template % values).encode()

    def _template(self, message: PushMessage) -> str:
        blank = PushMessage(
            occurrence=_ID_MARK, device=None, provider=message.provider, address=_ADDRESS_MARK,
            platform="", kind=message.kind, sentence=message.sentence, tag=_TAG_MARK, minute=0,
            not_after=_END_MARK,
        )  # fmt: skip
        begins = _END_MARK - timedelta(seconds=_TTL_MARK)
        text = encode_fcm_message(build_fcm_message(blank, now=begins)).replace("%", "%%")
        return _MARK_PATTERN.sub(lambda found: _PLACEHOLDERS[found.group()], text)


def result_of_answer(
    message: PushMessage, *, status: int, body: str, retry_after: str, name: str, now: datetime
) -> PushResult:
    """Return the result of an answer of FCM to one message; ``name`` is that of its throttle."""
    if status == 200:
        return PushResult(message.occurrence, message.device, SendOutcome.SENT, "fcm")
    outcome, code, throttle = _classify(status, _error_details(body))
    if outcome in {SendOutcome.BACK_OFF, SendOutcome.REFUSED}:
        log.error("refused", extra={"event": "fcm_refused", "code": code, "status": status,
                                    "occurrence": str(message.occurrence)})  # fmt: skip
    seconds = retry_after_seconds(retry_after, now=now)
    if outcome is SendOutcome.BACK_OFF and seconds is None:
        seconds = QUOTA_BLOCK_SECONDS if status == 429 else REFUSAL_BLOCK_SECONDS
    throttle = f"{name}:{message.platform}" if throttle == "platform" else name
    return PushResult(message.occurrence, message.device, outcome, code, seconds, throttle)


def result_of_refused_token(message: PushMessage, *, throttle: str) -> PushResult:
    """Return the result that blocks a throttle, as a renewed token was refused again."""
    log.error("refused", extra={"event": "fcm_refused", "code": "unauthenticated", "status": 401})
    return PushResult(
        message.occurrence, message.device, SendOutcome.BACK_OFF, "unauthenticated",
        REFUSAL_BLOCK_SECONDS, throttle,
    )  # fmt: skip


def _classify(status: int, codes: tuple[str, frozenset[str]]) -> tuple[SendOutcome, str, str]:
    """Classify an answer by FCM's own code, else by its status; also which throttle it blocks."""
    code, fields = codes
    classified = _BY_CODE.get(code) or _BY_STATUS.get(status)
    if classified:
        return classified
    if status >= 500:
        return SendOutcome.FAULTED, f"status_{status}", ""
    # Either the address alone is invalid, or the message is, for which the phone can't be blamed.
    is_address = status == 400 and code == "INVALID_ARGUMENT" and fields <= _ADDRESS_FIELDS
    if is_address:
        return SendOutcome.DEAD_ADDRESS, "invalid_address", ""
    return SendOutcome.REFUSED, f"status_{status}", ""


def _error_details(body: str) -> tuple[str, frozenset[str]]:
    """Return FCM's error code and the invalid fields; anything unreadable counts as none."""
    try:
        error = json.loads(body)["error"]
        details = [detail for detail in error.get("details", []) if isinstance(detail, Mapping)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", frozenset()
    code = next(
        (str(detail.get("errorCode")) for detail in details if _is_detail(detail, "FcmError")), ""
    )
    fields = frozenset(
        str(violation.get("field"))
        for detail in details if _is_detail(detail, "BadRequest")
        for violation in detail.get("fieldViolations", [])
    )  # fmt: skip
    return code, fields


def _is_detail(detail: Mapping[str, Any], name: str) -> bool:
    return str(detail.get("@type", "")).endswith(f".{name}")
