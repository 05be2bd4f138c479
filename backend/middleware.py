"""What every answer carries, whoever made it."""

import re
from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port

from backend.kit import actors, addresses, logs
from backend.kit.ids import new_id

Answer = Callable[[HttpRequest], HttpResponse]
_USABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")

#: What a load balancer or an orchestrator asks, by the address of the machine and not by its name.
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})


def probes_by_address(answer: Answer) -> Answer:
    """Let probes ask by an address; every other request still needs an allowed name.

    A name that is not allowed stays refused here too: a page elsewhere, whose name is made to lead
    here, must read nothing.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path in PROBES and _is_address(request.META.get("HTTP_HOST", "")):
            request.META["HTTP_HOST"] = _own_name()
        return answer(request)

    return middleware


def _is_address(host: str) -> bool:
    name, _ = split_domain_port(host)
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        # Who speaks HTTP/1.0 names nobody.
        return not host
    return True


def _own_name() -> str:
    names = [name for name in settings.ALLOWED_HOSTS if not name.startswith(("*", "."))]
    return names[0] if names else "localhost"


def request_ids(answer: Answer) -> Answer:
    """Give each request an id (the caller's own, if it is plain) for logs, audit and the reply."""

    def middleware(request: HttpRequest) -> HttpResponse:
        sent = request.headers.get("X-Request-Id", "")
        chosen = sent if _USABLE.fullmatch(sent) else str(new_id())
        token = logs.request_id.set(chosen)
        try:
            response = answer(request)
        finally:
            logs.request_id.reset(token)
        response["X-Request-Id"] = chosen
        return response

    return middleware


def client_addresses(answer: Answer) -> Answer:
    """Put the caller's address where the server put its peer's, behind proxies that are ours."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.META["REMOTE_ADDR"] = addresses.caller_of(
            peer=request.META.get("REMOTE_ADDR", ""),
            forwarded=request.META.get("HTTP_X_FORWARDED_FOR", ""),
            trusted=settings.TRUSTED_PROXIES,
        )
        return answer(request)

    return middleware


def never_stored(answer: Answer) -> Answer:
    """Keep every answer out of caches, unless a view of public data said otherwise."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response

    return middleware


def nobody_yet(answer: Answer) -> Answer:
    """Begin each request as somebody who has not signed in, and forget who did at its end."""

    def middleware(request: HttpRequest) -> HttpResponse:
        token = actors.become(actors.SIGN_IN)
        try:
            return answer(request)
        finally:
            actors.leave(token)

    return middleware
