"""Middleware around every request: ids, client address, caching, actor, and no uploads."""

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port

from backend.kit import client_ip, logs
from backend.kit.db import rls_actor
from backend.kit.ids import new_id

GetResponse = Callable[[HttpRequest], HttpResponse]
_VALID_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

#: What a load balancer or an orchestrator asks, by the address of the machine and not by its name.
PROBE_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})


def allow_probe_hosts(answer: GetResponse) -> GetResponse:
    """Accept probes by IP address; every other request still needs an allowed host name.

    A name that is not allowed stays refused here too: a page elsewhere, whose name is made to lead
    here, must read nothing.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path in PROBE_PATHS and _is_address(request.META.get("HTTP_HOST", "")):
            request.META["HTTP_HOST"] = _first_allowed_host()
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


def _first_allowed_host() -> str:
    names = [name for name in settings.ALLOWED_HOSTS if not name.startswith(("*", "."))]
    return names[0] if names else "localhost"


def assign_request_id(answer: GetResponse) -> GetResponse:
    """Assign each request an id (the caller's own, if valid) for logs, audit and the reply."""

    def middleware(request: HttpRequest) -> HttpResponse:
        sent = request.headers.get("X-Request-Id", "")
        chosen = sent if _VALID_REQUEST_ID.fullmatch(sent) else str(new_id())
        token = logs.request_id.set(chosen)
        try:
            response = answer(request)
        finally:
            logs.request_id.reset(token)
        response["X-Request-Id"] = chosen
        return response

    return middleware


def set_client_address(answer: GetResponse) -> GetResponse:
    """Replace the peer's address by the caller's, behind proxies that are ours."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.META["REMOTE_ADDR"] = client_ip.resolve_client_ip(
            peer=request.META.get("REMOTE_ADDR", ""),
            forwarded=request.META.get("HTTP_X_FORWARDED_FOR", ""),
            trusted=settings.TRUSTED_PROXIES,
        )
        return answer(request)

    return middleware


def no_store(answer: GetResponse) -> GetResponse:
    """Keep every answer out of caches, unless a view of public data said otherwise."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response

    return middleware


def reject_nul_in_forms(answer: GetResponse) -> GetResponse:
    """Refuse forms with a NUL, which no name has and PostgreSQL takes nowhere.

    JSON is read by the endpoints of the API, which name the field. What stands in an address is
    read by ``web.form_fields``, or by the administrator's site, which takes few words.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        sent = dict(request.POST) if _is_form(request) else {}
        for name, values in sent.items():
            if "\x00" in name or any("\x00" in value for value in values):
                raise BadRequest
        return answer(request)

    return middleware


def _is_form(request: HttpRequest) -> bool:
    return request.method == "POST" and not request.path_info.startswith("/api/")


def reset_actor_middleware(answer: GetResponse) -> GetResponse:
    """Reset the RLS actor around each request."""

    def middleware(request: HttpRequest) -> HttpResponse:
        token = rls_actor.set_actor(rls_actor.SIGN_IN_ACTOR)
        try:
            return answer(request)
        finally:
            rls_actor.reset_actor(token)

    return middleware


class RejectUploads(FileUploadHandler):
    """Refuse forms that are larger than any of ours, and drop what else has a file."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 (Django's)
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        """Refuse by the length alone: Django counts the fields of a form, not its files."""
        if content_length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig("Larger than any form of ours.")

    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Stop reading the upload."""
        raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: Any, start: int) -> None:
        """Drop the chunk."""

    def file_complete(self, file_size: int) -> None:
        """Return no file."""
