"""The port that people come to, and whether the service behind it is ready."""

import errno
import socket
import time

from backend.launch.trouble import Trouble

_LAST_PORT = 65_535
_BETWEEN_TRIES = 0.1
_PATIENCE = 5.0


def open_door(host: str, port: int) -> socket.socket:
    """Listen on a port that nobody has; the service inherits it.

    We keep it ourselves: while a web server is started again, people wait and are not refused.

    :raises Trouble: when the port is taken or not ours to take.
    """
    if not 0 <= port <= _LAST_PORT:
        raise Trouble(f"Port {port} is none: choose one up to {_LAST_PORT} with --port.")
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
        raise Trouble(fault) from None


class Readiness:
    """Ask ``/readyz`` without ever waiting for it, for the caller watches other things too."""

    def __init__(self, host: str, port: int, *, name: str) -> None:
        self._address = (_reachable(host), port)
        self._question = (
            f"GET /readyz HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"
        ).encode()
        self._asked: socket.socket | None = None
        self._heard = b""
        self._next_at = 0.0

    def is_reached(self) -> bool:
        """Look at the answer so far; ask again where there was none, or not yet a good one."""
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
        """Hang up."""
        if self._asked is not None:
            self._asked.close()
            self._asked = None

    def _ask(self, now: float) -> None:
        self._heard = b""
        self._next_at = now + _PATIENCE
        try:
            # The port is ours and listens already: connecting takes no time.
            self._asked = socket.create_connection(self._address, timeout=1)
            self._asked.sendall(self._question)
            self._asked.settimeout(0)
        except OSError:
            self.close()
            self._next_at = now + _BETWEEN_TRIES


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (asked, not bound)
