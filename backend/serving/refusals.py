"""What the door itself answers: it repeats nothing of what was sent."""

import json
from http import HTTPStatus

from gunicorn.http import errors

_STATUS = (
    (errors.LimitRequestLine, 414), (errors.LimitRequestHeaders, 431),
    (errors.UnsupportedTransferCoding, 501), (errors.ExpectationFailed, 417),
)  # fmt: skip
_CODES = {
    400: ("bad_request", "This is no HTTP request that we can read."),
    408: ("too_slow", "The request did not arrive in time. Send it again."),
    413: ("too_large", "The body is larger than 256 KiB."),
    414: ("address_too_long", "The address is too long."),
    417: ("expectation_failed", "This can't be expected here."),
    431: ("headers_too_large", "The headers are too many or too large."),
    500: ("server_error", "Something went wrong on our side."),
    501: ("not_implemented", "Send the body with its length, or in plain chunks."),
}


def status_of(fault: Exception) -> int:
    """Tell with which status something unreadable is answered."""
    return next((status for kind, status in _STATUS if isinstance(fault, kind)), 400)


def answer(status: int, path: bytes) -> bytes:
    """Write a whole answer: a problem for the API, a line of text elsewhere; then it closes."""
    code, detail = _CODES[status]
    title = HTTPStatus(status).phrase
    if path.startswith(b"/api/"):
        kind = "application/problem+json"
        told = {
            "type": "about:blank", "title": title, "status": status, "detail": detail,
            "code": code, "errors": [],
        }  # fmt: skip
        body = json.dumps(told).encode()
    else:
        kind, body = "text/plain; charset=utf-8", f"{detail}\n".encode()
    head = (
        f"HTTP/1.1 {status} {title}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n"
    )
    return head.encode() + body
