"""Where requests race: threads with database connections of their own, through the whole stack."""

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from threading import Barrier
from typing import Any, TypeVar
from unittest.mock import patch

import orjson
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, connections
from django.test import RequestFactory

from backend.kit.db.sqlite import base as sqlite_base

T = TypeVar("T")
#: As often as CPython can change threads; usually it does so 200 times a second only.
SWITCH_SECONDS = 1e-5
#: For how many seconds a busy machine may take to open the connections of an arena.
PATIENCE = 120


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request got."""

    status: int
    body: Any

    @property
    def code(self) -> str:
        """The stable code of a refusal."""
        return str(self.body.get("code", ""))


@cache
def _application() -> WSGIHandler:
    return WSGIHandler()


def send(
    method: str,
    path: str,
    body: object = None,
    *,
    token: str | None = None,
    address: str = "127.0.0.1",
) -> Answer:
    """Send a request through every middleware, as a WSGI server does, in the calling thread."""
    extra: dict[str, Any] = {"REMOTE_ADDR": address}
    if token is not None:
        extra["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    content = b"" if body is None else orjson.dumps(body)
    environ = RequestFactory().generic(
        method, f"/api/v1/{path}", content, content_type="application/json", **extra
    ).environ  # fmt: skip
    response = _application()(environ, _unheard)
    try:
        answered = b"".join(response)
    finally:
        # As a server does: it ends the request, and gives the database connection back.
        response.close()
    return Answer(response.status_code, orjson.loads(answered) if answered else None)


def _unheard(status: str, headers: Any, exc_info: Any = None, /) -> Callable[[bytes], object]:
    """Take what a server would send first; the response object tells the same."""
    return bytes


class Arena:
    """Some hands that all move at once."""

    def __init__(self, hands: int) -> None:
        self.hands = hands
        self._threads = ThreadPoolExecutor(max_workers=hands)

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """Run each call in a thread of its own, all from the same moment on."""
        if len(calls) > self.hands:
            raise ValueError("more calls than hands would not all run at once")
        start = Barrier(len(calls), timeout=30)

        def run(call: Callable[[], T]) -> T:
            start.wait()
            return call()

        return list(self._threads.map(run, calls))

    def close(self) -> None:
        """Give back what each thread holds of the database."""
        self.together([connections.close_all] * self.hands)
        self._threads.shutdown()


@contextmanager
def arena(hands: int) -> Iterator[Arena]:
    """Open an arena: a database connection for each hand, and threads that change often."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        with _connections_for(hands), closing(Arena(hands)) as opened:
            yield opened
    finally:
        sys.setswitchinterval(usual)


@contextmanager
def _connections_for(hands: int) -> Iterator[None]:
    """Let PostgreSQL's pool hold one for each, so that no hand waits for another's to come free.

    On SQLite a hand waits for its turn as long as a busy machine takes.
    """
    if connection.vendor != "postgresql":
        options = connection.settings_dict["OPTIONS"]
        with (
            patch.dict(options, timeout=PATIENCE),
            patch.object(sqlite_base, "SHORT_WAIT_SECONDS", PATIENCE),
        ):
            yield
        return
    here: Any = connection  # Django's stubs know the pool of no wrapper
    here.ensure_connection()  # the pool opens with its first connection
    pool = here.pool
    try:
        pool.resize(hands + 1, hands + 1)
        pool.wait(PATIENCE)  # a pool that is not full by then closes for good
        yield
    finally:
        # What it grew by goes back to the server now, not after minutes of lying idle; the next
        # query opens a pool of the usual size.
        here.close()
        here.close_pool()
