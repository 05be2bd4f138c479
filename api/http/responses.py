"""JSON responses, ETags, and content negotiation that never refuses."""

import hashlib
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.http import parse_etags
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

_ORJSON_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def json_response(data: Any, *, status: int = 200, rev: int | None = None) -> HttpResponse:
    """Return plain values as JSON: instants in UTC with Z; ``rev`` becomes the ETag of an edit."""
    response = HttpResponse(
        orjson.dumps(data, option=_ORJSON_OPTIONS), status=status, content_type="application/json"
    )
    if rev is not None:
        response["ETag"] = f'"{rev}"'
    return response


def json_response_unless_cached(request: Request, body: Any, *, version: int = 0) -> HttpResponse:
    """Return JSON with an ETag of content and version, or 304 if ``If-None-Match`` has it."""
    return _cacheable(request, body, version=version, kept="private, no-cache")


def public_json_response(request: Request, body: Any) -> HttpResponse:
    """Return what everybody may read as JSON with an ETag; a proxy may keep it too."""
    return _cacheable(request, body, version=0, kept="public, no-cache")


def _cacheable(request: Request, body: Any, *, version: int, kept: str) -> HttpResponse:
    etag = f'"{hashlib.sha256(orjson.dumps([version, body])).hexdigest()[:32]}"'
    known = parse_etags(request.headers.get("If-None-Match", ""))
    is_known = etag in {tag.removeprefix("W/") for tag in known} or "*" in known
    response = HttpResponse(status=304) if is_known else json_response(body)
    response["ETag"] = etag
    response["Cache-Control"] = kept
    return response


class LenientNegotiation(DefaultContentNegotiation):
    """Honour ``Accept`` where an endpoint has several types, and never refuse because of it.

    Almost every endpoint answers one type: calendar programs, Prometheus and browsers that fetch a
    file ask for their own, and must not get 406 for it (RFC 9110, 12.5.1 leaves both open).
    """

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """Return the renderer that was asked for, or else the first one."""
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            return renderers[0], renderers[0].media_type
