"""The demo's gateway: what a phone would show, on the terminal."""

import sys
from collections.abc import Sequence
from datetime import datetime

from notifications.gateways.gateway import Message, Outcome, Result


class ConsoleGateway:
    """Print the neutral sentence, the wall clock it was planned for, and an opaque id."""

    name = "console"
    needs_devices = False

    def send(self, messages: Sequence[Message], *, now: datetime) -> list[Result]:
        """Print every message on a line of its own."""
        for message in messages:
            clock = f"{message.minute // 60:02}:{message.minute % 60:02}"
            sys.stdout.write(f"reminder  {clock}  {message.sentence}  {message.occurrence}\n")
        sys.stdout.flush()
        return [
            Result(message.occurrence, message.device, Outcome.SENT, "console")
            for message in messages
        ]
