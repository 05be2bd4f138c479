"""Whether the service lives, and whether it is ready for people."""

import time
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from api.answers import answer
from api.permissions import Anyone
from backend.kit import actors, broker
from care.queries.staffing import every_own_resource
from journaling.safety import resources
from notifications.clock import database_clock
from notifications.queries import overdue_seconds

#: Reminders that wait longer than a lease say that no worker is at work.
LATE_SECONDS = 120.0
#: So far may the clocks of this process and of the database be apart.
APART_SECONDS = 30.0
#: Whoever asks again sooner hears of the broker what was heard then.
BROKER_SECONDS = 5.0


class Alive(APIView):
    """Whether the process answers."""

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """Answer at once, asking nobody."""
        return answer({"status": "alive"})


class Ready(APIView):
    """Whether people can work: 503 until the database answers.

    A broker that is away, clocks that differ and late reminders are told as ``degraded`` with 200:
    patients can log and therapists can read, so nobody must be sent away for them. Crisis lines
    that nobody checked for 180 days are told as ``crisis_resources: false``, for the administrator
    to see: the service is as ready as it was.
    """

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """Ask the database, the broker and the clocks."""
        try:
            found = _looked()
        except DatabaseError:
            response = answer({"status": "not_ready", "database": False}, status=503)
            response["Retry-After"] = "5"
            return response
        is_well = found["broker"] and found["clock"] and found["reminders"]
        return answer({"status": "ready" if is_well else "degraded", "database": True, **found})


@actors.acting_as(actors.METRICS)
def _looked() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    now = timezone.now()
    apart = abs((database_clock(here=lambda: now)() - timezone.now()).total_seconds())
    late = overdue_seconds(now=now)
    return {
        "broker": _broker.answers(),
        "clock": apart < APART_SECONDS,
        "reminders": late < LATE_SECONDS,
        "overdue_seconds": round(late),
        "crisis_resources": not resources.stale(
            resources.listed(every_own_resource()), today=now.date()
        ),
    }


class _Broker:
    """What was last heard of the broker: anybody may ask, so it isn't bothered each time."""

    def __init__(self) -> None:
        self._asked_at = float("-inf")
        self._url = ""
        self._is_there = False

    def answers(self) -> bool:
        url = settings.BROKER_URL
        if url != self._url or time.monotonic() - self._asked_at > BROKER_SECONDS:
            self._is_there = broker.answers(url, folder=settings.BROKER_FOLDER)
            self._asked_at, self._url = time.monotonic(), url
        return self._is_there


_broker = _Broker()
