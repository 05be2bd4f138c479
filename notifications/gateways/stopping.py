"""What a gateway remembers within one call: after a refusal of all, nothing more is begun."""

from notifications.gateways.gateway import Message, Outcome, Result

#: What was not tried because a token was refused: the next chunk has another.
TOKEN_SECONDS = 10


class Stops:
    """The refusals of one call, by the gate they concern. Threads may ask and tell at once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._seconds: dict[str, int] = {}

    def held(self, message: Message) -> Result | None:
        """Tell that a message is held back, if what was heard by now concerns it."""
        for gate in (self._name, f"{self._name}:{message.platform}"):
            if gate in self._seconds:
                return Result(message.occurrence, message.device, Outcome.HELD, "gate_shut",
                              self._seconds[gate])  # fmt: skip
        return None

    def hear(self, message: Message, result: Result) -> None:
        """Remember a refusal of all."""
        if result.outcome is Outcome.SHUT:
            self._seconds.setdefault(result.gate, result.retry_after or TOKEN_SECONDS)
        elif result.code == "unauthenticated":
            self._seconds.setdefault(self._name, TOKEN_SECONDS)
