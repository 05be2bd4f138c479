"""Writing JSON answers from plain values."""

from typing import Any

import orjson
from django.http import HttpResponse

_STYLE = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def answer(data: Any, *, status: int = 200, rev: int | None = None) -> HttpResponse:
    """Answer plain values as JSON: instants in UTC with Z; ``rev`` becomes the ETag of an edit."""
    response = HttpResponse(
        orjson.dumps(data, option=_STYLE), status=status, content_type="application/json"
    )
    if rev is not None:
        response["ETag"] = f'"{rev}"'
    return response
