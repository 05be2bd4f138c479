"""Push gateways: the protocol with its messages and results, and the router by provider.

Browsers get Web Push where the settings have a VAPID key; for all other devices ``PUSH_GATEWAY``
names a gateway. The two without a network are here as well. Messages and results are named tuples,
as there are several for each reminder: made in a fifth of the time of a frozen dataclass
(measured).
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import NamedTuple, Protocol, cast
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from backend.kit.parsing import format_clock_minute

#: So many faults in a row block a throttle for so long, unless the gateway asks for another pause.
FAULTS_TO_BLOCK = 5
FAULT_BLOCK_SECONDS = 15

#: Named by path and imported when chosen: only a worker that sends through FCM loads its library.
GATEWAYS = {
    "console": "notifications.push.gateway.ConsoleGateway",
    "inbox": "notifications.push.gateway.InboxGateway",
    "fcm": "notifications.push.fcm.FirebaseGateway",
    "fcm_curl": "notifications.push.fcm_curl.CurlGateway",
}
_WEB_PUSH_GATEWAY = "notifications.push.webpush.WebPushGateway"
#: The provider of devices that are browsers with a subscription to Web Push.
WEB_PUSH = "webpush"
#: The code of what counts as sent although nothing left: the inbox alone shows it.
INBOX_CODE = "inbox"


class Addressing(StrEnum):
    """For what a gateway gets a message."""

    #: One for each live device; a patient without one gets none.
    DEVICES = "devices"
    #: One for each browser with Web Push; a patient without one gets one without a device.
    BROWSERS = "browsers"
    #: One for each patient, without a device.
    PATIENTS = "patients"


class SendOutcome(StrEnum):
    """What became of one message at the gateway."""

    SENT = "sent"
    #: The address will never work again; nothing else is wrong.
    DEAD_ADDRESS = "dead"
    #: It refuses this message, and always would; the address may be fine.
    REFUSED = "refused"
    #: Certainly not taken: it may be tried again.
    NOT_SENT = "not_sent"
    #: Not taken, and nothing more may be sent for a while.
    BACK_OFF = "shut"
    #: Never tried, because a throttle is blocked.
    HELD = "held"
    #: The answer was a fault (500 or 503): tried again while its window is open.
    FAULTED = "faulted"
    #: No answer, and it may have been taken: a time-out, or a dropped connection.
    AMBIGUOUS = "doubtful"


class PushMessage(NamedTuple):
    """One message for one address. ``device`` is None where a gateway needs no address.

    Without a sentence it is for the app alone: nothing is shown, no sound is made.
    """

    occurrence: UUID
    device: UUID | None
    provider: str
    address: str
    platform: str
    kind: str
    sentence: str
    tag: str
    #: The wall clock that the reminder was planned for, in minutes of the local day.
    minute: int
    not_after: datetime
    #: What a browser gave to encrypt for it; empty for other providers.
    subscription: str = ""


class PushResult(NamedTuple):
    """The result of one message. ``throttle`` is to be blocked for ``retry_after`` seconds."""

    occurrence: UUID
    device: UUID | None
    outcome: SendOutcome
    code: str = ""
    retry_after: int | None = None
    throttle: str = ""


class PushGateway(Protocol):
    """Sends messages. It never retries, and raises nothing because of a single message."""

    name: str
    addressing: Addressing

    def send(self, messages: Sequence[PushMessage], *, now: datetime) -> Iterable[PushResult]:
        """Send at most a hundred messages; yield a result for each, as soon as it is known."""
        ...


def push_gateway() -> PushGateway:
    """Return the gateway of this installation.

    It is the one that the settings name, or one of a clinic's own by its dotted path; with a VAPID
    key in the settings, a router between it and Web Push.
    """
    named = _gateway_named(settings.PUSH_GATEWAY)
    return RoutedGateway(named, _gateway_named(_WEB_PUSH_GATEWAY)) if settings.VAPID_KEYS else named


class RoutedGateway:
    """Routes each message by its device's provider: browsers with Web Push, and all others."""

    def __init__(self, others: "PushGateway", browsers: "PushGateway") -> None:
        self.name = others.name
        self.addressing = (
            Addressing.DEVICES if others.addressing is Addressing.DEVICES else Addressing.BROWSERS
        )
        self._others, self._browsers = others, browsers

    def send(self, messages: Sequence[PushMessage], *, now: datetime) -> Iterator[PushResult]:
        """Send browsers' messages by Web Push and the others by the other gateway.

        Where one gateway raises, the messages of the other are sent all the same.
        """
        to_browsers = [message for message in messages if message.provider == WEB_PUSH]
        to_others = [message for message in messages if message.provider != WEB_PUSH]
        try:
            if to_browsers:
                yield from self._browsers.send(to_browsers, now=now)
        finally:
            if to_others:
                yield from self._others.send(to_others, now=now)


def throttle_names(message: PushMessage, *, name: str) -> tuple[str, ...]:
    """Return the throttles that a message passes, the one of its faults first.

    A push service of browsers has its own; all else has the one of the gateway of that ``name``,
    and one for its platform.
    """
    if message.provider == WEB_PUSH:
        return (web_push_throttle(message.address),)
    return (name, f"{name}:{message.platform}")


def web_push_throttle(endpoint: str) -> str:
    """Return the name of the throttle of an endpoint's push service."""
    return f"{WEB_PUSH}:{urlsplit(push_service_of(endpoint) or '').netloc or 'unknown'}"


def push_service_of(endpoint: str) -> str | None:
    """Return the entry of ``PUSH_SERVICES`` that allows an endpoint, or None.

    An entry is an origin; its host may begin with ``*.`` for all names below it. An endpoint with
    a user, a fragment, or another port than the entry's is refused.
    """
    try:
        parts = urlsplit(endpoint)
        place = (parts.scheme, parts.port)
    except ValueError:
        return None
    if (
        "@" in parts.netloc
        or parts.fragment
        or not endpoint.isascii()
        or not endpoint.isprintable()
    ):
        return None
    host = parts.hostname or ""
    for entry in settings.PUSH_SERVICES:
        allowed = urlsplit(entry)
        name = allowed.hostname or ""
        is_host = host.endswith(name[1:]) if name.startswith("*.") else host == name
        if is_host and place == (allowed.scheme, allowed.port):
            return str(entry)
    return None


@cache
def _gateway_named(name: str) -> PushGateway:
    return cast(PushGateway, import_string(GATEWAYS.get(name, name))())


class ConsoleGateway:
    """Prints the neutral sentence, the wall clock it was planned for, and an opaque id."""

    name = "console"
    addressing = Addressing.PATIENTS

    def send(self, messages: Sequence[PushMessage], *, now: datetime) -> list[PushResult]:
        """Print every message on a line of its own."""
        for message in messages:
            clock = format_clock_minute(message.minute)
            sys.stdout.write(f"reminder  {clock}  {message.sentence}  {message.occurrence}\n")
        sys.stdout.flush()
        return [
            PushResult(message.occurrence, message.device, SendOutcome.SENT, "console")
            for message in messages
        ]


class InboxGateway:
    """Sends nothing; ``GET inbox`` shows what is waiting."""

    name = "inbox"
    addressing = Addressing.PATIENTS

    def send(self, messages: Sequence[PushMessage], *, now: datetime) -> list[PushResult]:
        """Return for every message that it was sent."""
        return [
            PushResult(message.occurrence, message.device, SendOutcome.SENT, INBOX_CODE)
            for message in messages
        ]
