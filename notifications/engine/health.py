"""The health of the engine, from the rows alone, so that it is true whatever runs where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min

from notifications.models.device import GatewayThrottle
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder

#: What is counted is what came up within this time.
HEALTH_SPAN = timedelta(hours=24)


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
