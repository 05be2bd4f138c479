"""Write responses to clients: a buffer for slow readers, and the worker's own error responses.

Handlers write into it as into a socket. What the kernel takes goes out at once; the rest is sent by
the worker's loop as the client reads. Only who answers far more than a page waits for the reader,
few at a time and never for long.
"""

import json
import socket
import time
from collections.abc import Callable
from http import HTTPStatus
from threading import BoundedSemaphore, Condition, Lock
from typing import Any

from gunicorn.http import errors

#: So much of one answer waits for its reader; more, and the handler waits.
MAX_BUFFERED_BYTES = 2 * 1024 * 1024
#: So much of all answers; more, and whoever reads slowest is let go.
MAX_BUFFERED_BYTES_OF_WORKER = 64 * 1024 * 1024
#: A reader who takes nothing for so long, or less than so much a second, is let go.
STALLED_SECONDS, MIN_BYTES_PER_SECOND, GRACE_SECONDS = 15.0, 4 * 1024, 30.0
#: How long a handler waits until half of what waits was read.
MAX_WAIT_SECONDS = 30.0


class ClientGone(ConnectionError):
    """The client went away, or was let go."""


class BufferBudget:
    """The bytes buffered for all clients of a worker, and how many handlers may wait."""

    def __init__(self, handlers: int) -> None:
        self.used = 0
        self.lock = Lock()
        self.wait_slots = BoundedSemaphore(max(1, handlers // 2))

    def add(self, count: int) -> None:
        """Add to the count of buffered bytes, or take from it."""
        with self.lock:
            self.used += count


class ResponseWriter:
    """One connection as a handler writes to it. Two threads use it: one handler, and the loop."""

    def __init__(
        self, sock: socket.socket, budget: BufferBudget, watch: Callable[[], None]
    ) -> None:
        self.sock = sock
        self.budget = budget
        self.watch = watch
        self.waiting = bytearray()
        self.is_gone = False
        self.began = self.moved = time.monotonic()
        self.sent = 0
        self._changed = Condition(Lock())

    def sendall(self, data: Any) -> None:
        """Send bytes, or buffer them.

        :raises ClientGone: nobody reads any more.
        """
        view = memoryview(data).cast("B")
        with self._changed:
            if self.is_gone:
                raise ClientGone
            if not self.waiting:
                view = view[self._push(view) :]
                if not view:
                    return
                self.began = self.moved = time.monotonic()
                self.sent = 0
            self.waiting += view
            self.budget.add(len(view))
        self.watch()
        if len(self.waiting) > MAX_BUFFERED_BYTES:
            self._wait()

    def send(self, data: Any) -> int:
        """Send or buffer all bytes; return their number."""
        self.sendall(data)
        return len(data)

    def flush(self, now: float) -> bool:
        """Send what the client takes; return whether nothing waits any more. For the loop.

        :raises ClientGone: the client went away.
        """
        with self._changed:
            count = self._push(memoryview(bytes(self.waiting[: 256 * 1024])))
            if count:
                del self.waiting[:count]
                self.sent += count
                self.moved = now
                self.budget.add(-count)
                self._changed.notify_all()
            return not self.waiting

    def is_too_slow(self, now: float) -> bool:
        """Whether its reader holds more than their share."""
        if not self.waiting:
            return False
        allowed = GRACE_SECONDS + (self.sent + len(self.waiting)) / MIN_BYTES_PER_SECOND
        return now - self.moved > STALLED_SECONDS or now - self.began > allowed

    def drop(self) -> None:
        """Discard the buffer, and wake a handler that waits."""
        with self._changed:
            self.is_gone = True
            self.budget.add(-len(self.waiting))
            self.waiting.clear()
            self._changed.notify_all()

    def _push(self, view: memoryview) -> int:
        try:
            return self.sock.send(view)
        except BlockingIOError:
            return 0
        except OSError:
            self.is_gone = True
            raise ClientGone from None

    def _wait(self) -> None:
        if not self.budget.wait_slots.acquire(blocking=False):
            raise ClientGone
        try:
            with self._changed:
                is_read = self._changed.wait_for(
                    lambda: self.is_gone or len(self.waiting) <= MAX_BUFFERED_BYTES // 2,
                    MAX_WAIT_SECONDS,
                )
                if self.is_gone or not is_read:
                    raise ClientGone
        finally:
            self.budget.wait_slots.release()


_STATUS_OF_ERRORS = (
    (errors.LimitRequestLine, 414), (errors.LimitRequestHeaders, 431),
    (errors.UnsupportedTransferCoding, 501), (errors.ExpectationFailed, 417),
)  # fmt: skip
_PROBLEMS = {
    400: ("bad_request", "This is no HTTP request that we can read."),
    408: ("too_slow", "The request did not arrive in time. Send it again."),
    413: ("too_large", "The body is larger than 256 KiB."),
    414: ("address_too_long", "The address is too long."),
    417: ("expectation_failed", "This can't be expected here."),
    431: ("headers_too_large", "The headers are too many or too large."),
    500: ("server_error", "Something went wrong on our side."),
    501: ("not_implemented", "Send the body with its length, or in plain chunks."),
}


def error_status(fault: Exception) -> int:
    """Return the status that answers an unreadable request."""
    return next((status for kind, status in _STATUS_OF_ERRORS if isinstance(fault, kind)), 400)


def error_response(status: int, path: bytes) -> bytes:
    """Write a whole answer: a problem for the API, a line of text elsewhere; then it closes."""
    code, detail = _PROBLEMS[status]
    title = HTTPStatus(status).phrase
    if path.startswith(b"/api/"):
        kind = "application/problem+json"
        problem = {
            "type": "about:blank", "title": title, "status": status, "detail": detail,
            "code": code, "errors": [],
        }  # fmt: skip
        body = json.dumps(problem).encode()
    else:
        kind, body = "text/plain; charset=utf-8", f"{detail}\n".encode()
    head = (
        f"HTTP/1.1 {status} {title}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n"
    )
    return head.encode() + body
