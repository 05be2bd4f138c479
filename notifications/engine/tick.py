"""One tick of the dispatcher: claim, send and record until nothing is due or the time is up.

Here as well: what is due and how long it has waited, from the rows alone, so that it is true
whatever runs where; the clock of a tick; and waking a worker at once.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min

from backend.kit.db import rls_actor
from backend.kit.db.claims import fetch_returning
from notifications.engine.claim import claim_due
from notifications.engine.refresh import send_refreshes
from notifications.engine.send import Clock, send_batch
from notifications.models.device import Device, GatewayThrottle
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.push.gateway import Addressing, PushGateway

log = logging.getLogger(__name__)

#: Celery stops a task after 50 s: a tick ends well before, and the next one goes on.
TICK_SECONDS = 25.0
#: What is counted is what came up within this time.
HEALTH_SPAN = timedelta(hours=24)
#: The name of a task, for callers that want it run at once.
EXPORTS_TASK = "notifications.tasks.make_exports"


@rls_actor.acting_as(rls_actor.REMINDERS_ACTOR)
def dispatch(*, clock: Clock, gateway: PushGateway, seconds: float = TICK_SECONDS) -> Counter[str]:
    """Send everything that is due; return how many occurrences ended in which state.

    Phones whose plan has changed get a silent push afterwards. Any number of these may run at once,
    and a lost or doubled run is harmless: the rows say what is to be done. With nothing due it
    costs one indexed statement.
    """
    stop_at = time.monotonic() + seconds
    tally: Counter[str] = Counter()
    is_refreshed = False
    while time.monotonic() < stop_at:
        now = clock()
        due = find_due_work(now=now)
        is_refreshed |= due.refreshes
        if not due.reminders:
            break
        batch = claim_due(now=now)
        if not batch.handled:
            break  # Another worker holds what is due.
        tally += send_batch(
            batch=batch, gateway=gateway, clock=clock, seconds=stop_at - time.monotonic()
        )
    for state, count in sorted(tally.items()):
        log.info("dispatched", extra={"event": "dispatched", "state": state, "count": count})
    if is_refreshed and gateway.addressing is Addressing.DEVICES:
        for outcome, count in sorted(send_refreshes(clock=clock, gateway=gateway).items()):
            log.info("refreshed", extra={"event": "refreshed", "state": outcome, "count": count})
    return tally


class DueWork(NamedTuple):
    """Which kinds of work a dispatcher would find."""

    #: A claim would find something.
    reminders: bool
    #: A device waits for a refresh of its plan.
    refreshes: bool


def is_anything_due(*, now: datetime) -> bool:
    """Whether a dispatcher would find anything, in one indexed statement."""
    return any(find_due_work(now=now))


def find_due_work(*, now: datetime) -> DueWork:
    """Return what a dispatcher would find, by one indexed statement.

    It selects the smallest instant: asked whether any row is due, PostgreSQL read the whole table
    (13 ms of 100,000) when its statistics were of a moment in which many were.
    """
    reminders, occurrences, devices = (
        connection.ops.quote_name(model._meta.db_table) for model in (Reminder, Occurrence, Device)
    )
    at = Reminder._meta.get_field("next_due_at").get_db_prep_value(now, connection)
    is_due = fetch_returning(
        f"SELECT (SELECT min(next_due_at) FROM {reminders}"  # noqa: S608 (own names)
        " WHERE next_due_at IS NOT NULL) <= %s OR"
        f" (SELECT min(next_attempt_at) FROM {occurrences}"
        " WHERE next_attempt_at IS NOT NULL) <= %s,"
        f" (SELECT min(refresh_at) FROM {devices} WHERE refresh_at IS NOT NULL) <= %s",
        [at, at, at],
    )
    return (
        DueWork(*map(bool, is_due))
        if is_due is not None
        else DueWork(reminders=False, refreshes=False)
    )


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """What an operator wants to know; nothing of it is about a patient."""

    #: How long the oldest row that is due has waited; 0 when nothing waits.
    overdue_seconds: float
    #: How many are in hand or to be tried again, by state.
    open_now: dict[str, int]
    #: State, reason and number of what came up within the last day and is settled.
    settled: Sequence[tuple[str, str, int]]
    #: How long each throttle stays blocked.
    shut_seconds: dict[str, float]


def overdue_seconds(*, now: datetime) -> float:
    """Return how long the oldest due row has waited, by two indexed statements."""
    oldest = [
        Reminder.objects.filter(next_due_at__isnull=False).aggregate(at=Min("next_due_at"))["at"],
        Occurrence.objects.filter(next_attempt_at__isnull=False).aggregate(
            at=Min("next_attempt_at")
        )["at"],
    ]
    waits = [(now - at).total_seconds() for at in oldest if at is not None]
    return max(0.0, *waits) if waits else 0.0


def read_engine_health(*, now: datetime) -> EngineHealth:
    """Read the figures of the metrics."""
    open_now = (
        Occurrence.objects.filter(next_attempt_at__isnull=False)
        .values_list("state")
        .annotate(number=Count("*"))
        .order_by("state")
    )
    settled = (
        Occurrence.objects.filter(created_at__gt=now - HEALTH_SPAN, next_attempt_at__isnull=True)
        .values_list("state", "reason")
        .annotate(number=Count("*"))
        .order_by("state", "reason")
    )
    throttles = GatewayThrottle.objects.filter(blocked_until__isnull=False).values_list(
        "name", "blocked_until"
    )
    return EngineHealth(
        overdue_seconds=overdue_seconds(now=now),
        open_now=dict(open_now),
        settled=list(settled),
        shut_seconds={
            name: max((until - now).total_seconds(), 0.0)
            for name, until in throttles.order_by("name")
            if until is not None
        },
    )


def database_clock(*, here: Callable[[], datetime]) -> Callable[[], datetime]:
    """Return a clock that starts at the database's time; SQLite has none but that of ``here``.

    The database is asked once; from then on the monotonic clock counts, which nobody can set.
    Leases are given and judged by this clock. By clocks of their own, a worker five minutes ahead
    would take what another has just begun.
    """
    started, began_at = time.monotonic(), here()
    if connection.vendor == "postgresql":
        row = fetch_returning("SELECT clock_timestamp()", [])
        if row is not None:
            began_at = row[0]

    def now() -> datetime:
        return began_at + timedelta(seconds=time.monotonic() - started)

    return now


def notify_worker(task: str) -> None:
    """Send a task to the broker from a background thread.

    An answer to a patient never waits for a broker: without one, the next tick finds the work.
    """
    if settings.CELERY_APP:
        threading.Thread(target=_send_task, args=(task,), daemon=True).start()


def _send_task(task: str) -> None:
    try:
        app = import_module(settings.CELERY_APP).app
        app.send_task(task, retry=False, expires=settings.REMINDER_TICK_SECONDS)
    except Exception as error:
        log.warning("wake_failed", extra={"reason": type(error).__name__})
