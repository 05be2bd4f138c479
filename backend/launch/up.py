"""``./between up``: from a fresh checkout to a running service, and its orderly end."""

import os
import signal
import socket
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from backend.launch import (
    database,
    environment,
    folder,
    logins,
    places,
    processes,
    programs,
    running,
    venv,
)
from backend.launch.children import Family
from backend.launch.door import Readiness, open_door
from backend.launch.folder import Folder
from backend.launch.screen import Screen
from backend.launch.trouble import Trouble

_READY_WITHIN = 60.0
#: The worker ends the reminder it is at; one that it can't end is claimed again after its lease.
_GRACE = 25.0


class _Stopped(BaseException):
    """Somebody asked us to end."""


class _Stops:
    """Turn the first signal to stop into an exception, and count the rest."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        if self.count == 1:
            raise _Stopped

    def look(self) -> None:
        """Raise what got lost: Python swallows an exception that meets it while a program forks."""
        if self.count:
            raise _Stopped

    def is_hurried(self) -> bool:
        """Whether somebody asked again."""
        return self.count > 1


def up(*, data: Path, host: str, port: int, is_demo: bool, inherited: Mapping[str, str]) -> int:
    """Run the service until somebody stops it.

    :raises Trouble: when it cannot start.
    """
    began = time.monotonic()
    screen = Screen()
    stops = _Stops()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stops)
    try:
        with open_door(host, port) as door, ExitStack() as held:
            # First of all, since this can take minutes and needs no data.
            python = venv.python_for(screen, inherited)
            os.umask(0o077)  # what is made from here on holds health data
            data.mkdir(mode=0o700, parents=True, exist_ok=True)
            held.enter_context(folder.locked(data))
            here = folder.prepare(data, is_demo=is_demo)
            env = environment.of_service(here, inherited, host=host)
            _ask_servers(python, env)
            is_new = database.make_current(python, here, screen, env=env)
            owning, env = env, environment.of_serving(env)
            family = Family(screen.say)
            held.callback(_stop, family, door, stops, screen)
            _start(family, python, env, door)
            if here.is_demo:
                # Meanwhile the other core starts what serves.
                database.fill(python, here, screen, env=owning, is_new=is_new)
            port = door.getsockname()[1]
            held.enter_context(running.told(data, running.address(host, port)))
            _wait(family, _readiness(host, port, env), screen, stops)
            _welcome(screen, here, host, port, time.monotonic() - began)
            _start_rest(family, python, here, env)
            while True:
                stops.look()
                family.turn(1.0)
    except _Stopped:
        screen.say("Stopped.")
        return 0


def _ask_servers(python: str, env: Mapping[str, str]) -> None:
    """Refuse to start without a server that the environment names; the demo's folder needs none."""
    if any(env.get(name) for name in ("BETWEEN_DATABASE_URL", "BETWEEN_BROKER_URL")):
        processes.run("Asking the servers", [python, "-m", "backend.preflight"], env=env)


def _start(family: Family, python: str, env: Mapping[str, str], door: socket.socket) -> None:
    family.start(programs.web(python, env, door=door.fileno()))
    family.start(programs.worker(python, env))


def _start_rest(family: Family, python: str, here: Folder, env: Mapping[str, str]) -> None:
    """Start what nobody waits for, so that it takes no processor from what somebody does."""
    family.release()
    family.start(programs.beat(python, env, here))
    if here.is_demo:
        family.start(programs.first_reminder(python, env))


def _readiness(host: str, port: int, env: Mapping[str, str]) -> Readiness:
    name = env.get("BETWEEN_ALLOWED_HOSTS", "").split(",")[0].strip()
    return Readiness(host, port, name=name or "localhost")


def _wait(family: Family, readiness: Readiness, screen: Screen, stops: _Stops) -> None:
    until = time.monotonic() + _READY_WITHIN
    screen.progress("Starting")
    try:
        while not readiness.is_reached():
            if time.monotonic() > until:
                raise Trouble(f"The service is not ready after {_READY_WITHIN:.0f} s: see /readyz.")
            stops.look()
            family.turn(0.02)
    finally:
        readiness.close()
        screen.clear()


def _welcome(screen: Screen, here: Folder, host: str, port: int, took: float) -> None:
    address = running.address(host, port)
    for line in (
        "",
        "Between Sessions is running. Open first:",
        f"  therapists {address}/review/",
        f"  API        {address}/api/v1/",
        f"  API guide  {address}/api/docs/",
    ):
        screen.say(line)
    if here.is_demo:
        for line in logins.as_lines(logins.known(here.path)):
            screen.say(f"  {line}")
        trying = places.with_data("try", here.path)
        screen.say(f"  next       {trying}    does the main job once, in another terminal")
    screen.say(f"Ready in {took:.1f} s. Ctrl-C stops everything.")
    screen.say("")


def _stop(family: Family, door: socket.socket, stops: _Stops, screen: Screen) -> None:
    screen.clear()
    if stops.count:
        screen.say("Stopping …")
    stops.count = max(stops.count, 1)
    # Nobody new is let in while those inside are served to the end.
    door.close()
    family.stop(grace=_GRACE, is_hurried=stops.is_hurried)
