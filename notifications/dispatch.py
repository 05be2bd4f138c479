"""Draining what is due: claim, send, record, until there is nothing left or the time is up."""

import logging
import time
from collections import Counter

from backend.kit import actors
from notifications.claiming import claim_due, what_is_due
from notifications.delivery import Clock, deliver
from notifications.gateways import Gateway
from notifications.refreshing import send_refreshes

log = logging.getLogger(__name__)

#: A worker is asked to stop after 50 s: it comes to its own end before. The next tick goes on.
LONGEST_SECONDS = 25.0


@actors.acting_as(actors.REMINDERS)
def dispatch(*, clock: Clock, gateway: Gateway, seconds: float = LONGEST_SECONDS) -> Counter[str]:
    """Send everything that is due; return how many occurrences ended in which state.

    Phones whose plan has changed are told of it afterwards, without a word on a screen.
    Any number of these may run at once, and a lost or doubled run is harmless: the rows say what
    is to be done. With nothing due it costs one indexed statement.
    """
    stop_at = time.monotonic() + seconds
    tally: Counter[str] = Counter()
    is_refreshed = False
    while time.monotonic() < stop_at:
        now = clock()
        due = what_is_due(now=now)
        is_refreshed |= due.refreshes
        if not due.reminders:
            break
        batch = claim_due(now=now)
        if not batch.handled:
            break  # Another worker holds what is due.
        tally += deliver(
            batch=batch, gateway=gateway, clock=clock, seconds=stop_at - time.monotonic()
        )
    for state, count in sorted(tally.items()):
        log.info("dispatched", extra={"event": "dispatched", "state": state, "count": count})
    if is_refreshed and gateway.needs_devices:
        for outcome, count in sorted(send_refreshes(clock=clock, gateway=gateway).items()):
            log.info("refreshed", extra={"event": "refreshed", "state": outcome, "count": count})
    return tally
