"""The way back to a client: what it does not take at once waits here, and holds no thread.

Handlers write into it as into a socket. What the kernel takes goes out at once; the rest is sent by
the worker's loop as the client reads. Only who answers far more than a page waits for the reader,
few at a time and never for long.
"""

import socket
import time
from collections.abc import Callable
from threading import BoundedSemaphore, Condition, Lock
from typing import Any

#: So much of one answer waits for its reader; more, and the handler waits.
MOST_WAITING = 2 * 1024 * 1024
#: So much of all answers; more, and whoever reads slowest is let go.
MOST_OF_ALL = 64 * 1024 * 1024
#: A reader who takes nothing for so long, or less than so much a second, is let go.
STALLED, SLOWEST, GRACE = 15.0, 4 * 1024, 30.0
#: How long a handler waits until half of what waits was read.
LONGEST_WAIT = 30.0


class Gone(ConnectionError):
    """The client went away, or was let go."""


class Budget:
    """How much waits for all readers of a worker, and how many handlers may wait with it."""

    def __init__(self, handlers: int) -> None:
        self.used = 0
        self.lock = Lock()
        self.patience = BoundedSemaphore(max(1, handlers // 2))

    def add(self, count: int) -> None:
        """Count bytes that began to wait, or stopped."""
        with self.lock:
            self.used += count


class Outgoing:
    """One connection as a handler writes to it. Two threads use it: one handler, and the loop."""

    def __init__(self, sock: socket.socket, budget: Budget, watch: Callable[[], None]) -> None:
        self.sock = sock
        self.budget = budget
        self.watch = watch
        self.waiting = bytearray()
        self.is_gone = False
        self.began = self.moved = time.monotonic()
        self.sent = 0
        self._changed = Condition(Lock())

    def sendall(self, data: Any) -> None:
        """Send, or keep to be sent.

        :raises Gone: nobody reads any more.
        """
        view = memoryview(data).cast("B")
        with self._changed:
            if self.is_gone:
                raise Gone
            if not self.waiting:
                view = view[self._push(view) :]
                if not view:
                    return
                self.began = self.moved = time.monotonic()
                self.sent = 0
            self.waiting += view
            self.budget.add(len(view))
        self.watch()
        if len(self.waiting) > MOST_WAITING:
            self._wait()

    def send(self, data: Any) -> int:
        """Send, or keep to be sent; all of it."""
        self.sendall(data)
        return len(data)

    def flush(self, now: float) -> bool:
        """Send what the client takes; return whether nothing waits any more. For the loop.

        :raises Gone: the client went away.
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
        allowed = GRACE + (self.sent + len(self.waiting)) / SLOWEST
        return now - self.moved > STALLED or now - self.began > allowed

    def drop(self) -> None:
        """Forget what waits, and let a handler that waits know."""
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
            raise Gone from None

    def _wait(self) -> None:
        if not self.budget.patience.acquire(blocking=False):
            raise Gone
        try:
            with self._changed:
                is_read = self._changed.wait_for(
                    lambda: self.is_gone or len(self.waiting) <= MOST_WAITING // 2, LONGEST_WAIT
                )
                if self.is_gone or not is_read:
                    raise Gone
        finally:
            self.budget.patience.release()
