"""What comes back while a chunk is being sent, written down in small lots.

Whoever is killed loses at most one lot: what FCM took and nobody wrote down is sent again under the
same tag.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from notifications import gates
from notifications.gateways import Message, Outcome, Result
from notifications.leases import Leased
from notifications.recording import Settled, end_dead, record, settle

#: A lot is written at so many results, or so long after the one before.
LOT = 100
LOT_SECONDS = 0.05


class _Awaited(NamedTuple):
    """One occurrence, the devices whose results are missing yet, and the results of the others."""

    item: Leased
    missing: list[UUID | None]
    results: list[Result]


class Ledger:
    """The results of one chunk, for one holder, at the gate of one gateway.

    A pause begins when a result is heard: an answer may be slow to come.
    """

    def __init__(
        self, *, fence: UUID, gate: str, is_failing: bool, clock: Callable[[], datetime]
    ) -> None:
        self.fence = fence
        self.gate = gate
        self.is_failing = is_failing
        self.clock = clock
        self.now = clock()
        self.settled: list[Settled] = []
        self._unwritten: list[Settled] = []
        self._heard: list[Result] = []
        self._awaited: dict[UUID, _Awaited] = {}
        self._written_at = time.monotonic()

    def expect(self, items: Sequence[Leased], messages: Sequence[Message]) -> None:
        """Say which messages of which occurrences will have a result."""
        self._awaited = {item.id: _Awaited(item, [], []) for item in items}
        for message in messages:
            self._awaited[message.occurrence].missing.append(message.device)

    def hear(self, result: Result) -> None:
        """Take down one result; an occurrence is settled when all of its devices have theirs."""
        awaited = self._awaited.get(result.occurrence)
        if awaited is None or result.device not in awaited.missing:
            return
        awaited.missing.remove(result.device)
        awaited.results.append(result)
        self._heard.append(result)
        is_time = time.monotonic() - self._written_at >= LOT_SECONDS
        if is_time:
            # One instant for a lot: a column that says one thing is written as one value.
            self.now = self.clock()
        if not awaited.missing:
            self._unwritten.append(settle(awaited.item, awaited.results, now=self.now))
        if len(self._unwritten) >= LOT or is_time:
            self.write()

    def close(self) -> None:
        """Write the rest. A message without any result may have been taken, as far as we know."""
        for occurrence, awaited in self._awaited.items():
            for device in list(awaited.missing):
                self.hear(Result(occurrence, device, Outcome.DOUBTFUL, "no_result"))
        self.write()

    def write(self) -> None:
        """Write down what is known by now, the shared brakes first."""
        heard, self._heard = self._heard, []
        gates.shut(results=heard, now=self.now)
        self.is_failing = gates.note_faults(
            results=heard, name=self.gate, is_failing=self.is_failing, now=self.now
        )
        record(settled=self._unwritten, fence=self.fence)
        self.settled += self._unwritten
        self._unwritten = []
        end_dead(results=heard, now=self.now)
        self._written_at = time.monotonic()
