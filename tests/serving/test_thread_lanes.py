"""A crowd at one door holds the threads of that door alone (SECURITY R35)."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.urls import resolve

from backend.serving.thread_lanes import (
    SECRET_PATHS,
    VITAL_PATHS,
    Lane,
    ThreadLanes,
    lane_of_request,
)
from tests.serving.gunicorn_server import HOST, Door, served

CROWD = 50


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Serve with eight threads, as ``./between up`` does."""
    with served(tmp_path_factory.mktemp("lanes"), "--threads", "8") as found:
        yield found


def crowd(door: Door, stack: ExitStack, sent: bytes) -> None:
    for _ in range(CROWD):
        stack.enter_context(door.connect()).sendall(sent)
    time.sleep(0.2)


def seconds_for(door: Door, sent: bytes) -> float:
    began = time.monotonic()
    with door.connect() as client:
        client.sendall(sent)
        assert client.recv(20).startswith(b"HTTP/1.1 200")
    return time.monotonic() - began


@pytest.mark.once
def test_fifty_passwords_to_hash_hold_up_no_save(door: Door) -> None:
    sign_in = b"POST /review/sign-in/ HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n\r\n"
    save = b"POST /api/v1/entries HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n\r\n"
    with ExitStack() as stack:
        crowd(door, stack, sign_in)

        assert max(seconds_for(door, save) for _ in range(3)) < 1


@pytest.mark.once
def test_whoever_holds_every_thread_holds_up_no_crisis_line(door: Door) -> None:
    lines = b"GET /api/v1/crisis-resources?clinic=x HTTP/1.1\r\n" + HOST + b"\r\n"
    with ExitStack() as stack:
        crowd(door, stack, b"GET /held HTTP/1.1\r\n" + HOST + b"\r\n")

        assert max(seconds_for(door, lines), door.is_well()) < 1


@pytest.mark.parametrize(
    ("line", "lane"),
    [
        (b"GET /healthz HTTP/1.1", Lane.VITAL),
        (b"GET http://localhost/healthz?x=1 HTTP/1.1", Lane.VITAL),
        (b"POST /api/v1/auth/token?x=1 HTTP/1.1", Lane.SECRETS),
        (b"POST /api/v1/auth/%74oken HTTP/1.1", Lane.SECRETS),
        (b"GET /review/sign-in/ HTTP/1.1", Lane.OTHERS),
        (b"POST /api/v1/auth/token/refresh HTTP/1.1", Lane.OTHERS),
        (b"GET http://[ HTTP/1.1", Lane.OTHERS),
        (b"", Lane.OTHERS),
    ],
)
def test_a_request_is_known_by_its_first_line(line: bytes, lane: Lane) -> None:
    assert lane_of_request(line + b"\r\nHost: localhost\r\n\r\n") == lane


@pytest.mark.parametrize("path", sorted(VITAL_PATHS | SECRET_PATHS))
def test_every_path_with_threads_of_its_own_exists(path: bytes) -> None:
    assert resolve(path.decode())


@pytest.mark.parametrize("threads", [1, 2, 4, 8])
def test_however_few_there_are_each_lane_has_one(threads: int) -> None:
    lanes = ThreadLanes(threads)
    sent = [b"GET /healthz ", b"POST /review/sign-in/ ", b"GET / "]

    found = [lanes.submit(whole, lane_of_request, whole).result(timeout=5) for whole in sent]

    lanes.shutdown(wait=True)
    assert found == [Lane.VITAL, Lane.SECRETS, Lane.OTHERS]
