"""Answers that a caller may know already: the same again costs 304 and no body."""

import hashlib
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.http import parse_etags
from rest_framework.request import Request

from api.answers import answer


def answer_unless_known(request: Request, body: Any, *, version: int = 0) -> HttpResponse:
    """Answer with a tag of the content and its version, or 304 where ``If-None-Match`` names it."""
    etag = f'"{hashlib.sha256(orjson.dumps([version, body])).hexdigest()[:32]}"'
    known = parse_etags(request.headers.get("If-None-Match", ""))
    is_known = etag in {tag.removeprefix("W/") for tag in known} or "*" in known
    response = HttpResponse(status=304) if is_known else answer(body)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response
