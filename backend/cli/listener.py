"""The listening socket, whether the service behind it is ready, and the address it runs at."""

import errno
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.cli import paths
from backend.cli.errors import CliError

_LAST_PORT = 65_535
_BETWEEN_TRIES = 0.1
_TIMEOUT = 5.0


def open_listener(host: str, port: int) -> socket.socket:
    """Open a listening socket on a free port; the service inherits it.

    We keep it ourselves: while a web server is started again, people wait and are not refused.

    :raises CliError: when the port is taken or not ours to take.
    """
    if not 0 <= port <= _LAST_PORT:
        raise CliError(f"Port {port} is none: choose one up to {_LAST_PORT} with --port.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            fault = f"Port {port} is in use: choose another with --port {port + 1}."
        elif error.errno == errno.EACCES:
            fault = f"Port {port} is for the administrator only: choose one above 1023 with --port."
        else:
            fault = f"{host} is no address of this machine."
        raise CliError(fault) from None


class ReadinessProbe:
    """A request of ``/readyz`` that never blocks, for the caller watches other things too."""

    def __init__(self, host: str, port: int, *, name: str) -> None:
        self._address = (_connectable_host(host), port)
        self._question = (
            f"GET /readyz HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"
        ).encode()
        self._asked: socket.socket | None = None
        self._heard = b""
        self._next_at = 0.0

    def is_reached(self) -> bool:
        """Whether the service has answered that it is ready; asks again where it has not."""
        now = time.monotonic()
        if self._asked is None:
            if now >= self._next_at:
                self._ask(now)
            return False
        try:
            part = self._asked.recv(1024)
        except BlockingIOError:
            if now >= self._next_at:
                self.close()
            return False
        except OSError:
            part = b""
        self._heard += part
        if part and b"\r\n" not in self._heard:
            return False
        self.close()
        self._next_at = now + _BETWEEN_TRIES
        return self._heard.split(b"\r\n", 1)[0].split(b" ")[1:2] == [b"200"]

    def close(self) -> None:
        """Close the connection."""
        if self._asked is not None:
            self._asked.close()
            self._asked = None

    def _ask(self, now: float) -> None:
        self._heard = b""
        self._next_at = now + _TIMEOUT
        try:
            # The port is ours and listens already: connecting takes no time.
            self._asked = socket.create_connection(self._address, timeout=1)
            self._asked.sendall(self._question)
            self._asked.settimeout(0)
        except OSError:
            self.close()
            self._next_at = now + _BETWEEN_TRIES


def _connectable_host(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (asked, not bound)


_ADDRESS_FILE = "address"


def local_url(host: str, port: int) -> str:
    """Return the address to open on this machine."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (opened, not bound)
    return f"http://{f'[{here}]' if ':' in here else here}:{port}"


@contextmanager
def advertised_url(data: Path, where: str) -> Iterator[None]:
    """Keep the address in a file of the data folder while the service runs."""
    file = data / _ADDRESS_FILE
    file.write_text(f"{where}\n", encoding="utf-8")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def running_url(data: Path) -> str:
    """Return the address of the service that runs on a data folder.

    :raises CliError: when none runs, as far as the folder knows.
    """
    try:
        return (data / _ADDRESS_FILE).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        up = paths.command_for_data_dir("up", data)
        raise CliError(f"Nothing runs on {data}: start {up} in another terminal first.") from None


def direct_opener() -> urllib.request.OpenerDirector:
    """Return a URL opener that uses no proxy."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))
