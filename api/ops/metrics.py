"""Metrics for Prometheus. They name no patient, and still are not public."""

import hmac
from collections.abc import Iterator
from ipaddress import ip_address

from django.conf import settings
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
from backend.kit.db import rls_actor
from notifications.engine.tick import EngineHealth, read_engine_health

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
