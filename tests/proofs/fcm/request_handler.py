"""What the fake does with one request, whichever version of HTTP it came by."""

import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson

from tests.proofs.fcm.responses import NAMED, Answer

if TYPE_CHECKING:
    from tests.proofs.fcm.server import FakeFcm

SEND = re.compile(r"^/v1/projects/([^/]+)/messages:send$")
MOST_BYTES = 4096
_DURATION = re.compile(r"\d+(\.\d+)?s")


def answer_to(fake: "FakeFcm", path: str, bearer: str, body: bytes) -> tuple[Answer, bytes]:
    """Answer a request; return what to do and the body to say it with."""
    if path == "/token":
        status, told = fake.grant(body)
        return Answer(status), orjson.dumps(told)
    if path == "/fake":
        return Answer(200), orjson.dumps(fake.order(orjson.loads(body or b"{}")))
    found = SEND.match(path)
    if not found:
        return Answer(404), b'{"error": {"code": 404, "status": "NOT_FOUND"}}'
    return _send(fake, found.group(1), bearer, body)


def _send(fake: "FakeFcm", project: str, bearer: str, body: bytes) -> tuple[Answer, bytes]:
    if bearer not in fake.tokens:
        return _said(NAMED["unauthenticated"])
    try:
        sent = orjson.loads(body)
    except ValueError:
        sent = {}
    if _fault(project, sent, len(body)):
        return _said(NAMED["bad_payload"])
    answer = fake.judge(sent["message"])
    if answer.status != 200:
        return _said(answer)
    return answer, b'{"name": "projects/%b/messages/%d"}' % (project.encode(), uuid4().int)


def _said(answer: Answer) -> tuple[Answer, bytes]:
    return answer, orjson.dumps(answer.body)


def _fault(project: str, sent: dict[str, Any], size: int) -> str:
    """Find what FCM would refuse about a request."""
    from tests.proofs.fcm.server import PROJECT, TARGETS

    message = sent.get("message")
    if project != PROJECT or not isinstance(message, dict) or size > MOST_BYTES + 1024:
        return "request"
    if sum(bool(message.get(name)) for name in TARGETS) != 1:
        return "target"
    data = message.get("data", {})
    if not all(isinstance(value, str) for value in data.values()):
        return "data"
    ttl = message.get("android", {}).get("ttl", "1s")
    return "" if _DURATION.fullmatch(ttl) else "ttl"
