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
from care.actions import readiness
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
#: Whoever asks again sooner is told of the write that was tried then.
WRITE_SECONDS = 1.0


class Alive(APIView):
    """Whether the process answers."""

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """Answer at once, asking nobody."""
        return answer({"status": "alive"})


class Ready(APIView):
    """Whether people can work: 503 until the database answers, takes a write, and can be read.

    A full disk and a master key that opens no patient's key are told as ``writable`` and ``keys``.
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
            able = {"writable": _writing.works(), "keys": readiness.can_decrypt()}
            found = _looked() if all(able.values()) else {}
        except DatabaseError:
            return _not_ready({"database": False})
        if not all(able.values()):
            return _not_ready({"database": True, **able})
        is_well = found["broker"] and found["clock"] and found["reminders"]
        status = "ready" if is_well else "degraded"
        return answer({"status": status, "database": True, **able, **found})


def _not_ready(told: dict[str, bool]) -> HttpResponse:
    response = answer({"status": "not_ready", **told}, status=503)
    response["Retry-After"] = "5"
    return response


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


class _Writing:
    """Whether a write was possible a moment ago: anybody may ask, so not each asks the disk."""

    def __init__(self) -> None:
        self._tried_at = float("-inf")
        self._was_possible = False

    def works(self) -> bool:
        if not self._was_possible or time.monotonic() - self._tried_at > WRITE_SECONDS:
            self._was_possible = readiness.can_write(now=timezone.now())
            self._tried_at = time.monotonic()
        return self._was_possible

    def forget(self) -> None:
        self._was_possible = False


_broker = _Broker()
_writing = _Writing()
