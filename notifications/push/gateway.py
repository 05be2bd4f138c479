"""Push gateways: the protocol with its messages and results, and the choice by PUSH_GATEWAY.

The two gateways without a network are here as well. Messages and results are named tuples, as
there are several for each reminder: made in a fifth of the time of a frozen dataclass (measured).
"""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import NamedTuple, Protocol, cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

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
    #: Whether a message needs the address of a device.
    needs_devices: bool

    def send(self, messages: Sequence[PushMessage], *, now: datetime) -> Iterable[PushResult]:
        """Send at most a hundred messages; yield a result for each, as soon as it is known."""
        ...


def push_gateway() -> PushGateway:
    """Return the gateway that the settings name, or one of a clinic's own by its dotted path."""
    return _gateway_named(settings.PUSH_GATEWAY)


@cache
def _gateway_named(name: str) -> PushGateway:
    return cast(PushGateway, import_string(GATEWAYS.get(name, name))())


class ConsoleGateway:
    """Prints the neutral sentence, the wall clock it was planned for, and an opaque id."""

    name = "console"
    needs_devices = False

    def send(self, messages: Sequence[PushMessage], *, now: datetime) -> list[PushResult]:
        """Print every message on a line of its own."""
        for message in messages:
            clock = f"{message.minute // 60:02}:{message.minute % 60:02}"
            sys.stdout.write(f"reminder  {clock}  {message.sentence}  {message.occurrence}\n")
        sys.stdout.flush()
        return [
            PushResult(message.occurrence, message.device, SendOutcome.SENT, "console")
            for message in messages
        ]


class InboxGateway:
    """Sends nothing; ``GET inbox`` shows what is waiting."""

    name = "inbox"
    needs_devices = False

    def send(self, messages: Sequence[PushMessage], *, now: datetime) -> list[PushResult]:
        """Return for every message that it was sent."""
        return [
            PushResult(message.occurrence, message.device, SendOutcome.SENT, "inbox")
            for message in messages
        ]
