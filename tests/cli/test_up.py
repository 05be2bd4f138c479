"""``./between up``, really started, …"""

import http.client
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from backend.cli.console import CliError
from backend.cli.up import ReadinessProbe, _Stopped, _StopSignals, open_listener
from tests.cli.running_copy import Up

pytestmark = pytest.mark.bare


def _status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def _programs_of(folder: Path) -> dict[int, str]:
    """Return every process that runs on a data folder, however it was started."""
    found = {}
    for process in Path("/proc").iterdir():
        try:
            env = (process / "environ").read_bytes()
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if f"BETWEEN_DATA={folder}\0".encode() in env:
            found[int(process.name)] = command
    return found


def _masters(folder: Path, parent: int, word: str) -> list[int]:
    return [
        pid
        for pid, command in _programs_of(folder).items()
        if word in command and f"\nPPid:\t{parent}\n" in Path(f"/proc/{pid}/status").read_text()
    ]


def test_serves_mends_itself_and_leaves_nothing_behind(
    start: Callable[..., Up], server: dict[str, str], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    up = start("--port", "0", "--data", str(data), **server)
    port = up.until_ready()
    assert _status(port, "/readyz") == 200
    assert _status(port, "/api/v1/me") == 401
    assert "password" in up.said
    assert "Traceback" not in up.said
    assert (data / "between.sqlite3").exists() is not bool(server)

    # A second copy on the same folder, and one on the same port, are told so in one line.
    other = str(tmp_path / "other")
    assert start("--port", "0", "--data", str(data)).refused().startswith(f"{data} is in use by")
    assert start("--port", str(port), "--data", other).refused() == (
        f"Port {port} is in use: choose another with --port {port + 1}."
    )
    assert not Path(other).exists()

    # A web server that is killed comes back; whoever asks meanwhile waits and is not refused.
    (web,) = _masters(data, up.process.pid, "gunicorn")
    os.kill(web, signal.SIGKILL)
    up.wait_for(lambda: "web │ ended (killed by signal 9); starting it again in 1 s" in up.said)
    assert _status(port, "/readyz") == 200
    assert _masters(data, up.process.pid, "gunicorn") != [web]
    assert len(_masters(data, up.process.pid, "celery")) == 2

    assert up.end() == 0
    assert up.said.rstrip().endswith("Stopped.")
    assert _programs_of(data) == {}

    # Started again it has nothing to prepare; and nothing is left even when it cannot clean up.
    again = start("--port", "0", "--data", str(data), **server)
    again.until_ready()
    assert ("Preparing" in again.said) is bool(server)  # a server is asked each time
    assert "Loading" not in again.said
    assert len(_programs_of(data)) >= 3
    again.end(signal.SIGKILL)
    again.wait_for(lambda: _programs_of(data) == {})


def test_without_a_demo_refuses_what_is_unsafe(start: Callable[..., Up], tmp_path: Path) -> None:
    data = str(tmp_path / "clinic")

    assert start("--no-demo", "--port", "0", "--data", data).refused() == (
        "Refusing to start: BETWEEN_ALLOWED_HOSTS must name each host, without wildcards."
    )
    assert start("--port", "0", "--data", data).refused() == (
        f"{data} holds real data: choose another folder with --data for the demo."
    )


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"BETWEEN_BROKER_URL": "redis://127.0.0.1:1/0"}, "BETWEEN_BROKER_URL: no broker answers"),
        ({"BETWEEN_PUSH_GATEWAY": "fcm"}, "BETWEEN_FCM_CREDENTIALS must name the service account"),
        ({"BETWEEN_ALLOWED_HOSTS": "https://a.example"}, "BETWEEN_ALLOWED_HOSTS must be names"),
        ({"BETWEEN_TRUSTED_ORIGINS": "a.example"}, "BETWEEN_TRUSTED_ORIGINS must be https://host"),
    ],
    ids=lambda given: "" if isinstance(given, str) else next(iter(given)),
)
def test_names_the_setting_that_cannot_work(
    start: Callable[..., Up], tmp_path: Path, env: dict[str, str], said: str
) -> None:
    refused = start("--port", "0", "--data", str(tmp_path / "data"), **env).refused()

    assert refused.startswith(f"Refusing to start: {said}")


def test_never_replaces_a_database_that_vanished(start: Callable[..., Up], tmp_path: Path) -> None:
    data = tmp_path / "data"
    up = start("--port", "0", "--data", str(data))
    up.until_ready()
    assert up.end() == 0
    for file in data.glob("between.sqlite3*"):
        file.unlink()

    said = start("--port", "0", "--data", str(data)).refused()

    assert said.startswith(f"{data / 'between.sqlite3'} is missing, but {data} has the secrets")
    assert "./between restore" in said
    assert not (data / "between.sqlite3").exists()


def test_without_a_demo_serves_a_clinic(start: Callable[..., Up], tmp_path: Path) -> None:
    data = tmp_path / "clinic"
    up = start(
        "--no-demo", "--port", "0", "--data", str(data), BETWEEN_ALLOWED_HOSTS="clinic.example"
    )

    port = up.until_ready()

    assert "password" not in up.said
    # Anybody who comes without TLS, or by another name, is turned away.
    assert _status(port, "/api/v1/me") in (301, 400)
    assert not (data / "logins.json").exists()
    assert up.end(signal.SIGINT) == 0
    assert _programs_of(data) == {}


def test_stops_although_the_word_came_while_a_program_was_starting() -> None:
    """Between fork and exec Python ignores what a handler raises; ``up`` went on for good."""
    stops = _StopSignals()
    with suppress(_Stopped):
        stops(signal.SIGTERM, None)

    with pytest.raises(_Stopped):
        stops.look()


def test_is_refused_by_a_folder_that_cannot_be_made(
    start: Callable[..., Up], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()

    said = start("--port", "0", "--data", str(tmp_path / "file" / "data")).refused()

    assert said == f"{tmp_path / 'file' / 'data'}: Not a directory."


def test_leaves_a_port_that_somebody_has_before_it_touches_anything(
    start: Callable[..., Up], tmp_path: Path
) -> None:
    with open_listener("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]

        said = start("--port", str(port), "--data", str(tmp_path / "data")).refused()

    assert said.startswith(f"Port {port} is in use")
    assert not (tmp_path / "data").exists()


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
