"""Slow clients cost no thread, large bodies reach nobody, and a stop stays clean (SECURITY R35)."""

import hashlib
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from backend.serving.request_buffer import MAX_BODY_BYTES
from tests.serving.echo_application import LARGE
from tests.serving.gunicorn_server import HOST, Door, read_all, served

pytestmark = pytest.mark.once
SLOW = 50


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Serve with eight threads, as ``./between up`` does."""
    with served(tmp_path_factory.mktemp("door"), "--threads", "8") as found:
        yield found


def told(answer: bytes) -> dict[str, object]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), answer[:200]
    found: dict[str, object] = json.loads(body)
    return found


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


# --- Slow clients -------------------------------------------------------------------------------

SENDS: dict[str, bytes] = {
    "says nothing": b"",
    "the head slowly": b"GET / HTTP/1.1\r\nX-Slow: ",
    "the body slowly": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\nx",
    "chunks slowly": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx",
    "asks to go on": b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
}


@pytest.mark.parametrize("sent", SENDS.values(), ids=SENDS.keys())
def test_fifty_who_send_slowly_hold_up_nobody(door: Door, sent: bytes) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(door.connect()) for _ in range(SLOW)]
        for client in slow:
            client.sendall(sent)

        times = []
        for _ in range(3):
            times.append(door.is_well())
            for client in slow:
                client.sendall(b"x" if sent else b"")

    # The best of three: with a thread held for each of them, none would come at all.
    assert min(times) < 1


@pytest.mark.parametrize("path", [b"/page", b"/large"])
def test_fifty_who_read_slowly_hold_up_nobody(door: Door, path: bytes) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(door.connect(window=4096)) for _ in range(SLOW)]
        for client in slow:
            client.sendall(b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")
        time.sleep(0.5)

        assert min(door.is_well() for _ in range(3)) < 1


def test_more_clients_than_there_is_room_for_make_room(tmp_path: Path) -> None:
    options = ("--threads", "2", "--worker-connections", "20")
    with served(tmp_path, *options) as small, ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(small.connect()).sendall(b"GET / HTTP/1.1\r\n")

        assert small.is_well() < 1


def test_who_never_ends_a_head_is_answered_and_let_go(door: Door) -> None:
    with door.connect() as client:
        client.sendall(b"GET /x?secret=canary HTTP/1.1\r\nX: ")
        began = time.monotonic()

        answer = read_all(client, silence=15)

    assert status(answer) == 408
    assert 8 < time.monotonic() - began < 13
    assert b"canary" not in answer


def test_who_reads_slowly_gets_all_of_it(door: Door) -> None:
    with door.connect(window=65_536) as client:
        client.sendall(b"GET /large HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        size = 0
        while data := client.recv(65_536):
            size += len(data)
            time.sleep(0.005)

    assert size > LARGE


# --- Bodies ---------------------------------------------------------------------------------------

TYPES = ("application/json", "multipart/form-data; boundary=x", "text/plain", "")


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("is_chunked", [False, True], ids=["length", "chunked"])
def test_a_large_body_of_whatever_type_is_refused_before_anybody_sees_it(
    door: Door, kind: str, *, is_chunked: bool
) -> None:
    framing = b"Transfer-Encoding: chunked" if is_chunked else b"Content-Length: 300000000"
    head = b"POST /api/v1/x HTTP/1.1\r\n" + HOST + f"Content-Type: {kind}\r\n".encode() + framing
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    before = written(door)

    answer = door.ask(head + b"\r\n\r\n" + (chunk * 40 if is_chunked else b"x" * 1_000_000))

    assert status(answer) == 413
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "too_large"
    assert written(door) - before < 100_000


def written(door: Door) -> int:
    """Tell how many bytes the workers wrote to files."""
    children = Path(f"/proc/{door.head.pid}/task/{door.head.pid}/children").read_text().split()
    lines = "\n".join(Path(f"/proc/{pid}/io").read_text() for pid in children).splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


def test_the_largest_body_is_taken_with_its_length_and_in_chunks(door: Door) -> None:
    body = os.urandom(MAX_BODY_BYTES)
    sized = b"Content-Length: %d\r\n\r\n" % len(body) + body
    chunks = b"".join(
        b"10000\r\n" + body[n : n + 65536] + b"\r\n" for n in range(0, len(body), 65536)
    )
    chunked = b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"

    for framing in (sized, chunked):
        found = told(door.ask(b"POST /x HTTP/1.1\r\n" + HOST + b"Connection: close\r\n" + framing))
        assert (found["length"], found["digest"]) == (len(body), hashlib.sha256(body).hexdigest())


def test_who_asks_to_go_on_may_only_where_the_body_is_taken(door: Door) -> None:
    head = b"POST /x HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: "
    with door.connect() as client:
        client.sendall(head + b"2\r\n\r\n")
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"hi")
        assert told(read_all(client))["length"] == 2

    assert status(door.ask(head + b"300000\r\n\r\n")) == 413


# --- Connections ----------------------------------------------------------------------------------


def test_a_connection_goes_on_and_requests_may_follow_at_once(door: Door) -> None:
    one = b"GET /%d HTTP/1.1\r\n" + HOST + b"\r\n"

    answer = door.ask(b"".join(one % number for number in range(5)))

    assert [answer.count(b'"path": "/%d"' % number) for number in range(5)] == [1] * 5


def test_the_address_of_the_peer_and_its_headers_arrive(door: Door) -> None:
    found = told(door.ask(b"GET /x HTTP/1.1\r\n" + HOST + b"X-Forwarded-For: 1.2.3.4\r\n\r\n"))

    assert found["headers"] == ["HTTP_HOST", "HTTP_X_FORWARDED_FOR"]


@pytest.mark.parametrize("signal_sent", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_finishes_what_is_under_way_and_waits_for_no_slow_client(
    tmp_path: Path, signal_sent: signal.Signals
) -> None:
    with served(tmp_path, "--threads", "2") as ending, ExitStack() as stack:
        slow = [stack.enter_context(ending.connect()) for _ in range(10)]
        for client in slow:
            client.sendall(b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n")
        reading = stack.enter_context(ending.connect(window=65_536))
        reading.sendall(b"GET /page HTTP/1.1\r\n" + HOST + b"\r\n")
        assert reading.recv(10) == b"HTTP/1.1 2"
        began = time.monotonic()

        ending.head.send_signal(signal_sent)

        if signal_sent == signal.SIGTERM:
            assert len(read_all(reading)) > 1024 * 1024
        assert ending.head.wait(timeout=15) == 0
        assert time.monotonic() - began < 12


# --- What is no request, and what the log says of it ----------------------------------------------

CANARY = b"canary7f3a"
MALFORMED: dict[str, bytes] = {
    "no http": CANARY + b"\r\n\r\n",
    "a method": CANARY + b"\xff / HTTP/1.1\r\n\r\n",
    "an address": b"GET /\x00" + CANARY + b" HTTP/1.1\r\n\r\n",
    "a version": b"GET / HTTP/9." + CANARY + b"\r\n\r\n",
    "a query": b"GET /?token=" + CANARY + b" HTP\r\n\r\n",
    "a header's name": b"GET / HTTP/1.1\r\nX " + CANARY + b": x\r\n\r\n",
    "a bearer": b"GET / HTTP/1.1\r\nAuthorization Bearer " + CANARY + b"\r\n\r\n",
    "a header's value": b"GET / HTTP/1.1\r\nAuthorization: Bearer \x00" + CANARY + b"\r\n\r\n",
    "folded": b"GET / HTTP/1.1\r\nAuthorization: Bearer\r\n " + CANARY + b"\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: "
                   + CANARY + b"\r\n\r\n",
    "a length": b"POST / HTTP/1.1\r\nContent-Length: " + CANARY + b"\r\n\r\n",
    "a coding": b"POST / HTTP/1.1\r\nTransfer-Encoding: " + CANARY + b"\r\n\r\n",
    "a chunk": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + CANARY + b"\r\n",
    "an expectation": b"POST / HTTP/1.1\r\nExpect: " + CANARY + b"\r\n\r\n",
    "a long line": b"GET /" + CANARY * 2000 + b" HTTP/1.1\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00" + CANARY + b"\r\n\r\n",
    "http 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + CANARY,
    "a fault": b"GET /fails?" + CANARY + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "a late fault": b"GET /fails-late?" + CANARY + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "half a body": b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n" + CANARY,
    "a scheme": b"GET / HTTP/1.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Proto: "
                + CANARY + b"\r\nX-Forwarded-Ssl: on\r\n\r\n",
    "a proxy's line": b"PROXY TCP4 1.2.3.4 1.2.3.4 1 " + CANARY + b"\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED.keys())
def test_nothing_of_a_malformed_request_stands_in_the_log_or_the_answer(
    door: Door, sent: bytes
) -> None:
    answer = door.ask(sent)

    assert CANARY.decode() not in door.log.read_text(errors="replace").lower()
    if b"/fails-late" not in sent:
        assert CANARY not in answer.lower()
    assert door.is_well() < 1


def test_an_unhandled_fault_is_told_by_its_kind(door: Door) -> None:
    answer = door.ask(b"GET /fails?x=1 HTTP/1.1\r\n" + HOST + b"\r\n")

    assert status(answer) == 500
    assert "unhandled ValueError" in door.log.read_text()


def test_what_stops_a_start_is_told_in_full(tmp_path: Path) -> None:
    starting = served(tmp_path, application="tests.serving.nothing:application")
    with pytest.raises(RuntimeError, match=r"No module named 'tests\.serving\.nothing'"), starting:
        pass


def waits(what: Callable[[], bool], *, within: float) -> bool:
    end = time.monotonic() + within
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.05)
    return False


def test_connections_are_closed_when_their_clients_leave(door: Door) -> None:
    def open_ones() -> int:
        pid = Path(f"/proc/{door.head.pid}/task/{door.head.pid}/children").read_text().split()[0]
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))

    before = open_ones()
    clients = [door.connect() for _ in range(30)]
    for number, client in enumerate(clients):
        client.sendall(list(SENDS.values())[number % len(SENDS)])
    assert waits(lambda: open_ones() >= before + 30, within=5)
    for client in clients:
        client.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00" * 1 + b"\x00" * 4
        )
        client.close()

    assert waits(lambda: open_ones() <= before, within=15)
