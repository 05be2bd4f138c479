"""What every way out has in common: messages in, one result for each.

Of each reminder there are several of these: a named tuple is made in a fifth of the time of a
frozen dataclass (measured).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID


class Outcome(StrEnum):
    """What the other side did with one message."""

    SENT = "sent"
    #: The address will never work again; nothing else is wrong.
    DEAD = "dead"
    #: It refuses this message, and always would; the address may be fine.
    REFUSED = "refused"
    #: Certainly not taken: it may be tried again.
    NOT_SENT = "not_sent"
    #: Not taken, and nothing more may be sent for a while.
    SHUT = "shut"
    #: Never tried, because a gate is shut.
    HELD = "held"
    #: It answered that it can't take it now (a 500 or 503): tried again while its window is open.
    FAULTED = "faulted"
    #: Nobody answered, and it may have been taken: a time-out, or a connection that was dropped.
    DOUBTFUL = "doubtful"


class Message(NamedTuple):
    """One sentence for one address. ``device`` is None where a gateway needs no address.

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


class Result(NamedTuple):
    """What became of one message. ``gate`` names what is shut, for ``retry_after`` seconds."""

    occurrence: UUID
    device: UUID | None
    outcome: Outcome
    code: str = ""
    retry_after: int | None = None
    gate: str = ""


class Gateway(Protocol):
    """A way out. It sends nothing twice by itself and raises for nothing that one message does."""

    name: str
    #: Whether a message needs the address of a device.
    needs_devices: bool

    def send(self, messages: Sequence[Message], *, now: datetime) -> Iterable[Result]:
        """Hand over at most a hundred messages; give a result for each, as soon as it is known."""
        ...
