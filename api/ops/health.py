"""Whether the service can work, and its metrics for Prometheus.

Metrics name no patient, and still are not public.
"""

import hmac
import time
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

from api.http.permissions import Anyone
from api.http.responses import json_response
from backend.kit import broker_health
from backend.kit.db import rls_actor
from care import readiness
from care.consents import texts
from care.oncall.safety_settings import all_clinic_resources
from journaling.safety.support import list_crisis_resources, stale_crisis_resources
from notifications.engine.tick import (
    EngineHealth,
    database_clock,
    overdue_seconds,
    read_engine_health,
)

#: Reminders that wait longer than a lease mean that no worker is running.
MAX_OVERDUE_SECONDS = 120.0
#: How far the clocks of this process and of the database may differ.
MAX_CLOCK_SKEW_SECONDS = 30.0
#: How long the result of the broker check is cached.
BROKER_CHECK_SECONDS = 5.0
#: How long the result of the write check is cached.
WRITE_CHECK_SECONDS = 1.0


class Liveness(APIView):
    """Whether the process answers."""

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """Answer at once, without a check."""
        return json_response({"status": "alive"})


class Readiness(APIView):
    """Whether people can work: 503 until the database answers, takes a write, and can be read.

    A full disk and a master key that opens no patient's key are told as ``writable`` and ``keys``.
    A broker that is away, clocks that differ and late reminders are told as ``degraded`` with 200:
    patients can log and therapists can read, so nobody must be sent away for them. Crisis lines
    that nobody checked for 180 days are told as ``crisis_resources: false``, for the administrator
    to see, and texts of consents that are not those of their file as ``consent_texts: false``: the
    service is as ready as it was.
    """

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """Check the database, the broker and the clocks."""
        try:
            able = {"writable": _write_check.works(), "keys": readiness.can_decrypt()}
            state = _check_state() if all(able.values()) else {}
        except DatabaseError:
            return _not_ready({"database": False})
        if not all(able.values()):
            return _not_ready({"database": True, **able})
        is_well = state["broker"] and state["clock"] and state["reminders"]
        status = "ready" if is_well else "degraded"
        return json_response({"status": status, "database": True, **able, **state})


def _not_ready(checks: dict[str, bool]) -> HttpResponse:
    response = json_response({"status": "not_ready", **checks}, status=503)
    response["Retry-After"] = "5"
    return response


@rls_actor.acting_as(rls_actor.METRICS_ACTOR)
def _check_state() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    now = timezone.now()
    apart = abs((database_clock(here=lambda: now)() - timezone.now()).total_seconds())
    late = overdue_seconds(now=now)
    return {
        "broker": _broker_check.answers(),
        "clock": apart < MAX_CLOCK_SKEW_SECONDS,
        "reminders": late < MAX_OVERDUE_SECONDS,
        "overdue_seconds": round(late),
        "crisis_resources": not stale_crisis_resources(
            list_crisis_resources(all_clinic_resources()), today=now.date()
        ),
        "consent_texts": texts.are_as_filed(now=now),
    }


class _BrokerCheck:
    """Cached check of the broker: anybody may request it, so not every request pings it."""

    def __init__(self) -> None:
        self._asked_at = float("-inf")
        self._url = ""
        self._is_there = False

    def answers(self) -> bool:
        url = settings.BROKER_URL
        if url != self._url or time.monotonic() - self._asked_at > BROKER_CHECK_SECONDS:
            self._is_there = broker_health.is_broker_reachable(url, folder=settings.BROKER_FOLDER)
            self._asked_at, self._url = time.monotonic(), url
        return self._is_there


class _WriteCheck:
    """Cached check of a write: anybody may request it, so not every request writes."""

    def __init__(self) -> None:
        self._tried_at = float("-inf")
        self._was_possible = False

    def works(self) -> bool:
        if not self._was_possible or time.monotonic() - self._tried_at > WRITE_CHECK_SECONDS:
            self._was_possible = readiness.can_write(now=timezone.now())
            self._tried_at = time.monotonic()
        return self._was_possible

    def forget(self) -> None:
        self._was_possible = False


_broker_check = _BrokerCheck()
_write_check = _WriteCheck()


#: Suppressed on purpose, or not sent in time.
UNSENT_STATES = ("skipped", "expired")
#: What a proxy in front of us adds: then the caller's address is the proxy's.
FORWARDED_HEADERS = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via")


class Metrics(APIView):
    """What the reminder engine has done in the last day, and how far behind it is."""

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """Return the metrics to this machine itself, or whoever has the token; 404 to others."""
        if not (_has_token(request) or _is_local(request)):
            raise NotFound
        registry = CollectorRegistry(auto_describe=False)
        with rls_actor.acting_as(rls_actor.METRICS_ACTOR):
            registry.register(EngineCollector(read_engine_health(now=timezone.now())))
        return HttpResponse(
            generate_latest(registry), content_type="text/plain; version=0.0.4; charset=utf-8"
        )


class EngineCollector(Collector):
    """Collector of one reading of the engine's health."""

    def __init__(self, health: EngineHealth) -> None:
        self.health = health

    def collect(self) -> Iterator[Metric]:
        """Yield every metric; labels have few fixed values."""
        health = self.health
        yield GaugeMetricFamily(
            "between_reminders_overdue_seconds",
            "How long the oldest reminder that is due has waited.",
            value=health.overdue_seconds,
        )
        yield _gauge(
            "between_reminders_open", "Reminders in hand or to be tried again.", ["state"],
            [((state,), number) for state, number in health.open_now.items()],
        )  # fmt: skip
        yield GaugeMetricFamily(
            "between_reminders_sent",
            "Reminders of the last 24 hours that were handed over.",
            value=sum(number for state, _, number in health.settled if state == "sent"),
        )
        yield _gauge(
            "between_reminders_suppressed",
            "Reminders of the last 24 hours that were kept back, by reason.", ["reason"],
            [((why,), number) for state, why, number in health.settled if state in UNSENT_STATES],
        )  # fmt: skip
        yield _gauge(
            "between_reminders_failed",
            "Reminders of the last 24 hours that went wrong, by what became of them and by code.",
            ["state", "code"],
            [((state, code), number) for state, code, number in health.settled
             if state not in (*UNSENT_STATES, "sent")],
        )  # fmt: skip
        yield _gauge(
            "between_push_gate_shut_seconds", "How long nobody sends through a gate.", ["gate"],
            [((gate,), seconds) for gate, seconds in health.shut_seconds.items()],
        )  # fmt: skip


def _gauge(
    name: str, about: str, labels: list[str], rows: list[tuple[tuple[str, ...], float]]
) -> Metric:
    family = GaugeMetricFamily(name, about, labels=labels)
    sums: dict[tuple[str, ...], float] = {}
    for values, number in rows:
        sums[values] = sums.get(values, 0) + number
    for values, number in sums.items():
        family.add_metric(values, number)
    return family


def _has_token(request: Request) -> bool:
    given = request.headers.get("Authorization", "").encode()
    wanted = f"Bearer {settings.METRICS_TOKEN}".encode()
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(given, wanted)


def _is_local(request: Request) -> bool:
    address = request.META.get("REMOTE_ADDR", "")
    if not address or any(name in request.headers for name in FORWARDED_HEADERS):
        return False
    return ip_address(address).is_loopback
