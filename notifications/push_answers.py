"""What FCM's answers mean: whom they concern, and whether the message may have been taken."""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from notifications.gateways import Message, Outcome, Result

log = logging.getLogger(__name__)

#: How long a gate stays shut that only somebody with the console can open.
SHUT_BY_FAULT = 300
SHUT_BY_QUOTA = 60

_ADDRESS_FIELDS = {"message.token", "message.fid"}
_BY_CODE = {
    "UNREGISTERED": (Outcome.DEAD, "unregistered", ""),
    "SENDER_ID_MISMATCH": (Outcome.DEAD, "sender_id_mismatch", ""),
    "QUOTA_EXCEEDED": (Outcome.SHUT, "quota_exceeded", ""),
    "THIRD_PARTY_AUTH_ERROR": (Outcome.SHUT, "third_party_auth", "platform"),
    "APNS_AUTH_ERROR": (Outcome.SHUT, "third_party_auth", "platform"),
}
_BY_STATUS = {
    401: (Outcome.NOT_SENT, "unauthenticated", ""),
    403: (Outcome.SHUT, "permission_denied", ""),
    408: (Outcome.DOUBTFUL, "status_408", ""),
    429: (Outcome.SHUT, "quota_exceeded", ""),
}


def result_of(
    message: Message, *, status: int, body: str, retry_after: str, name: str, now: datetime
) -> Result:
    """Judge an answer of FCM to one message; ``name`` is the gate that all of it shares."""
    if status == 200:
        return Result(message.occurrence, message.device, Outcome.SENT, "fcm")
    outcome, code, gate = _answered(status, _codes(body))
    if outcome in {Outcome.SHUT, Outcome.REFUSED}:
        log.error("refused", extra={"event": "fcm_refused", "code": code, "status": status,
                                    "occurrence": str(message.occurrence)})  # fmt: skip
    seconds = seconds_of(retry_after, now=now)
    if outcome is Outcome.SHUT and seconds is None:
        seconds = SHUT_BY_QUOTA if status == 429 else SHUT_BY_FAULT
    gate = f"{name}:{message.platform}" if gate == "platform" else name
    return Result(message.occurrence, message.device, outcome, code, seconds, gate)


def no_answer(message: Message, outcome: Outcome, code: str) -> Result:
    """Say what became of a message that nobody answered."""
    return Result(message.occurrence, message.device, outcome, code)


def shut_out(message: Message, *, gate: str) -> Result:
    """Shut the gate for a token that was renewed and refused again."""
    log.error("refused", extra={"event": "fcm_refused", "code": "unauthenticated", "status": 401})
    return Result(message.occurrence, message.device, Outcome.SHUT, "unauthenticated",
                  SHUT_BY_FAULT, gate)  # fmt: skip


def _answered(status: int, codes: tuple[str, frozenset[str]]) -> tuple[Outcome, str, str]:
    """Judge an answer by FCM's own code, else by its status; name the gate it would shut."""
    code, fields = codes
    known = _BY_CODE.get(code) or _BY_STATUS.get(status)
    if known:
        return known
    if status >= 500:
        return Outcome.FAULTED, f"status_{status}", ""
    # It complains about the address alone, or about a message of ours, which the phone can't help.
    is_address = status == 400 and code == "INVALID_ARGUMENT" and fields <= _ADDRESS_FIELDS
    if is_address:
        return Outcome.DEAD, "invalid_address", ""
    return Outcome.REFUSED, f"status_{status}", ""


def _codes(body: str) -> tuple[str, frozenset[str]]:
    """Read FCM's error code and the fields it complains about; anything else counts as none."""
    try:
        error = json.loads(body)["error"]
        details = [found for found in error.get("details", []) if isinstance(found, Mapping)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", frozenset()
    code = next((str(found.get("errorCode")) for found in details if _is(found, "FcmError")), "")
    fields = frozenset(
        str(violation.get("field"))
        for found in details if _is(found, "BadRequest")
        for violation in found.get("fieldViolations", [])
    )  # fmt: skip
    return code, fields


def _is(detail: Mapping[str, Any], name: str) -> bool:
    return str(detail.get("@type", "")).endswith(f".{name}")


def seconds_of(text: str, *, now: datetime) -> int | None:
    """Read a Retry-After, which is a number of seconds or a date; anything else is none."""
    if text.isascii() and text.isdecimal():
        return int(text) if len(text) < 6 else None
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(int((at - now).total_seconds()), 1)
