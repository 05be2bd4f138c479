"""``./between up``, really started, …"""

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from backend.launch.door import open_door
from backend.launch.places import ROOT

pytestmark = pytest.mark.bare


class _Up:
    """One running copy, and all that it said."""

    def __init__(self, *arguments: str, **env: str) -> None:
        clean = {name: value for name, value in os.environ.items() if "BETWEEN_" not in name}
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "between"), "up", *arguments],
            # The interpreter of the tests has everything: nothing is installed again.
            env={**clean, "BETWEEN_VENV": sys.prefix, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line

    def wait_for(self, there: Callable[[], object], seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while not there():
            assert time.monotonic() < until, self.said
            time.sleep(0.05)

    def until_ready(self) -> int:
        self.wait_for(lambda: "Ready in" in self.said or self.process.poll() is not None)
        found = re.search(r"http://127\.0\.0\.1:(\d+)/review/", self.said)
        assert found, self.said
        return int(found[1])

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(timeout=30)
        self._reader.join()
        return code

    def refused(self) -> str:
        """Wait for its end without a start; return its one line."""
        assert self.process.wait(timeout=30) == 1
        self._reader.join()
        (line,) = (line for line in self.said.splitlines() if not line.endswith("…"))
        return line.removeprefix("between: ")

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def start() -> Iterator[Callable[..., _Up]]:
    copies: list[_Up] = []

    def start_one(*arguments: str, **env: str) -> _Up:
        copies.append(_Up(*arguments, **env))
        return copies[-1]

    yield start_one
    for copy in copies:
        copy.close()


@pytest.fixture
def server() -> Iterator[dict[str, str]]:
    """Name a fresh database of the server that this run is about; SQLite needs none."""
    if os.environ.get("BETWEEN_TEST_DATABASE") != "postgres":
        yield {}
        return
    url = os.environ["BETWEEN_DATABASE_URL"]
    name = f"{os.environ.get('BETWEEN_TEST_NAME', 'test_between')}_up_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield {"BETWEEN_DATABASE_URL": urlsplit(url)._replace(path=f"/{name}").geturl()}
        connection.execute(sql.SQL("DROP DATABASE {} (FORCE)").format(sql.Identifier(name)))


def _status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def _programs_of(folder: Path) -> dict[int, str]:
    """Find everything that runs on a data folder, however it was started."""
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
    start: Callable[..., _Up], server: dict[str, str], tmp_path: Path
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


def test_without_a_demo_refuses_what_is_unsafe(start: Callable[..., _Up], tmp_path: Path) -> None:
    data = str(tmp_path / "clinic")

    assert start("--no-demo", "--port", "0", "--data", data).refused() == (
        "Refusing to start: BETWEEN_ALLOWED_HOSTS must name each host, without wildcards."
    )
    assert start("--port", "0", "--data", data).refused() == (
        f"{data} holds real data: choose another folder with --data for the demo."
    )


def test_without_a_demo_serves_a_clinic(start: Callable[..., _Up], tmp_path: Path) -> None:
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


def test_is_refused_by_a_folder_that_cannot_be_made(
    start: Callable[..., _Up], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()

    said = start("--port", "0", "--data", str(tmp_path / "file" / "data")).refused()

    assert said == f"{tmp_path / 'file' / 'data'}: Not a directory."


def test_leaves_a_port_that_somebody_has_before_it_touches_anything(
    start: Callable[..., _Up], tmp_path: Path
) -> None:
    with open_door("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]

        said = start("--port", str(port), "--data", str(tmp_path / "data")).refused()

    assert said.startswith(f"Port {port} is in use")
    assert not (tmp_path / "data").exists()
