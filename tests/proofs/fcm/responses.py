"""The answers of FCM v1, as it gives them: status, headers and error body."""

from dataclasses import dataclass, field
from typing import Any

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


@dataclass(frozen=True)
class Answer:
    """What the server does with one message. ``accepts``: it reaches the phone all the same."""

    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    accepts: bool = False
    slow_seconds: float = 0.0
    drops: bool = False
    #: It hears the whole request and closes its side of the connection without a word.
    half_closes: bool = False
    #: It answers and is gone, though the connection was said to be kept.
    closes_after: bool = False


def accepted() -> Answer:
    return Answer(accepts=True)


def refused(
    status: int,
    code: str | None = None,
    *,
    retry_after: int | str | None = None,
    fields: tuple[str, ...] = (),
    accepts: bool = False,
) -> Answer:
    """An error with FcmError details where FCM gives them."""
    details: list[dict[str, Any]] = []
    if code:
        details.append({"@type": FCM_ERROR, "errorCode": code})
    if fields:
        violations = [{"field": name, "description": "Invalid value"} for name in fields]
        details.append({"@type": BAD_REQUEST, "fieldViolations": violations})
    error = {"code": status, "message": "As FCM says it.", "status": STATUS[status]}
    body = {"error": error | ({"details": details} if details else {})}
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    return Answer(status, body, headers, accepts=accepts)


#: By the names that a script on the command line uses.
NAMED = {
    "ok": accepted(),
    "unregistered": refused(404, "UNREGISTERED"),
    "sender_mismatch": refused(403, "SENDER_ID_MISMATCH"),
    "bad_token": refused(400, "INVALID_ARGUMENT", fields=("message.token",)),
    "bad_payload": refused(400, "INVALID_ARGUMENT", fields=("message.data",)),
    "unauthenticated": refused(401),
    "third_party": refused(401, "THIRD_PARTY_AUTH_ERROR"),
    "quota": refused(429, "QUOTA_EXCEEDED", retry_after=30),
    "internal": refused(500, "INTERNAL"),
    "unavailable": refused(503, "UNAVAILABLE", retry_after=20),
    "unavailable_after_accept": refused(503, "UNAVAILABLE", accepts=True),
    "drop": Answer(drops=True),
    "accept_then_drop": Answer(accepts=True, drops=True),
    "half_close": Answer(half_closes=True),
    "accept_then_half_close": Answer(accepts=True, half_closes=True),
    "ok_then_close": Answer(accepts=True, closes_after=True),
    "slow": Answer(accepts=True, slow_seconds=30.0),
}
