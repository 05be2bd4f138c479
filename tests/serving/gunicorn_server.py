"""Starting the door, and talking to it byte by byte."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.house.tree import ROOT

HOST = b"Host: localhost\r\n"


@dataclass(frozen=True, slots=True)
class Door:
    """A gunicorn that serves, and what it writes."""

    port: int
    head: "subprocess.Popen[bytes]"
    log: Path

    def connect(self, *, window: int | None = None) -> socket.socket:
        """Open a connection; ``window`` is how little its reader takes at once."""
        found = socket.socket()
        if window is not None:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        found.settimeout(20)
        try:
            found.connect(("127.0.0.1", self.port))
        except OSError:
            found.close()
            raise
        return found

    def ask(self, sent: bytes) -> bytes:
        """Send bytes, and read until the door closes or is silent for a moment."""
        with self.connect() as client:
            with suppress(OSError):  # it may refuse while we are still sending
                client.sendall(sent)
            return read_all(client)

    def is_well(self) -> float:
        """Ask for a small answer; return how many seconds it took."""
        began = time.monotonic()
        with self.connect() as client:
            client.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
            assert read_all(client).startswith(b"HTTP/1.1 200 OK")
        return time.monotonic() - began


def read_all(client: socket.socket, *, silence: float = 2.0) -> bytes:
    """Read until the end, or until nothing came for so long."""
    client.settimeout(silence)
    found = b""
    with suppress(OSError):
        while data := client.recv(65_536):
            found += data
    return found


@contextmanager
def served(
    folder: Path, *options: str, application: str = "tests.serving.echo_application:application"
) -> Iterator[Door]:
    """Serve an application by the real configuration, on a port of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "door.log"
    with log.open("wb") as told:
        head = subprocess.Popen(
            [
                sys.executable, "-m", "gunicorn", application,
                "--config", "python:backend.serving.gunicorn_config",
                "--bind", f"127.0.0.1:{port}", "--workers", "1", "--no-control-socket",
                "--worker-tmp-dir", "/dev/shm", *options,
            ],
            cwd=ROOT, env=dict(os.environ), stdout=told, stderr=told,
        )  # fmt: skip
    door = Door(port, head, log)
    try:
        _wait(door)
        yield door
    finally:
        head.send_signal(signal.SIGTERM)
        try:
            head.wait(timeout=30)
        except subprocess.TimeoutExpired:
            head.kill()
            head.wait()


def _wait(door: Door) -> None:
    for _ in range(300):
        try:
            door.is_well()
        except (OSError, AssertionError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(door.log.read_text())
