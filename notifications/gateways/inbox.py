"""The gateway through which nothing leaves: the reminder waits in the app's inbox."""

from collections.abc import Sequence
from datetime import datetime

from notifications.gateways.gateway import Message, Outcome, Result


class InboxGateway:
    """Send nothing anywhere; ``GET inbox`` shows what is waiting."""

    name = "inbox"
    needs_devices = False

    def send(self, messages: Sequence[Message], *, now: datetime) -> list[Result]:
        """Say of every message that it is there."""
        return [
            Result(message.occurrence, message.device, Outcome.SENT, "inbox")
            for message in messages
        ]
