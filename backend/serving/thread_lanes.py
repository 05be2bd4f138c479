"""Thread pools by kind of request, so that a crowd at one endpoint holds its own threads only.

Hashing a password takes a quarter of a second of a processor, and anybody may ask for it: without
threads of its own, fifty who try to sign in would hold up every patient's save for as many seconds.
Whether the process lives, and who answers in a crisis, waits for nobody else.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import Enum
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes, urlsplit

#: Asked at any hour; neither needs anything that others could hold.
VITAL_PATHS = frozenset({b"/healthz", b"/api/v1/crisis-resources"})
#: Where a POST hashes a password.
SECRET_PATHS = frozenset({
    b"/api/v1/auth/token", b"/api/v1/auth/enroll", b"/api/v1/auth/enroll-staff",
    b"/api/v1/auth/step-up", b"/api/v1/auth/password", b"/api/v1/auth/password/reset/confirm",
    b"/review/sign-in/", b"/review/start/", b"/review/join/", b"/review/account/password/",
    b"/review/account/prove/",
})  # fmt: skip
VITAL_THREADS = 2

Result = TypeVar("Result")


class Lane(Enum):
    """A kind of request with threads of its own."""

    VITAL = "vital"
    SECRETS = "secrets"
    OTHERS = "others"


def lane_of_request(whole: bytes) -> Lane:
    """Return the lane of a whole request by its first line, however its path is spelled."""
    method, _, rest = whole[:4096].partition(b" ")
    path = _path(rest.partition(b" ")[0])
    if path in VITAL_PATHS:
        return Lane.VITAL
    return Lane.SECRETS if method == b"POST" and path in SECRET_PATHS else Lane.OTHERS


def _path(target: bytes) -> bytes:
    """Read the path of a target, which may name its host as well, as proxies do."""
    try:
        path = target if target.startswith(b"/") else urlsplit(target).path
    except ValueError:
        return b""
    return unquote_to_bytes(path.partition(b"?")[0])


class ThreadLanes:
    """The threads of one worker process, in pools by lane."""

    def __init__(self, threads: int) -> None:
        secrets = max(1, threads // 4)
        sizes = {
            Lane.VITAL: VITAL_THREADS,
            Lane.SECRETS: secrets,
            Lane.OTHERS: max(1, threads - secrets),
        }
        self._pools = {
            lane: ThreadPoolExecutor(size, thread_name_prefix=lane.value)
            for lane, size in sizes.items()
        }

    def submit(self, whole: bytes, work: Callable[..., Result], *given: Any) -> "Future[Result]":
        """Queue a request for the threads of its lane."""
        return self._pools[lane_of_request(whole)].submit(work, *given)

    def shutdown(self, *, wait: bool) -> None:
        """Accept no more requests."""
        for pool in self._pools.values():
            pool.shutdown(wait=wait)
