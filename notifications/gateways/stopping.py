"""What a gateway remembers within one call: what is over by now, and what all have to wait for."""

import time
from datetime import datetime, timedelta

from notifications.gates import FAULT_SECONDS, MOST_FAULTS
from notifications.gateways.gateway import Message, Outcome, Result

#: What was not tried because a token was refused: the next chunk has another.
TOKEN_SECONDS = 10


class Stops:
    """The refusals of one call, by the gate they concern. Threads may ask and tell at once."""

    def __init__(self, name: str, *, now: datetime) -> None:
        self._name = name
        self._seconds: dict[str, int] = {}
        self._faults = 0
        self._began_at, self._began = now, time.monotonic()

    def now(self) -> datetime:
        """Tell the time, in whole seconds since the call began: the last may wait for the first."""
        return self._began_at + timedelta(seconds=int(self._elapsed()))

    def _elapsed(self) -> float:
        return time.monotonic() - self._began

    def held(self, message: Message) -> Result | None:
        """Tell that a message is held back, if what was heard by now concerns it."""
        over_in = (message.not_after - self._began_at).total_seconds()
        if 0 < over_in <= self._elapsed():
            return Result(message.occurrence, message.device, Outcome.HELD, "expired", 1)
        for gate in (self._name, f"{self._name}:{message.platform}"):
            if gate in self._seconds:
                return Result(message.occurrence, message.device, Outcome.HELD, "gate_shut",
                              self._seconds[gate])  # fmt: skip
        return None

    def hear(self, message: Message, result: Result) -> None:
        """Remember a refusal of all, and whether it fails again and again."""
        self._faults = self._faults + 1 if result.outcome is Outcome.FAULTED else 0
        if self._faults >= MOST_FAULTS:
            self._seconds.setdefault(self._name, result.retry_after or FAULT_SECONDS)
        if result.outcome is Outcome.SHUT:
            self._seconds.setdefault(result.gate, result.retry_after or TOKEN_SECONDS)
        elif result.code == "unauthenticated":
            self._seconds.setdefault(self._name, TOKEN_SECONDS)
