"""The connections of Django's live server, and when the last of them has ended.

A browser that is closed leaves its last request with the server, whose thread may write a row
after the test, in the middle of emptying the database.
"""

import threading
from typing import Any

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer

#: How long an answer that somebody still waits for may take, in seconds.
_PATIENCE = 20

_changed = threading.Condition()
_open_connections = 0


def install(patch: pytest.MonkeyPatch) -> None:
    """Count each connection from the moment it is accepted until its thread ends."""
    accept, serve = ThreadedWSGIServer.process_request, ThreadedWSGIServer.process_request_thread

    def accept_counted(server: ThreadedWSGIServer, request: Any, address: Any) -> None:
        _count(1)
        accept(server, request, address)

    def serve_counted(server: ThreadedWSGIServer, request: Any, address: Any) -> None:
        try:
            serve(server, request, address)
        finally:
            _count(-1)

    patch.setattr(ThreadedWSGIServer, "process_request", accept_counted)
    patch.setattr(ThreadedWSGIServer, "process_request_thread", serve_counted)


def wait_until_closed() -> None:
    """Return when no connection is open.

    Raises TimeoutError where one stays open: its test has to close what it opened.
    """
    with _changed:
        if not _changed.wait_for(lambda: not _open_connections, _PATIENCE):
            raise TimeoutError("the live server still serves a connection that a test opened")


def _count(step: int) -> None:
    global _open_connections  # noqa: PLW0603 (one server in each process)
    with _changed:
        _open_connections += step
        _changed.notify_all()
