"""The message as FCM takes it, built by its own library."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from firebase_admin import messaging

from notifications.gateways import Message


def seconds_left(message: Message, *, now: datetime) -> int:
    """Tell for how long a push lives: until the end of its window, at least a second."""
    return max(int((message.not_after - now).total_seconds()), 1)


def fcm_message(message: Message, *, now: datetime) -> messaging.Message:
    """Build the message: one neutral sentence, an opaque id, a type code, one tag, one end.

    Without a sentence it is data alone: it wakes the app and shows nothing.
    """
    built = _shown(message, now=now) if message.sentence else _silent(message, now=now)
    # Set afterwards: the constructor warns about tokens, which phones in the field still have.
    setattr(built, "fid" if message.provider == "fcm_fid" else "token", message.address)
    return built


def _silent(message: Message, *, now: datetime) -> messaging.Message:
    left = seconds_left(message, now=now)
    return messaging.Message(
        data={"kind": message.kind},
        android=messaging.AndroidConfig(
            collapse_key=message.kind, priority="normal", ttl=timedelta(seconds=left)
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
        webpush=messaging.WebpushConfig(headers={"TTL": str(left), "Urgency": "low"}),
    )


def _shown(message: Message, *, now: datetime) -> messaging.Message:
    left = seconds_left(message, now=now)
    headers = {"TTL": str(left), "Urgency": "high"}
    return messaging.Message(
        data={"id": str(message.occurrence), "kind": message.kind},
        notification=messaging.Notification(body=message.sentence),
        android=messaging.AndroidConfig(
            collapse_key=message.kind, priority="high", ttl=timedelta(seconds=left),
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


_ADDRESS, _TAG = "-address-", "-tag-"
_ID = UUID(int=0)
#: No message lives for so long, or ends then: in a template these numbers stand for its own.
_SECONDS, _ENDS = 987_654_321, datetime(2255, 5, 5, 5, 5, 5, tzinfo=UTC)
_SLOTS = {
    _ADDRESS: "%(address)s", _TAG: "%(tag)s", str(_ID): "%(id)s", str(_SECONDS): "%(left)d",
    str(int(_ENDS.timestamp())): "%(end)d",
}  # fmt: skip
_SLOT = re.compile("|".join(_SLOTS))


class Bodies:
    """Bodies of requests for many messages that differ in address, id, tag and end only.

    Each kind is rendered once through the library's own encoder, and then filled in.
    """

    def __init__(self, encode: Callable[[messaging.Message], Any]) -> None:
        self._encode = encode
        self._templates: dict[tuple[str, str, str], str] = {}

    def body(self, message: Message, *, now: datetime) -> bytes:
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
            "id": message.occurrence, "left": seconds_left(message, now=now),
            "end": message.not_after.timestamp(),
        }  # fmt: skip
        return (template % values).encode()

    def _template(self, message: Message) -> str:
        blank = Message(
            occurrence=_ID, device=None, provider=message.provider, address=_ADDRESS,
            platform="", kind=message.kind, sentence=message.sentence, tag=_TAG, minute=0,
            not_after=_ENDS,
        )  # fmt: skip
        begins = _ENDS - timedelta(seconds=_SECONDS)
        text = json.dumps(self._encode(fcm_message(blank, now=begins))).replace("%", "%%")
        return _SLOT.sub(lambda found: _SLOTS[found.group()], text)
