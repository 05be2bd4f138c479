"""Where dispatchers come from: a process that has everything loaded and forks at a word.

Each child is the service's own command, ``dispatch --forever``. It reads the program's clock, and
its gateway dies where a fuse lies: when all was accepted, before we have written it down.
"""

import gc
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402 (apps must be ready)
from django.db import connection, connections  # noqa: E402 (the same)
from django.utils import timezone  # noqa: E402 (the same)

from notifications.engine import claim, select, send  # noqa: E402 (the same)
from notifications.management.commands import dispatch  # noqa: E402 (the same)
from notifications.push import gateway as push  # noqa: E402 (the same)
from notifications.push.fcm import FirebaseGateway  # noqa: E402 (the same)
from notifications.push.gateway import PushMessage, PushResult  # noqa: E402 (the same)
from notifications.push.webpush import WebPushGateway  # noqa: E402 (the same)
from tests.proofs.chaos.reminders.stepping_clock import SharedClock  # noqa: E402 (the same)

FOLDER = Path(os.environ["CHAOS_FOLDER"])
PAUSE_SECONDS = 0.02


def burn(results: Iterable[PushResult]) -> Iterator[PushResult]:
    """Be killed when all of a chunk is accepted and none of it recorded, once for each fuse."""
    known = list(results)
    fuse = FOLDER / "fuse"
    if known and fuse.exists():
        with suppress(FileNotFoundError):
            fuse.rename(FOLDER / f"burnt-{os.getpid()}")
            os.kill(os.getpid(), signal.SIGKILL)
    yield from known


class DiesAtTheFuse(FirebaseGateway):
    """FCM's gateway, with the fuse."""

    def send(self, messages: Sequence[PushMessage], *, now: datetime) -> Iterator[PushResult]:
        return burn(super().send(messages, now=now))


class BrowsersDieAtTheFuse(WebPushGateway):
    """The gateway to browsers, with the fuse."""

    def send(self, messages: Sequence[PushMessage], *, now: datetime) -> Iterator[PushResult]:
        return burn(super().send(messages, now=now))


def sabotage(what: str) -> None:
    """Take a safeguard away, for a run that has to fail.

    Each name is patched in the module that reads it.
    """
    if what == "lease":
        # Whatever is claimed may be claimed again at once, and whoever has it begins on it. A
        # sender still stops after half of a real lease: without any it would send nothing.
        setattr(claim, "lease_duration", timedelta)  # noqa: B010
        setattr(send, "begin_attempts", lambda *, items, **_: list(items))  # noqa: B010
    if what == "tag":
        # Each try shows under a name of its own.
        setattr(select, "address_messages", _with_random_tags(select.address_messages))  # noqa: B010


def _with_random_tags(address: object) -> object:

    def tagged(*args: object, **more: object) -> object:
        settled, messages = address(*args, **more)  # type: ignore[operator] # the engine's own
        return settled, [message._replace(tag=f"r-{os.urandom(8).hex()}") for message in messages]

    return tagged


def make_ready() -> None:
    """Load the engine and get a token, so that a child that replaces another sends at once."""
    call_command("dispatch", stdout=StringIO())
    connections.close_all()
    if connection.vendor == "postgresql":
        # Its threads would not live in a child, which would wait for them.
        connection.close_pool()  # type: ignore[attr-defined] # PostgreSQL has one
    gateway = push.push_gateway()
    if isinstance(gateway, FirebaseGateway) and gateway._account.ensure_token():
        raise RuntimeError("no gateway that can send")
    gc.freeze()


def child() -> None:
    """Run the engine until killed, or until the nursery is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    shared = SharedClock(FOLDER / "clock")
    setattr(dispatch, "database_clock", lambda **_: shared.now)  # noqa: B010
    # The sweep asks here. By our own date it would end every phone, as not seen since the run's.
    setattr(timezone, "now", shared.now)  # noqa: B010
    call_command("dispatch", forever=True, pause=PAUSE_SECONDS)


def main() -> None:
    """Say when all is loaded; then fork a dispatcher for each line, and tell its process id."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    setattr(push, "_WEB_PUSH_GATEWAY", f"{__spec__.name}.BrowsersDieAtTheFuse")  # noqa: B010
    sabotage(os.environ.get("CHAOS_WITHOUT", ""))
    make_ready()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    children = []
    for _ in sys.stdin:
        pid = os.fork()
        if not pid:
            # Its own streams: a child that reads from ours would eat orders.
            os.close(0)
            try:
                child()
            finally:
                os._exit(1)
        children.append(pid)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    for pid in children:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
