"""The door …"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from backend.cli.errors import CliError
from backend.cli.listener import ReadinessProbe, open_listener


def test_is_refused_where_somebody_has_the_port() -> None:
    with open_listener("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(CliError) as refused:
            open_listener("127.0.0.1", port)

    assert str(refused.value) == f"Port {port} is in use: choose another with --port {port + 1}."


@pytest.mark.parametrize(
    ("host", "port", "said"),
    [
        ("127.0.0.1", 70_000, "choose one up to 65535"),
        ("192.0.2.1", 8000, "no address of this machine"),
        ("no such host", 8000, "no address of this machine"),
    ],
)
def test_is_refused_where_there_is_none(host: str, port: int, said: str) -> None:
    with pytest.raises(CliError, match=said):
        open_listener(host, port)


@contextmanager
def _answering(answers: list[bytes], heard: list[bytes]) -> Iterator[int]:
    """Serve one answer to each client; an empty one closes the connection."""
    with open_listener("127.0.0.1", 0) as door:

        def serve() -> None:
            for answer in answers:
                visitor, _ = door.accept()
                with visitor:
                    heard.append(visitor.recv(1024))
                    visitor.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield door.getsockname()[1]
        thread.join(timeout=5)


def _tries_until_reached(readiness: ReadinessProbe) -> float:
    began = time.monotonic()
    while not readiness.is_reached():
        assert time.monotonic() - began < 5
        time.sleep(0.01)
    return time.monotonic() - began


def test_is_asked_again_until_the_service_is_ready() -> None:
    heard: list[bytes] = []
    answers = [b"", b"HTTP/1.1 503 Service Unavailable\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"]
    with _answering(answers, heard) as port:
        readiness = ReadinessProbe("127.0.0.1", port, name="clinic.example")

        took = _tries_until_reached(readiness)

    assert len(heard) == 3
    assert took > 0.15  # it does not hammer
    assert heard[0].startswith(b"GET /readyz HTTP/1.1\r\nHost: clinic.example\r\n")


def test_never_keeps_the_asker_waiting() -> None:
    with open_listener("0.0.0.0", 0) as silent:
        readiness = ReadinessProbe("0.0.0.0", silent.getsockname()[1], name="localhost")
        began = time.monotonic()

        reached = [readiness.is_reached() for _ in range(5)]

        assert reached == [False] * 5
        assert time.monotonic() - began < 0.5
        readiness.close()


def test_may_be_gone_altogether() -> None:
    with open_listener("127.0.0.1", 0) as closed:
        port = closed.getsockname()[1]
    readiness = ReadinessProbe("127.0.0.1", port, name="localhost")

    assert not readiness.is_reached()
    assert not readiness.is_reached()


def test_opens_on_both_families() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        with open_listener("::1", 0) as door:
            assert door.family == socket.AF_INET6
    except CliError:
        pytest.skip("this machine has no IPv6 address")
