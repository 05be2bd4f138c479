"""``./between up``: from a fresh checkout to a running service, and its orderly end.

The listening socket is ours, and the web server inherits it; it is asked whether it is ready.
"""

import errno
import io
import os
import signal
import socket
import time
from collections.abc import Mapping
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from types import FrameType

from backend.cli import (
    data_dir,
    database,
    paths,
    subprocesses,
    supervisor,
    venv,
)
from backend.cli.console import CliError, Console
from backend.cli.data_dir import DataDir
from backend.cli.supervisor import Supervisor

_READY_WITHIN = 60.0
#: The worker ends the reminder it is at; one that it can't end is claimed again after its lease.
_GRACE = 25.0


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


def local_url(host: str, port: int) -> str:
    """Return the address to open on this machine."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (opened, not bound)
    return f"http://{f'[{here}]' if ':' in here else here}:{port}"


class _Stopped(BaseException):
    """A signal asked the service to stop."""


class _StopSignals:
    """Turn the first signal to stop into an exception, and count the rest."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        if self.count == 1:
            raise _Stopped

    def look(self) -> None:
        """Raise a stop that got lost: Python swallows exceptions raised during a fork."""
        if self.count:
            raise _Stopped

    def is_hurried(self) -> bool:
        """Whether a second signal came."""
        return self.count > 1


def run_service(
    *, data: Path, host: str, port: int, is_demo: bool, inherited: Mapping[str, str]
) -> int:
    """Run the service until somebody stops it.

    :raises CliError: when it cannot start.
    """
    began = time.monotonic()
    screen = Console()
    stops = _StopSignals()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stops)
    try:
        with open_listener(host, port) as server_socket, ExitStack() as held:
            # First of all, since this can take minutes and needs no data.
            python = venv.ensure_venv(screen, inherited)
            os.umask(0o077)  # what is made from here on holds health data
            data.mkdir(mode=0o700, parents=True, exist_ok=True)
            held.enter_context(data_dir.lock_data_dir(data))
            folder = data_dir.prepare_data_dir(data, is_demo=is_demo)
            port = server_socket.getsockname()[1]
            env = data_dir.env_for_service(folder, inherited, host=host, port=port)
            _check_servers(python, env)
            is_new = database.migrate_if_needed(python, folder, screen, env=env)
            owning, env = env, data_dir.env_without_owner(env)
            processes = Supervisor(screen.say)
            held.callback(_stop, processes, server_socket, stops, screen)
            _start(processes, python, env, server_socket)
            if folder.is_demo:
                # Meanwhile the other core starts what serves.
                database.load_demo_once(python, folder, screen, env=owning, is_new=is_new)
            held.enter_context(data_dir.advertised_url(data, local_url(host, port)))
            _wait(processes, _readiness(host, port, env), screen, stops)
            _print_ready(screen, folder, host, port, time.monotonic() - began)
            _start_rest(processes, python, folder, env)
            while True:
                stops.look()
                processes.turn(1.0)
    except _Stopped:
        screen.say("Stopped.")
        return 0


def _check_servers(python: str, env: Mapping[str, str]) -> None:
    """Refuse to start without a server that the environment names; the demo's folder needs none."""
    if any(env.get(name) for name in ("BETWEEN_DATABASE_URL", "BETWEEN_BROKER_URL")):
        subprocesses.run_captured(
            "Asking the servers", [python, "-m", "backend.cli.database"], env=env
        )


def _start(
    processes: Supervisor, python: str, env: Mapping[str, str], server_socket: socket.socket
) -> None:
    processes.start(supervisor.web_process(python, env, listener=server_socket.fileno()))
    processes.start(supervisor.worker_process(python, env))


def _start_rest(
    processes: Supervisor, python: str, folder: DataDir, env: Mapping[str, str]
) -> None:
    """Start the processes that nobody waits for, after the web server is ready."""
    processes.release()
    processes.start(supervisor.beat_process(python, env, folder))
    if folder.is_demo:
        processes.start(supervisor.first_reminder_process(python, env))


def _readiness(host: str, port: int, env: Mapping[str, str]) -> ReadinessProbe:
    name = env.get("BETWEEN_ALLOWED_HOSTS", "").split(",")[0].strip()
    return ReadinessProbe(host, port, name=name or "localhost")


def _wait(
    processes: Supervisor, readiness: ReadinessProbe, screen: Console, stops: _StopSignals
) -> None:
    until = time.monotonic() + _READY_WITHIN
    screen.progress("Starting")
    try:
        while not readiness.is_reached():
            if time.monotonic() > until:
                raise CliError(
                    f"The service is not ready after {_READY_WITHIN:.0f} s: see /readyz."
                )
            stops.look()
            processes.turn(0.02)
    finally:
        readiness.close()
        screen.clear()


def _print_ready(screen: Console, folder: DataDir, host: str, port: int, took: float) -> None:
    address = local_url(host, port)
    for line in (
        "",
        "Between Sessions is running. Open first:",
        f"  patients   {address}/app/",
        f"  therapists {address}/review/",
        f"  API        {address}/api/v1/",
        f"  API guide  {address}/api/docs/",
    ):
        screen.say(line)
    if folder.is_demo:
        for line in data_dir.format_logins(data_dir.read_logins(folder.path)):
            screen.say(f"  {line}")
        trying = paths.command_for_data_dir("try", folder.path)
        screen.say(f"  next       {trying}    does the main job once, in another terminal")
    if screen.is_live:
        for line in _qr_code(f"{address}/app/"):
            screen.say(line)
    screen.say(f"Ready in {took:.1f} s. Ctrl-C stops everything.")
    screen.say("")


def _qr_code(address: str) -> list[str]:
    """Return a picture of an address in characters, for a phone's camera."""
    # Of what ./between needs itself this is no part: it stands in the environment of the service.
    picture = import_module("qrcode").QRCode(border=2)
    picture.add_data(address)
    drawn = io.StringIO()
    picture.print_ascii(out=drawn)
    return drawn.getvalue().splitlines()


def _stop(
    processes: Supervisor, server_socket: socket.socket, stops: _StopSignals, screen: Console
) -> None:
    screen.clear()
    if stops.count:
        screen.say("Stopping …")
    stops.count = max(stops.count, 1)
    # Nobody new is let in while those inside are served to the end.
    server_socket.close()
    processes.stop(grace=_GRACE, is_hurried=stops.is_hurried)
